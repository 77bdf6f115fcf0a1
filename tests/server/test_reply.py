"""A reply on its way into the playout: all of it is heard where there is little room, and the key word has weight."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from dataclasses import dataclass, field, replace

import numpy as np
from fake_call import PLAN, TAGS

from tests.scenarios.rehearsal import Rehearsal
from warmline.dialogue.types import NEUTRAL, Outcome, ReplySegment
from warmline.server import events as e
from warmline.server.reply import Answered, Reply
from warmline.speech.types import AudioChunk, Utterance
from warmline.tts.playout import Playout
from warmline.tts.types import VOICE_RATE
from warmline.tts.voice.tone import ToneConfig, ToneVoice

LONG = " ".join(f"This is line {word}." for word in ("one", "two", "three", "four", "five", "six", "seven", "eight"))


def test_a_reply_longer_than_the_queue_is_heard_to_its_end() -> None:
    """Each line lasts a second and 1.5 seconds fit: what was refused is offered again, in order."""
    call = Rehearsal(speech="", words="", greeting=LONG, most_queued=VOICE_RATE * 3 // 2)
    recording = call.play(14.0)
    (ended,) = call.of(e.ReplyEnded)
    assert isinstance(ended, e.ReplyEnded)
    assert ended.outcome is Outcome.SPOKEN
    assert ended.heard == LONG
    assert call.conversation is not None
    assert call.conversation.playout.underruns == 0
    assert float(np.abs(recording.reply).max()) > 0.05


@dataclass
class Listening(ToneVoice):
    asked: list[ReplySegment] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__(ToneConfig())

    def speak(self, segment, cancel=None):  # type: ignore[no-untyped-def]
        self.asked.append(segment)
        return super().speak(segment, cancel)


def weights_of(texts: tuple[str, ...], source: str) -> list[tuple[str, ...]]:
    voice = Listening()
    call = Rehearsal(speech="", words="")
    parts = replace(call.built()._parts, voice=voice)
    said = "I failed my exam and my mother found out"
    user = Utterance(1, said, (), AudioChunk(np.zeros(160, np.float32)))

    async def source_of(reply: Reply) -> AsyncGenerator[ReplySegment, None]:
        reply.answered = Answered(user, TAGS, replace(PLAN, cause="my exam"))
        for index, text in enumerate(texts):
            yield ReplySegment(1, index, text, NEUTRAL, index == len(texts) - 1, source)

    asyncio.run(Reply(1, 1, source_of, parts, Playout(), lambda _: None).run())
    return [segment.emphasis for segment in voice.asked]


def test_the_persons_own_key_word_carries_weight_once_in_a_reply() -> None:
    texts = ("It makes sense.", "That exam meant a lot to you.", "And your mother found out about it.")
    assert weights_of(texts, "model") == [(), ("exam",), ()]


def test_the_protocols_sentences_are_said_plainly() -> None:
    assert weights_of(("Was the exam what brought this on?",), "protocol") == [()]


def test_a_plan_that_was_changed_while_the_reply_was_written_is_the_one_that_is_kept() -> None:
    parts = Rehearsal(speech="", words="").built()._parts
    user = Utterance(1, "I failed my exam", (), AudioChunk(np.zeros(160, np.float32)))
    anew = replace(PLAN, why=(*PLAN.why, "planned anew"))

    async def source_of(reply: Reply) -> AsyncGenerator[ReplySegment, None]:
        reply.answered = Answered(user, TAGS, PLAN)
        yield ReplySegment(1, 0, "Even so,", NEUTRAL, False, "opening")
        yield ReplySegment(1, 1, "that exam meant a lot to you.", NEUTRAL, True, plan=anew)

    reply = Reply(1, 1, source_of, parts, Playout(), lambda _: None)
    asyncio.run(reply.run())
    kept = reply.turn_record(Outcome.SPOKEN)
    assert kept is not None
    assert kept.plan == anew
