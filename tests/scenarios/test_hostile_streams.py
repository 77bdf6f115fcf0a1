"""Whole calls over lines that misbehave: the call goes on, answers, and says what was wrong."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.scenarios.rehearsal import Rehearsal
from tests.virtual_time import run
from warmline.dialogue.types import Outcome
from warmline.server import events as e
from warmline.speech.types import AudioChunk, Samples, samples_of
from warmline.tts.types import VOICE_RATE

STEP = samples_of(0.02)
Spoil = Callable[[list[AudioChunk]], Iterator[AudioChunk]]


def line(seconds_s: float) -> list[AudioChunk]:
    noise = np.random.default_rng(3).normal(0.0, 2e-4, samples_of(seconds_s)).astype(np.float32)
    return [AudioChunk(noise[at : at + STEP], start=at) for at in range(0, len(noise) - STEP + 1, STEP)]


def call() -> Rehearsal:
    return Rehearsal(speech="0.5-2.5, 12-13.5", words="0.5-2.5 I lost my job last week; 12-13.5 are you still there")


def play(rehearsal: Rehearsal, chunks: list[AudioChunk]) -> None:
    """Feed the chunks as they are, and pull our voice in step."""

    async def hold() -> None:
        conversation = rehearsal.built()

        async def source() -> AsyncIterator[AudioChunk]:
            for chunk in chunks:
                conversation.playout.pull(round(VOICE_RATE * 0.02))
                for _ in range(4):
                    await asyncio.sleep(0)  # a real line gives the call's tasks their time
                yield chunk

        await conversation.run(source())

    run(hold())


def faults(rehearsal: Rehearsal) -> dict[str, int]:
    told = [event for event in rehearsal.seen if isinstance(event, e.StreamFault)]
    return {kind: sum(event.count for event in told if event.kind == kind) for kind in {event.kind for event in told}}


def answers(rehearsal: Rehearsal) -> list[str]:
    ended = [event for event in rehearsal.seen if isinstance(event, e.ReplyEnded)]
    return [event.words for event in ended if event.words and event.outcome is Outcome.SPOKEN]


def dropped(chunks: list[AudioChunk]) -> Iterator[AudioChunk]:
    return (chunk for number, chunk in enumerate(chunks) if number % 10 != 7)


def doubled(chunks: list[AudioChunk]) -> Iterator[AudioChunk]:
    return (chunk for number, chunk in enumerate(chunks) for _ in range(2 if number % 10 == 7 else 1))


def shuffled(chunks: list[AudioChunk]) -> Iterator[AudioChunk]:
    for at in range(0, len(chunks), 3):
        yield from reversed(chunks[at : at + 3])


def at_other_rates(chunks: list[AudioChunk]) -> Iterator[AudioChunk]:
    for number, chunk in enumerate(chunks):
        rate = (8_000, 16_000, 48_000)[number // 100 % 3]
        yield AudioChunk(np.resize(chunk.samples, rate // 50), rate, chunk.start)


def not_numbers(chunks: list[AudioChunk]) -> Iterator[AudioChunk]:
    for number, chunk in enumerate(chunks):
        bad = np.full(STEP, np.nan, np.float32) if number % 3 == 0 else chunk.samples
        yield replace(chunk, samples=bad)


def full_scale(chunks: list[AudioChunk]) -> Iterator[AudioChunk]:
    rng = np.random.default_rng(4)
    for number, chunk in enumerate(chunks):
        loud = rng.uniform(-1.0, 1.0, STEP).astype(np.float32) if 200 < number < 400 else chunk.samples
        yield replace(chunk, samples=loud)


def huge(chunks: list[AudioChunk]) -> Iterator[AudioChunk]:
    return (replace(chunk, samples=chunk.samples * np.float32(1e9)) for chunk in chunks)


def mute(chunks: list[AudioChunk]) -> Iterator[AudioChunk]:
    return (replace(chunk, samples=np.zeros(STEP, np.float32)) for chunk in chunks)


def of_odd_shapes(chunks: list[AudioChunk]) -> Iterator[AudioChunk]:
    for number, chunk in enumerate(chunks):
        yield chunk
        if number % 20 == 0:
            yield replace(chunk, samples=np.zeros(0, np.float32))
            yield replace(chunk, samples=np.zeros((2, 2, 2), np.float32))


@pytest.mark.parametrize(
    ("spoil", "kind"),
    [
        (dropped, "Gap"),
        (doubled, "Duplicate"),
        (shuffled, "Reordered"),
        (at_other_rates, "RateChanged"),
        (not_numbers, "NotNumbers"),
        (full_scale, "Noise"),
        (huge, "OutOfRange"),
        (mute, "Silent"),
        (of_odd_shapes, "Unreadable"),
    ],
)
def test_a_line_that_misbehaves_is_told_and_the_call_goes_on(spoil: Spoil, kind: str) -> None:
    rehearsal = call()
    play(rehearsal, list(spoil(line(90.0 if spoil is mute else 20.0))))
    assert kind in faults(rehearsal)
    assert answers(rehearsal) == ["I lost my job last week", "are you still there"]
    assert not [event for event in rehearsal.seen if isinstance(event, e.Trouble)]
    told = [event for event in rehearsal.seen if isinstance(event, e.StreamFault)]
    assert len(told) < 40, "fifty faults a second are not fifty events"
    assert not any("job" in event.what for event in told), "no words of the caller"


def test_eleven_minutes_without_a_sound_ends_as_a_quiet_call() -> None:
    rehearsal = call()
    step = AudioChunk(np.zeros(samples_of(1.0), np.float32))
    start = line(20.0)
    play(rehearsal, [*start, *(replace(step, start=len(start) * STEP + n * samples_of(1.0)) for n in range(660))])
    assert rehearsal.conversation is not None
    assert rehearsal.conversation.now >= samples_of(679.0)
    silent = [event for event in rehearsal.seen if isinstance(event, e.StreamFault) and event.kind == "Silent"]
    assert 1 <= len(silent) <= 4
    said = [event for event in rehearsal.seen if isinstance(event, e.ReplyText) and event.source == "notice"]
    assert len(said) == 2, "nobody is asked again and again"


WEIRD = st.lists(
    st.tuples(
        st.sampled_from(["ok", "nan", "loud", "empty", "zero", "long"]),
        st.sampled_from([8_000, 16_000, 44_100, 0, -5]),
        st.integers(-40, 40),
    ),
    max_size=60,
)


def weird(kind: str) -> Samples:
    shapes = {
        "ok": np.full(STEP, 0.01),
        "nan": np.full(STEP, np.nan),
        "loud": np.full(STEP, 1e20),
        "empty": np.zeros(0),
        "zero": np.zeros(STEP),
        "long": np.full(20 * STEP, 0.1),
    }
    return shapes[kind].astype(np.float32)


@settings(max_examples=40)
@given(WEIRD)
def test_no_line_raises_out_of_the_call(pieces: list[tuple[str, int, int]]) -> None:
    rehearsal = call()
    at = 0
    chunks = []
    for kind, rate, jump in pieces:
        chunks.append(AudioChunk(weird(kind), rate, at + jump * STEP))
        at += STEP
    play(rehearsal, chunks)
    assert not [event for event in rehearsal.seen if isinstance(event, e.Trouble)]
    assert rehearsal.conversation is not None
