"""A gentle question that would rest on a loose hint alone: the reader is asked before it, and may overrule the hint."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest

from tests.scenarios.rehearsal import Rehearsal
from tests.scenarios.test_second_reading import Rating, ended, sources
from warmline.dialogue.safety.deep_reader import DeepReader
from warmline.dialogue.types import RiskLevel
from warmline.server import events as e
from warmline.server.audit.chain import Entry
from warmline.server.risk_reading import LIMIT_S, SOON_S
from warmline.speech.runtime.cancel import CancelFlag
from warmline.speech.runtime.errors import LanguageModelError
from warmline.speech.types import seconds_of

HINT = "I lost the will to live in that queue"
CALM = (0.99, 0.01, 0.0, 0.0)
AT_RISK = (0.3, 0.7, 0.0, 0.0)


def call(model: Rating | None, speech: str = "0.5-2.0", words: str = f"0.5-2.0 {HINT}", **more: object) -> Rehearsal:
    deep = None if model is None else DeepReader(model, lambda text, language: None, (0.6, 0.9, 0.97))
    return Rehearsal(speech=speech, words=words, deep=deep, **more)  # type: ignore[arg-type]


def risk_of(held: Rehearsal, turn: int = -1) -> tuple[int, tuple[str, ...]]:
    assert held.conversation is not None
    risk = held.conversation.turns[turn].plan.risk
    return int(risk.level), risk.evidence


def began_s(held: Rehearsal) -> float:
    return min(seconds_of(event.at) for event in held.seen if isinstance(event, e.ReplyBegan))


def test_a_hint_that_the_reader_finds_harmless_is_dropped_and_the_model_answers() -> None:
    entries: list[Entry] = []
    held = call(Rating(CALM), audit=entries.append)
    held.play(10.0)
    assert risk_of(held) == (0, ("overruled (0.01): wishes not to be alive",))
    assert "protocol" not in sources(held, ended(held)[0].turn)
    (entry,) = [one for one in entries if one.kind == "risk"]
    assert (entry.level, entry.evidence) == (0, ("overruled (0.01): wishes not to be alive",))
    assert "reader" in ended(held)[0].stages_ms


def test_a_hint_that_it_takes_for_risk_stands() -> None:
    model = Rating(AT_RISK)
    held = call(model)
    held.play(10.0)
    assert risk_of(held) == (1, ("wishes not to be alive",))
    assert sources(held, ended(held)[0].turn) == {"protocol"}
    assert len(model.asked) == 1, "what was read before the reply is not read again after it"


def test_graver_risk_is_known_before_the_reply() -> None:
    held = call(Rating((0.0, 0.02, 0.98, 0.0)))
    held.play(10.0)
    assert risk_of(held) == (2, ("wishes not to be alive", "read again (1.00)"))
    assert sources(held, ended(held)[0].turn) == {"protocol"}


class Broken(Rating):
    async def rate(self, prompt: str, answers: Sequence[str], cancel: CancelFlag) -> tuple[float, ...]:
        raise LanguageModelError("the language model is closed")


class Hung(Rating):
    async def rate(self, prompt: str, answers: Sequence[str], cancel: CancelFlag) -> tuple[float, ...]:
        try:
            await asyncio.sleep(60.0)
        except asyncio.CancelledError:
            self.given_up += 1
            raise
        return CALM


def test_a_reader_that_is_slow_changes_nothing_and_is_not_waited_for_long() -> None:
    model = Hung()
    held = call(model)
    held.play(10.0)
    assert risk_of(held) == (1, ("wishes not to be alive",))
    assert model.given_up == 1
    plain = call(None)
    plain.play(10.0)
    assert began_s(held) - began_s(plain) < LIMIT_S
    assert held.of(e.Trouble) == []


@pytest.mark.parametrize(("takes_s", "before"), [(0.2, True), (SOON_S + 0.2, False)])
def test_what_the_screen_did_not_find_is_read_before_the_reply_if_that_is_quick_else_after(
    takes_s: float, before: bool
) -> None:
    text = "I packed my books for my sister"
    held = Rehearsal(
        speech="0.5-2.0",
        words=f"0.5-2.0 {text}",
        deep=DeepReader(Rating((0.0, 0.99, 0.01, 0.0), takes_s=takes_s), lambda *_: "", (0.6, 0.9, 0.97)),
    )
    held.play(12.0)
    assert risk_of(held)[0] == 1
    assert bool(held.of(e.ReadLater)) is not before
    assert risk_of(held)[1] == (("read again (1.00)",) if before else ("deep reader (1.00)",))


def test_a_reader_that_fails_is_told_and_changes_nothing() -> None:
    held = call(Broken())
    held.play(10.0)
    assert risk_of(held) == (1, ("wishes not to be alive",))
    assert [event.what for event in held.seen if isinstance(event, e.Trouble)] == [
        "risk was not read again: the language model is closed"
    ]


def test_without_a_reader_the_hint_stands() -> None:
    held = call(None)
    held.play(10.0)
    assert risk_of(held) == (1, ("wishes not to be alive",))
    assert sources(held, ended(held)[0].turn) == {"protocol"}


@pytest.mark.parametrize("words", ["I want to kill myself", "my chest hurts and I can't breathe", "it was a long day"])
def test_nobody_is_asked_about_a_firm_rule_or_about_nothing(words: str) -> None:
    model = Rating(CALM)
    held = call(model, words=f"0.5-2.0 {words}")
    held.play(10.0)
    assert model.asked == []


def test_what_the_call_has_found_is_never_lowered() -> None:
    model = Rating(CALM)
    held = call(model, "0.5-2.0, 12.0-13.5", f"0.5-2.0 I want to be dead; 12.0-13.5 {HINT}")
    held.play(24.0)
    assert model.asked == []
    first, second = risk_of(held, 0), risk_of(held, 1)
    assert first[0] == second[0] == RiskLevel.L2


def test_who_speaks_on_while_it_reads_is_heard_and_read_anew() -> None:
    """The draft is thrown away with its question; the longer turn has its own."""
    model = Rating(CALM, takes_s=0.6)
    held = call(model, "0.5-2.0, 2.6-4.0", f"0.5-2.0 {HINT}; 2.6-4.0 and then they were closed", scores="0.2, 1.0")
    held.play(14.0)
    assert len(model.asked) == 2
    assert "and then they were closed" in model.asked[1]
    assert risk_of(held)[0] == RiskLevel.L0
    assert len(ended(held)) == 1


def test_an_answer_is_kept_for_the_same_words() -> None:
    """A cough ends the pause; the draft that is made after it says the same."""
    model = Rating(CALM)
    held = call(model, "0.5-2.0, 2.9-3.3", f"0.5-2.0 {HINT}", scores="0.2, 1.0")
    held.play(14.0)
    drafts = [event for event in held.seen if isinstance(event, e.Planned)]
    assert len(drafts) == 2
    assert len(model.asked) == 1
    assert risk_of(held)[0] == RiskLevel.L0


def test_a_slight_sign_that_is_no_matter_of_doubt_may_be_read_as_graver_later() -> None:
    """A rule heard words taken back, so nobody waits for the reader; what it finds holds from the next turn on."""
    model, text = Rating((0.0, 0.02, 0.97, 0.01)), "I want to kill myself, just kidding"
    held = Rehearsal(
        speech="0.5-2.0, 12.0-13.0",
        words=f"0.5-2.0 {text}; 12.0-13.0 it was a long day",
        deep=DeepReader(model, lambda said, language: "" if said == text else None, (0.6, 0.9, 0.97)),
    )
    held.play(22.0)
    assert "reader" not in ended(held)[0].stages_ms
    (later,) = [event for event in held.seen if isinstance(event, e.ReadLater)]
    assert later.risk.level is RiskLevel.L2
    assert held.conversation is not None
    first, second = (turn.plan.risk for turn in held.conversation.turns)
    assert (first.level, first.answered, second.level) == (RiskLevel.L2, RiskLevel.L1, RiskLevel.L2)
    assert first.evidence[0].startswith("taken back")
