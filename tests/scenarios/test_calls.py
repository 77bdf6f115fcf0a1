"""Whole calls on virtual time: turns, drafts, interruptions, murmurs, failures."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from typing import TypeVar

import numpy as np
import pytest

from tests.scenarios.rehearsal import Rehearsal
from warmline.dialogue.llm.scripted import Line as Says
from warmline.dialogue.types import Outcome, RiskLevel
from warmline.server import events as e
from warmline.speech.runtime.cancel import CancelFlag
from warmline.speech.runtime.cores import EARLY_S, Inline, Lane, Slack
from warmline.speech.types import SAMPLE_RATE
from warmline.tts.types import VOICE_RATE

T = TypeVar("T")


def sounding(recording_reply: np.ndarray, start_s: float, end_s: float) -> float:
    """Share of 20 ms frames of the reply that are audible in a span."""
    part = recording_reply[round(start_s * VOICE_RATE) : round(end_s * VOICE_RATE)]
    frames = part[: len(part) // 480 * 480].reshape(-1, 480)
    return float(np.mean(np.abs(frames).max(axis=1) > 0.005)) if len(frames) else 0.0


def test_a_turn_is_answered_after_it_ended() -> None:
    call = Rehearsal(speech="0.5-2.5", words="0.5-2.5 I lost my job last week")
    recording = call.play(10.0)
    (ended,) = call.of(e.ReplyEnded)
    assert isinstance(ended, e.ReplyEnded)
    assert ended.words == "I lost my job last week"
    assert ended.heard == ended.planned
    assert ended.outcome is Outcome.SPOKEN
    assert sounding(recording.reply, 0.0, 2.5) == 0.0
    assert sounding(recording.reply, 3.2, 5.0) > 0.5
    assert call.conversation is not None
    (turn,) = call.conversation.turns
    assert turn.heard == ended.heard
    assert len(turn.user.audio.samples) == 0, "history keeps words, not audio"
    assert turn.user.audio.samples.base is None, "nor a view that keeps the audio alive"


def test_the_reply_is_ready_before_the_wait_is_over() -> None:
    call = Rehearsal(speech="0.5-2.5", words="0.5-2.5 I lost my job")
    call.play(8.0)
    (released,) = call.of(e.ReplyReleased)
    assert isinstance(released, e.ReplyReleased)
    assert released.ready
    assert released.at - 2.5 * SAMPLE_RATE < 1.4 * SAMPLE_RATE


def test_a_pause_inside_a_turn_is_waited_out_and_its_draft_thrown_away() -> None:
    call = Rehearsal(
        speech="0.5-1.5, 2.5-3.5",
        words="0.5-1.5 I have not told them because; 2.5-3.5 I am ashamed",
        scores="0.1, 0.1, 0.95, 0.95",
    )
    recording = call.play(10.0)
    assert sounding(recording.reply, 0.0, 3.5) == 0.0
    (ended,) = call.of(e.ReplyEnded)
    assert isinstance(ended, e.ReplyEnded)
    assert ended.words == "I have not told them because I am ashamed"
    assert len(call.of(e.DraftDiscarded)) == 1
    assert call.conversation is not None
    assert len(call.conversation.turns) == 1


def test_a_barge_in_silences_us_and_only_heard_words_are_remembered() -> None:
    call = Rehearsal(
        speech="0.5-2.0, 4.0-6.0",
        words="0.5-2.0 I lost my job; 4.0-6.0 wait that is not what I meant",
        says=("One two three four five six seven eight nine ten eleven twelve.", "I see, tell me more?"),
    )
    recording = call.play(12.0)
    assert sounding(recording.reply, 3.4, 4.0) > 0.8
    assert sounding(recording.reply, 4.3, 6.0) == 0.0
    actions = [event.action for event in call.of(e.Overlap) if isinstance(event, e.Overlap)]
    assert actions == ["duck", "hold", "cancel"]
    first, second = (event for event in call.of(e.ReplyEnded) if isinstance(event, e.ReplyEnded))
    assert first.outcome is Outcome.CUT
    assert first.planned.startswith(first.heard.rstrip(",."))
    assert 0 < len(first.heard.split()) < len(first.planned.split())
    assert second.words == "wait that is not what I meant"
    assert call.model is not None
    last_prompt = " ".join(message.text for message in call.model.prompts[-1].messages)
    assert "twelve" not in last_prompt, "the model must not believe that it said what nobody heard"


def test_a_murmur_lets_us_go_on_and_nothing_is_lost() -> None:
    call = Rehearsal(
        speech="0.5-2.0, 4.0-4.3",
        words="0.5-2.0 I lost my job; 4.0-4.3 mm-hm",
        says=("One two three four five six seven eight nine ten.",),
    )
    call.play(12.0)
    actions = [event.action for event in call.of(e.Overlap) if isinstance(event, e.Overlap)]
    assert actions == ["duck", "hold", "restore"]
    (ended,) = call.of(e.ReplyEnded)
    assert isinstance(ended, e.ReplyEnded)
    assert ended.heard == ended.planned


def test_a_cough_is_no_turn() -> None:
    call = Rehearsal(speech="1.0-1.3, 3-5", words="3-5 it has been a hard week")
    call.play(10.0)
    (ended,) = call.of(e.ReplyEnded)
    assert isinstance(ended, e.ReplyEnded)
    assert ended.words == "it has been a hard week"


def test_a_model_that_dies_in_mid_sentence_ends_kindly_and_the_call_goes_on() -> None:
    call = Rehearsal(
        speech="0.5-2.0, 8-9.5",
        words="0.5-2.0 I lost my job; 8-9.5 are you still there",
        says=(Says("That sounds hard, and I wonder what", dies_after=5), "Yes, I am here with you."),
    )
    call.play(16.0)
    first, second = (event for event in call.of(e.ReplyEnded) if isinstance(event, e.ReplyEnded))
    assert first.heard
    assert second.words == "are you still there"
    assert second.heard


def test_a_model_that_stalls_is_not_waited_for_for_ever() -> None:
    call = Rehearsal(speech="0.5-2.0", words="0.5-2.0 I lost my job", says=(Says("Hm", stalls_after=0),))
    call.play(30.0)
    ended = [event for event in call.of(e.ReplyEnded) if isinstance(event, e.ReplyEnded)]
    assert ended[0].heard, "something kind is said instead"


def test_a_disclosure_is_never_answered_by_the_model() -> None:
    call = Rehearsal(speech="0.5-2.5", words="0.5-2.5 I want to kill myself tonight", says=("Model words.",))
    call.play(30.0)
    (planned,) = call.of(e.Planned)
    assert isinstance(planned, e.Planned)
    assert planned.plan.risk.level >= RiskLevel.L2
    texts = [event for event in call.of(e.ReplyText) if isinstance(event, e.ReplyText)]
    assert texts
    assert {event.source for event in texts} == {"protocol"}
    assert call.model is not None
    assert call.model.prompts == []


def test_the_greeting_says_that_this_is_an_ai_and_can_be_spoken_over() -> None:
    call = Rehearsal(
        speech="1.5-3.5", words="1.5-3.5 hello I need to talk", greeting="Hello, I am an AI, here to listen to you."
    )
    call.play(10.0)
    texts = [event for event in call.of(e.ReplyText) if isinstance(event, e.ReplyText)]
    assert texts[0].source == "notice"
    greeting, ended = (event for event in call.of(e.ReplyEnded) if isinstance(event, e.ReplyEnded))
    assert (greeting.words, greeting.outcome) == ("", Outcome.CUT)
    assert ended.words == "hello I need to talk"


def test_long_silence_is_met_with_a_few_words() -> None:
    call = Rehearsal(speech="0.5-2.0", words="0.5-2.0 I lost my job")
    call.play(120.0)
    said = [event.text for event in call.of(e.ReplyText) if isinstance(event, e.ReplyText) and event.source == "notice"]
    assert len(said) == 2


def test_hanging_up_in_the_middle_of_a_reply_ends_the_call() -> None:
    call = Rehearsal(
        speech="0.5-2.0", words="0.5-2.0 I lost my job", says=(" ".join(["word"] * 40) + ".",), word_ms=600
    )
    call.play(5.0)
    ended = [event for event in call.of(e.ReplyEnded) if isinstance(event, e.ReplyEnded)]
    assert ended[0].outcome is Outcome.CUT


def test_how_it_is_said_is_told_about_every_second_while_the_person_speaks() -> None:
    call = Rehearsal(speech="0.5-6.5", words="0.5-6.5 I lost my job and I do not know how to say it", tones=("sad",))
    call.play(10.0)
    told = [event for event in call.of(e.ToneSoFar) if isinstance(event, e.ToneSoFar)]
    assert 5 <= len(told) <= 8
    assert all(
        0.7 * SAMPLE_RATE <= after.at - before.at <= 1.3 * SAMPLE_RATE for before, after in itertools.pairwise(told)
    )
    assert [event.tone.confidence for event in told[:3]] == sorted(event.tone.confidence for event in told[:3])
    assert told[-1].tone.valence < -0.2
    (ended,) = call.of(e.ReplyEnded)
    assert call.seen.index(told[0]) < call.seen.index(ended)


def test_nothing_is_told_of_a_tone_that_may_not_be_read() -> None:
    call = Rehearsal(speech="0.5-6.5", words="0.5-6.5 I lost my job", tones=("sad",), read_tone=False)
    call.play(10.0)
    assert call.of(e.PartialHeard)
    assert not call.of(e.ToneSoFar)


def test_tones_that_claim_nothing_are_not_told() -> None:
    call = Rehearsal(speech="0.5-6.5", words="0.5-6.5 I lost my job", tones=("",))
    call.play(10.0)
    assert not call.of(e.ToneSoFar)


class Asked(Inline):
    """Notes in how many seconds what is asked for will be waited for."""

    def __init__(self) -> None:
        self.writers: list[float] = []
        self.finals: list[float] = []

    async def run(self, lane: Lane, job: Callable[[], T], /, *, in_s: float = 0.0, meets: bool = False) -> T:
        if lane is Lane.FINAL:
            self.finals.append(in_s)
        return await super().run(lane, job, in_s=in_s, meets=meets)

    @asynccontextmanager
    async def writing(
        self, lane: Lane = Lane.WRITER, /, *, in_s: float = 0.0, slack_s: Slack | None = None
    ) -> AsyncGenerator[CancelFlag, None]:
        if lane is Lane.WRITER:
            self.writers.append(in_s)
        async with super().writing(lane, in_s=in_s, slack_s=slack_s) as give_way:
            yield give_way


def test_a_draft_is_asked_for_by_when_its_pause_will_have_ended_the_turn() -> None:
    asked = Asked()
    call = Rehearsal(
        speech="0.5-1.5, 3.0-4.5",
        words="0.5-1.5 I have not told them because; 3.0-4.5 I am ashamed of it all and I feel bad",
        scores="0.1, 0.1, 0.95, 0.95",
        compute=asked,
    )
    call.play(10.0)
    early, late = asked.writers[0], asked.writers[-1]
    assert early > EARLY_S, "who breaks off is given time, and so is the reply"
    assert 0.0 < late < EARLY_S
    assert all(in_s < 0.0 for in_s in asked.finals), "they have been silent for a moment already"
    assert len(call.of(e.ReplyEnded)) == 1


class Late(Inline):
    """Words are known so long after a pause was noticed, as on a machine that many calls share."""

    def __init__(self, late_s: float) -> None:
        self.late_s = late_s

    async def run(self, lane: Lane, job: Callable[[], T], /, *, in_s: float = 0.0, meets: bool = False) -> T:
        if lane is Lane.FINAL and in_s > -0.2:  # the first step of a draft
            await asyncio.sleep(self.late_s)
        return job()


@pytest.mark.parametrize("late_s", [0.0, 0.2, 0.4, 1.0, 1.5, 3.0])
def test_recognition_that_comes_late_makes_a_turn_longer_and_never_shorter(late_s: float) -> None:
    words = "0.5-2.5 I lost my job last week and I feel so bad; 3.2-4.5 and it hurts"
    call = Rehearsal(speech="0.5-2.5, 3.2-4.5", words=words, scores="1.0", compute=Late(late_s))
    call.play(14.0)
    released = next(event for event in call.seen if isinstance(event, e.ReplyReleased))
    began = next(event for event in call.seen if isinstance(event, e.ReplyBegan))
    if late_s <= 0.4:
        assert 2.5 + 0.5 <= released.at / SAMPLE_RATE < 3.2, "by its sound and words the pause was an end"
    else:
        assert began.at / SAMPLE_RATE > 4.5, "who goes on before our reply is there is not cut off"


@pytest.mark.parametrize("late_s", [0.0, 0.6, 1.0, 1.5])
def test_however_late_they_are_known_words_that_break_off_are_waited_for(late_s: float) -> None:
    words = "0.5-0.95 Well because; 2.8-5.5 I am so ashamed of it that I told nobody"
    call = Rehearsal(speech="0.5-0.95, 2.8-5.5", words=words, scores="1.0", compute=Late(late_s))
    call.play(14.0)
    began = next(event for event in call.seen if isinstance(event, e.ReplyBegan))
    assert began.at / SAMPLE_RATE > 5.5
