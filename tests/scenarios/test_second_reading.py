"""A turn that the screen was in doubt about is read a second time: when nobody waits, and for the turns after it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from tests.scenarios.rehearsal import Rehearsal
from warmline.dialogue.llm.scripted import Line
from warmline.dialogue.safety.deep_reader import DeepReader
from warmline.dialogue.types import Outcome, RiskLevel
from warmline.server import events as e
from warmline.server.audit.chain import Entry
from warmline.speech.runtime.cancel import CancelFlag
from warmline.speech.runtime.cores import Inline, Lane, Slack
from warmline.speech.runtime.errors import LanguageModelError

HINT = "I packed lunch for my sister"
SAYS = ("One two three four five six seven eight.", "Nine ten.", "And more.")


@dataclass(slots=True)
class Rating:
    """A language model's reader: gives ``levels`` after ``takes_s``, and keeps what it was asked, and ``before``: what
    had happened by then of what it may ``watch``. A cancelled one answers with nothing, at once."""

    levels: tuple[float, ...] = (0.02, 0.97, 0.01, 0.0)
    takes_s: float = 0.3
    asked: list[str] = field(default_factory=list)
    watch: list[e.CallEvent] = field(default_factory=list)
    before: list[type[e.CallEvent]] = field(default_factory=list)
    given_up: int = 0
    rates: bool = True

    async def rate(self, prompt: str, answers: Sequence[str], cancel: CancelFlag) -> tuple[float, ...]:
        self.asked.append(prompt)
        self.before = [type(event) for event in self.watch]
        for _ in range(round(self.takes_s / 0.05)):
            if cancel.is_set:
                self.given_up += 1
                return ()
            await asyncio.sleep(0.05)
        return self.levels


def call(model: Rating, speech: str, words: str, kind: str | None = "", **more: object) -> Rehearsal:
    return Rehearsal(
        speech=speech,
        words=words,
        says=more.pop("says", SAYS),  # type: ignore[arg-type]
        deep=DeepReader(model, lambda text, language: kind if text == HINT else None, (0.5, 0.9, 0.97)),
        **more,  # type: ignore[arg-type]
    )


def ended(held: Rehearsal) -> list[e.ReplyEnded]:
    return [event for event in held.seen if isinstance(event, e.ReplyEnded)]


def sources(held: Rehearsal, turn: int) -> set[str]:
    return {event.source for event in held.seen if isinstance(event, e.ReplyText) and event.turn == turn}


def test_what_is_found_is_known_to_the_next_turn_and_the_protocol_asks() -> None:
    held = call(Rating(), "0.5-2.0, 8.0-9.0", f"0.5-2.0 {HINT}; 8.0-9.0 it was a long day at work")
    held.play(16.0)
    (later,) = [event for event in held.seen if isinstance(event, e.ReadLater)]
    assert later.risk.level is RiskLevel.L1
    assert later.risk.evidence == ("deep reader (0.98)",)
    assert held.conversation is not None
    first, second = held.conversation.turns
    assert (first.plan.risk.level, second.plan.risk.level) == (RiskLevel.L1, RiskLevel.L1)
    assert second.plan.risk.evidence == ("earlier in the call",)
    assert "protocol" not in sources(held, first.id)
    assert sources(held, second.id) == {"protocol"}


def test_the_reply_is_all_made_and_heard_before_anything_is_read() -> None:
    model = Rating()
    slow = Line("That sounds like a lot to carry. What was it like for you to pack them?", piece_s=0.2)
    held = call(model, "0.5-2.0", f"0.5-2.0 {HINT}", says=(slow,))
    model.watch = held.seen
    held.play(14.0)
    (prompt,) = model.asked
    assert HINT.lower() in prompt
    assert e.ReplyBegan in model.before
    assert model.before.count(e.ReplyText) == len(held.of(e.ReplyText)) >= 2
    assert e.ReplyEnded not in model.before, "it is still being heard"


def test_a_turn_without_doubt_or_with_risk_found_at_once_is_not_read_again() -> None:
    model = Rating()
    held = call(model, "0.5-2.0, 9.0-10.5", "0.5-2.0 I lost my job; 9.0-10.5 I want to kill myself tonight")
    held.play(20.0)
    assert model.asked == []
    assert len(ended(held)) == 2


def test_below_its_cut_off_nothing_changes() -> None:
    held = call(Rating(levels=(0.6, 0.4, 0.0, 0.0)), "0.5-2.0, 8.0-9.0", f"0.5-2.0 {HINT}; 8.0-9.0 it was a long day")
    held.play(16.0)
    assert held.of(e.ReadLater) == []
    assert "protocol" not in sources(held, ended(held)[1].turn)


def test_who_is_late_still_counts_for_the_turns_after() -> None:
    """The person answers before it is known: their next reply was planned without it, the one after knows."""
    words = f"0.5-2.0 {HINT}; 5.0-6.0 it was a long day; 14.0-15.0 we had soup"
    held = call(Rating(takes_s=5.0), "0.5-2.0, 5.0-6.0, 14.0-15.0", words)
    held.play(22.0)
    assert held.conversation is not None
    first, second, third = held.conversation.turns
    assert [turn.plan.risk.level for turn in (first, second, third)] == [RiskLevel.L1] * 3
    assert "protocol" not in sources(held, second.id)
    assert sources(held, third.id) == {"protocol"}, "the second reply was the model's: the protocol has still to ask"


def test_a_reply_that_is_cut_short_leaves_the_turn_to_be_read() -> None:
    model = Rating()
    words = f"0.5-2.0 {HINT}; 4.0-6.0 no wait listen there is more to it"
    held = call(model, "0.5-2.0, 4.0-6.0", words)
    held.play(16.0)
    assert len(model.asked) == 1
    assert len(held.of(e.ReadLater)) == 1


def test_it_ends_with_the_call() -> None:
    model = Rating(takes_s=60.0)
    held = call(model, "0.5-2.0", f"0.5-2.0 {HINT}")
    held.play(8.0)
    assert len(model.asked) == 1
    assert model.given_up == 1
    assert held.of(e.ReadLater) == []
    assert held.of(e.Trouble) == []


def test_danger_now_stops_the_old_words_and_the_protocol_does_not_wait() -> None:
    model = Rating(levels=(0.0, 0.01, 0.01, 0.98))
    long = "That sounds like a lot to carry. What was it like for you to pack them all up like that today?"
    held = call(model, "0.5-2.0", f"0.5-2.0 {HINT}", says=(long,))
    held.play(16.0)
    first, second = ended(held)
    assert first.outcome is Outcome.CUT
    assert second.words == ""
    assert sources(held, second.turn) == {"protocol"}
    assert "nine, one, one" in second.heard
    assert held.conversation is not None
    assert [turn.plan.risk.level for turn in held.conversation.turns] == [RiskLevel.L3] * 2


def test_who_speaks_before_that_is_answered_once_with_what_they_say() -> None:
    model = Rating(levels=(0.0, 0.01, 0.01, 0.98), takes_s=2.0)
    held = call(model, "0.5-2.0, 4.0-8.0", f"0.5-2.0 {HINT}; 4.0-8.0 no wait listen there is more to it")
    held.play(20.0)
    assert [one.words for one in ended(held)] == [HINT, "no wait listen there is more to it"]
    assert sources(held, ended(held)[1].turn) == {"protocol"}


class Pushed(Inline):
    """Somebody begins to write just after a reader does, the first time."""

    readers = 0

    @asynccontextmanager
    async def writing(
        self, lane: Lane = Lane.WRITER, /, *, in_s: float = 0.0, slack_s: Slack | None = None
    ) -> AsyncGenerator[CancelFlag, None]:
        flag = CancelFlag()
        if lane is Lane.READER and "second reading" in str(asyncio.current_task()):
            self.readers += 1
            if self.readers == 1:
                asyncio.get_running_loop().call_later(0.1, flag.set)
        yield flag


def test_it_gives_way_to_a_writer_and_begins_anew() -> None:
    model, compute = Rating(), Pushed()
    held = call(model, "0.5-2.0", f"0.5-2.0 {HINT}", compute=compute)
    held.play(12.0)
    assert (compute.readers, len(model.asked), model.given_up) == (2, 2, 1)
    assert len(held.of(e.ReadLater)) == 1


def test_a_kind_that_is_not_the_persons_own_goes_its_own_way() -> None:
    model = Rating(levels=(0.0, 0.02, 0.97, 0.01))
    held = call(model, "0.5-2.0, 8.0-9.0", f"0.5-2.0 {HINT}; 8.0-9.0 he comes home at six", kind="abuse")
    held.play(16.0)
    (later,) = [event for event in held.seen if isinstance(event, e.ReadLater)]
    assert later.risk.level is RiskLevel.L2
    assert later.risk.evidence == ("abuse: deep reader (1.00)",)
    said = ended(held)[1].planned.lower()
    assert sources(held, ended(held)[1].turn) == {"protocol"}
    assert "kill" not in said
    assert "suicide" not in said


def test_the_audit_knows_it() -> None:
    entries: list[Entry] = []
    held = call(Rating(), "0.5-2.0", f"0.5-2.0 {HINT}", audit=entries.append)
    held.play(10.0)
    (entry,) = [one for one in entries if one.kind == "risk"]
    assert (entry.level, entry.evidence) == (1, ("deep reader (0.98)",))


def test_a_reader_that_fails_is_told_and_the_call_goes_on() -> None:
    class Broken(Rating):
        async def rate(self, prompt: str, answers: Sequence[str], cancel: CancelFlag) -> tuple[float, ...]:
            raise LanguageModelError("the language model stalled")

    held = call(Broken(), "0.5-2.0, 8.0-9.0", f"0.5-2.0 {HINT}; 8.0-9.0 it was a long day")
    held.play(16.0)
    assert [event.what for event in held.seen if isinstance(event, e.Trouble)] == [
        "second reading: the language model stalled"
    ]
    assert len(ended(held)) == 2
