"""What was not heard of a reply, by sentences; and whole calls on virtual time whose connection breaks."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.calls import turn
from tests.scenarios.rehearsal import Rehearsal
from tests.virtual_time import run
from warmline.dialogue.languages import LANGUAGES
from warmline.dialogue.prompt.wording import table
from warmline.dialogue.types import Outcome
from warmline.server import events as e
from warmline.server.coming_back import unheard
from warmline.server.conversation import Conversation
from warmline.speech.runtime.channel import Channel
from warmline.speech.types import AudioChunk
from warmline.tts.playout import Playout

SAID = "I hear how heavy that is. What was it like for you?"


@pytest.mark.parametrize(
    ("heard", "rest"),
    [
        ("", SAID),
        ("I hear how", SAID),
        ("I hear how heavy that is.", "What was it like for you?"),
        ("I hear how heavy that is. What was", "What was it like for you?"),
        (SAID, ""),
    ],
)
def test_what_was_not_heard_begins_with_a_sentence(heard: str, rest: str) -> None:
    assert unheard(SAID, heard) == rest


def test_languages_without_spaces_are_cut_at_their_own_stops() -> None:
    assert unheard("听起来很重。你还好吗？", "听起 来 很 重。 你") == "你还好吗？"


@given(st.text("ab .?!。", max_size=60), st.integers(0, 60))
def test_nothing_unheard_is_left_out_and_less_than_a_sentence_is_said_twice(planned: str, count: int) -> None:
    planned = " ".join(planned.split())
    rest = unheard(planned, planned[:count])
    assert planned.endswith(rest)
    assert len(rest.replace(" ", "")) >= len(planned[count:].replace(" ", ""))


def test_every_language_says_that_the_line_is_back() -> None:
    for language in LANGUAGES:
        rows = table("call", language)
        assert all(rows[name] for name in ("back_quiet", "back_speaking", "back_answer", "back_reply", "stopping"))


class Line:
    """20 ms a step: silence in (what is spoken is in the scripts), our voice out."""

    def __init__(self, call: Rehearsal) -> None:
        self.call = call
        self.talk: Conversation = call.built()
        self.channel: Channel[AudioChunk] = Channel(4)
        self.steps = 0

    async def on(self, seconds_s: float) -> None:
        for _ in range(round(seconds_s * 50)):
            await self.channel.put(AudioChunk(np.zeros(320, np.float32), start=self.steps * 320))
            self.steps += 1
            await asyncio.sleep(0.02)
            self.talk.playout.pull(480)

    async def lost(self, lost: int = 0) -> None:
        """The line breaks, for a while, and is there again."""
        self.talk.away(lost)
        await asyncio.sleep(10.0)
        self.talk.returned(Playout())

    @property
    def said(self) -> list[str]:
        """What was heard of us, reply by reply."""
        return [event.heard for event in self.call.of(e.ReplyEnded) if isinstance(event, e.ReplyEnded)]


def held(call: Rehearsal, script: Callable[[Line], Awaitable[None]]) -> Line:
    async def play() -> Line:
        line = Line(call)
        async with asyncio.TaskGroup() as group:
            group.create_task(line.talk.run(aiter(line.channel)))
            await script(line)
            await line.channel.close()
        return line

    return run(play())


def lost_after(call: Rehearsal, before_s: float, after_s: float, lost: int = 0) -> Line:
    async def script(line: Line) -> None:
        await line.on(before_s)
        await line.lost(lost)
        await line.on(after_s)

    return held(call, script)


def test_a_word_that_was_broken_off_is_asked_for_and_the_whole_turn_is_answered() -> None:
    call = Rehearsal(
        speech="0.5-1.5, 9.0-10.0", words="0.5-1.5 I lost my; 9.0-10.0 my job last week", scores="0.1, 1.0"
    )
    line = lost_after(call, 1.52, 20.0)
    assert line.said[0].startswith("We're connected again. You were in the middle of saying something. Please go on")
    (turn,) = line.talk.turns
    assert turn.user.text == "I lost my my job last week"
    assert turn.outcome is Outcome.SPOKEN


def test_a_draft_is_made_again_and_the_turn_answered_after_a_kind_word() -> None:
    line = lost_after(Rehearsal(speech="0.5-2.5", words="0.5-2.5 I lost my job last week"), 2.9, 10.0)
    assert line.said == ["We're connected again, and I heard what you said.", line.talk.turns[0].planned]
    assert [turn.user.text for turn in line.talk.turns] == ["I lost my job last week"]


def test_a_reply_that_was_cut_is_said_again_from_its_sentence_and_history_holds_it_whole() -> None:
    call = Rehearsal(speech="0.5-2.5", words="0.5-2.5 I lost my job last week", says=(SAID,))
    line = lost_after(call, 6.0, 10.0)
    cut, welcome = line.said
    planned = line.talk.turns[0].planned
    assert 0 < len(cut) < len(planned)
    assert welcome == f"We're connected again. I was saying: {unheard(planned, cut)}"
    assert line.talk.turns[0].heard == planned
    assert line.talk.turns[0].outcome is Outcome.SPOKEN


def test_a_reply_whose_repetition_is_cut_again_is_repeated_once_more_without_its_introduction() -> None:
    call = Rehearsal(speech="0.5-2.5", words="0.5-2.5 I lost my job last week", says=(SAID,))

    async def script(line: Line) -> None:
        await line.on(6.0)
        await line.lost()
        await line.on(2.0)
        await line.lost()
        await line.on(12.0)

    line = held(call, script)
    assert line.said[-1].count("I was saying:") == 1
    assert line.said[-1].endswith(line.talk.turns[0].planned.rsplit(". ", 1)[-1])
    assert line.talk.turns[0].outcome is Outcome.SPOKEN


def test_the_end_of_a_reply_that_never_arrived_is_said_again() -> None:
    call = Rehearsal(speech="0.5-2.5", words="0.5-2.5 I lost my job last week", says=(SAID,))

    async def script(line: Line) -> None:
        while not line.said:
            await line.on(0.02)
        await line.lost(lost=24_000)
        await line.on(10.0)

    line = held(call, script)
    last = unheard(line.talk.turns[0].planned, line.talk.turns[0].planned[:-2])
    assert line.said[-1] == f"We're connected again. I was saying: {last}"
    assert line.talk.turns[0].outcome is Outcome.SPOKEN


def test_words_that_were_written_and_not_answered_are_answered_on_return() -> None:
    call = Rehearsal(speech="", words="")

    async def script(line: Line) -> None:
        await line.on(1.0)
        line.talk.write("I failed my exam")
        await line.on(0.04)
        await line.lost()
        await line.on(12.0)

    line = held(call, script)
    assert [turn.user.text for turn in line.talk.turns] == ["I failed my exam"]
    assert line.said[-1] == line.talk.turns[0].planned


def test_a_greeting_that_nobody_heard_is_said_on_return_and_silence_is_left_alone() -> None:
    greeting = "Hello, I'm an AI and I listen."

    async def at_once(line: Line) -> None:
        line.talk.away()
        line.talk.returned(Playout())
        await line.on(6.0)

    assert held(Rehearsal(speech="", words="", greeting=greeting), at_once).said == [greeting]
    assert lost_after(Rehearsal(speech="", words="", greeting=greeting), 8.0, 6.0).said == [greeting]


@settings(max_examples=30)
@given(before=st.integers(0, 650), again=st.integers(0, 400))
def test_whenever_the_connection_is_lost_twice_both_turns_are_answered_once(before: int, again: int) -> None:
    call = Rehearsal(
        speech="0.5-2.5, 12.0-13.5",
        words="0.5-2.5 I lost my job last week; 12.0-13.5 nobody knows about it",
        greeting="Hello, I'm an AI and I listen.",
        says=(SAID,) * 4,
    )

    async def script(line: Line) -> None:
        await line.on(before * 0.02)
        await line.lost()
        await line.on(again * 0.02)
        await line.lost()
        await line.on(30.0)

    line = held(call, script)
    answered = " ".join(turn.user.text for turn in line.talk.turns)
    assert answered.count("I lost my job last week") == 1
    assert answered.count("nobody knows about it") == 1
    assert all(turn.outcome is not Outcome.FAILED for turn in line.talk.turns)
    assert not call.of(e.Trouble)


def test_a_call_that_another_server_held_goes_on_with_its_history() -> None:
    """The exchanges before count, nobody is greeted again, and what had been said last is answered first."""
    before = turn(3, "I lost my job last week", "That sounds heavy.")
    call = Rehearsal(speech="8.0-9.0", words="8.0-9.0 My sister does not know yet", greeting="")

    async def script(line: Line) -> None:
        line.talk.recall((before,))
        line.talk.tell("back_quiet")
        await line.on(20.0)

    line = held(call, script)
    assert line.said[0] == "We're connected again. I'm here."
    assert [one.user.text for one in line.talk.turns] == ["I lost my job last week", "My sister does not know yet"]
    assert line.talk.turns[1].id > before.id
    assert line.talk.turns[1].heard
