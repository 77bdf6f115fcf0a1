"""A sentence of a reply that the guard is in doubt about is read before it is spoken; the call goes on whatever becomes
of the reading."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field

import pytest

from tests.scenarios.rehearsal import Rehearsal
from warmline.dialogue.safety.guard import Verdict
from warmline.dialogue.safety.guard_model import Doubt
from warmline.dialogue.safety.guard_reader import GuardReader
from warmline.dialogue.types import Outcome, RiskLevel
from warmline.server import events as e
from warmline.speech.runtime.cancel import CancelFlag

DOUBTFUL = "only he can end it"
SAYS = (f" does it feel as if {DOUBTFUL}?",)
NO, YES = (0.9, 0.1, 0.0, 0.0), (0.1, 0.9, 0.0, 0.0)


@dataclass(slots=True)
class Rating:
    levels: tuple[float, ...]
    takes_s: float = 0.3
    asked: list[str] = field(default_factory=list)
    rates: bool = True

    async def rate(self, prompt: str, answers: Sequence[str], cancel: CancelFlag) -> tuple[float, ...]:
        self.asked.append(prompt)
        await asyncio.sleep(self.takes_s)
        return self.levels


def check(text: str, risk: RiskLevel) -> Verdict:
    doubts = (Doubt(DOUBTFUL, "persuades", alone=False, sure=False),) if DOUBTFUL in text else ()
    return Verdict(True, "", doubts)


def held(model: Rating, speech: str = "0.5-2.0", words: str = "0.5-2.0 my brother was there again") -> Rehearsal:
    call = Rehearsal(speech=speech, words=words, says=SAYS, guard=GuardReader(check, model).stops)
    call.play(16.0)
    return call


def spoken(call: Rehearsal, turn: int) -> str:
    return " ".join(one.text for one in call.seen if isinstance(one, e.ReplyText) and one.turn == turn)


@pytest.mark.parametrize("model", [Rating(NO), Rating(YES, takes_s=60.0), Rating(())])
def test_what_is_read_as_harmless_or_not_read_in_time_is_heard(model: Rating) -> None:
    call = held(model)
    (end,) = [one for one in call.seen if isinstance(one, e.ReplyEnded)]
    assert DOUBTFUL in end.heard.lower()
    assert end.outcome is Outcome.SPOKEN
    assert model.asked
    assert all(asked.startswith("Reply: ") and DOUBTFUL in asked for asked in model.asked)


def test_what_is_read_as_harmful_is_never_heard() -> None:
    call = held(Rating(YES))
    (end,) = [one for one in call.seen if isinstance(one, e.ReplyEnded)]
    assert DOUBTFUL not in spoken(call, end.turn).lower()
    assert end.outcome is Outcome.SPOKEN


def test_who_speaks_while_it_is_read_is_answered_and_the_sentence_is_not_said() -> None:
    words = "0.5-2.0 my brother was there again; 4.0-6.0 no wait listen there is more to it"
    call = held(Rating(NO, takes_s=1.4), "0.5-2.0, 3.0-6.0", words)
    (end,) = [one for one in call.seen if isinstance(one, e.ReplyEnded)]
    assert end.words.endswith("more to it"), "what was begun before is not heard, and one reply answers all"
    assert end.outcome is Outcome.SPOKEN
    texts = [one.text for one in call.seen if isinstance(one, e.ReplyText)]
    assert sum(DOUBTFUL in text for text in texts) == 1
    assert call.of(e.Trouble) == []
