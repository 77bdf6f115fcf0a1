"""A caller made of recordings, on the real-time path: files in, a two-track recording out.

Each 20 ms, one frame of the caller goes in and one frame of the reply is pulled, so that both tracks of the
recording lie on one clock. Used by ``talk --input``, by the benches and by the tests: it is a transport like any
other, with audio in the place of a sound card.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import numpy as np

from warmline.server.conversation import Conversation
from warmline.speech.runtime.channel import Channel, Overflow
from warmline.speech.runtime.clock import Clock, WallClock
from warmline.speech.types import SAMPLE_RATE, AudioChunk, Samples, samples_of
from warmline.tts.types import VOICE_RATE

STEP_S = 0.02
IN_STEP = round(STEP_S * SAMPLE_RATE)
OUT_STEP = round(STEP_S * VOICE_RATE)


@dataclass(frozen=True, slots=True)
class Line:
    """Something the caller says. Spoken ``after_s`` after the last reply ended or, with ``interrupts``, after the
    running reply began to sound; at latest after ``patience_s`` without a reply."""

    audio: Samples
    interrupts: bool = False
    after_s: float = 0.8
    patience_s: float = 20.0


@dataclass(frozen=True, slots=True)
class Said:
    """Where a line lies in the recording, in seconds."""

    start_s: float
    end_s: float
    interrupts: bool


@dataclass(slots=True)
class Recording:
    """``caller``: float32 at 16 kHz; ``reply``: float32 at 24 kHz; the same length in seconds. ``gain``: the gain on
    our voice, one value a 20 ms frame. ``late_s``: how far frames lagged behind real time, worst case."""

    caller: Samples
    reply: Samples
    gain: Samples
    lines: tuple[Said, ...] = ()
    late_s: float = 0.0


@dataclass(slots=True)
class _Tape:
    caller: list[Samples] = field(default_factory=list)
    reply: list[Samples] = field(default_factory=list)
    gain: list[float] = field(default_factory=list)
    lines: list[Said] = field(default_factory=list)
    late_s: float = 0.0

    @property
    def now_s(self) -> float:
        return len(self.caller) * STEP_S

    def recording(self) -> Recording:
        empty = np.zeros(0, np.float32)
        return Recording(
            np.concatenate([empty, *self.caller]),
            np.concatenate([empty, *self.reply]),
            np.asarray(self.gain, np.float32),
            tuple(self.lines),
            self.late_s,
        )


class Caller:
    """Plays ``lines`` into a conversation in real time and records both sides. ``noise_db``: level of the line's
    own noise, because no real line is digitally silent. ``last_patience_s``: how long to wait for the last reply
    before hanging up."""

    def __init__(
        self,
        lines: tuple[Line, ...],
        clock: Clock | None = None,
        noise_db: float = -75.0,
        last_patience_s: float = 20.0,
    ) -> None:
        self._lines = lines
        self._last = Line(silence_of(0.0), after_s=0.5, patience_s=last_patience_s)
        self._clock = clock or WallClock()
        self._noise_db = noise_db

    async def call(self, conversation: Conversation) -> Recording:
        """Hold the whole call and return its recording."""
        line = OpenLine(conversation, self._clock, self._noise_db)
        async with asyncio.TaskGroup() as group:
            group.create_task(conversation.run(line.source()))
            try:
                for said in self._lines:
                    await line.wait_for_turn(said)
                    await line.say(said)
                await line.wait_for_turn(self._last)
            finally:
                await line.hang_up()
        return line.tape.recording()


class OpenLine:
    """One running call: frames in and out in step."""

    def __init__(self, conversation: Conversation, clock: Clock, noise_db: float) -> None:
        self.tape = _Tape()
        self._conversation = conversation
        self._clock = clock
        self._begun_s = clock.now_s()
        self._level = 10.0 ** (noise_db / 20.0)
        self._random = np.random.default_rng(7)
        self._frames: Channel[AudioChunk] = Channel(500, Overflow.WAIT)

    def source(self) -> AsyncIterator[AudioChunk]:
        return aiter(self._frames)

    async def hang_up(self) -> None:
        await self._frames.close()

    def stood_still(self, seconds_s: float) -> None:
        """The caller needed so long to find their next words, and no frame was due in that time."""
        self._begun_s += seconds_s

    async def frame(self, samples: Samples) -> None:
        """Exchange 20 ms with the conversation, at its moment."""
        tape, playout = self.tape, self._conversation.playout
        deadline_s = self._begun_s + tape.now_s + STEP_S
        await self._clock.sleep_until(deadline_s)
        tape.late_s = max(tape.late_s, self._clock.now_s() - deadline_s)
        heard = samples + self._random.normal(0.0, self._level, IN_STEP).astype(np.float32)
        start = len(tape.caller) * IN_STEP
        tape.caller.append(heard)
        tape.reply.append(playout.pull(OUT_STEP))
        tape.gain.append(playout.gain)
        await self._frames.put(AudioChunk(heard, start=start))

    async def say(self, line: Line) -> None:
        start_s = self.tape.now_s
        padded = np.pad(line.audio, (0, -len(line.audio) % IN_STEP))
        for begin in range(0, len(padded), IN_STEP):
            await self.frame(padded[begin : begin + IN_STEP])
        self.tape.lines.append(Said(start_s, start_s + len(line.audio) / SAMPLE_RATE, line.interrupts))

    async def wait_for_turn(self, line: Line) -> None:
        """Feed silence until it is this line's turn to speak."""
        silence = np.zeros(IN_STEP, np.float32)
        began_s, quiet_s, heard_s = self.tape.now_s, 0.0, 0.0
        answered = not self.tape.lines
        while self.tape.now_s - began_s < line.patience_s:
            await self.frame(silence)
            speaking = self._conversation.playout.speaking
            answered = answered or speaking
            heard_s = heard_s + STEP_S if speaking else 0.0
            quiet_s = 0.0 if speaking or not self._conversation.idle else quiet_s + STEP_S
            if line.interrupts and heard_s >= line.after_s:
                return
            if not line.interrupts and answered and quiet_s >= line.after_s:
                return


def silence_of(seconds_s: float) -> Samples:
    """Digital silence at the stream's rate."""
    return np.zeros(samples_of(seconds_s), np.float32)
