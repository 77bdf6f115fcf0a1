"""The caller's audio on a line whose client sends as it likes: in a stream, in bursts, or not at all for a while.

A conversation needs time to pass: 20 ms of sound every 20 ms. What waits beyond a little is caught up at three times
that pace; where nothing comes for :data:`PATIENCE_S`, silence takes its place.
"""

from __future__ import annotations

from collections import deque
from typing import Final

import numpy as np

from warmline.server.transport.inbox import HEARD_STEP
from warmline.speech.audio.framing import Framer
from warmline.speech.audio.resample import Resampler
from warmline.speech.runtime.channel import Channel, ChannelClosed, Overflow
from warmline.speech.runtime.clock import Clock
from warmline.speech.types import SAMPLE_RATE, AudioChunk, Samples, samples_of, seconds_of

STEP_S: Final = 0.02
PATIENCE_S: Final = 0.25
BEHIND: Final = 10
"""Frames that may wait before they are caught up: what a network's unevenness piles up."""

MOST_WAITING_S: Final = 120.0


class Ear:
    """:meth:`append` takes audio at ``rate``; :meth:`run` gives it to ``channel`` in time."""

    def __init__(self, rate: int, clock: Clock) -> None:
        self.channel: Channel[AudioChunk] = Channel(samples_of(5.0) // HEARD_STEP, Overflow.DROP_OLDEST)
        self._clock = clock
        self._resampler = Resampler(rate, SAMPLE_RATE)
        self._framer = Framer(HEARD_STEP)
        self._waiting: deque[Samples] = deque()
        self._dry = 0
        self._at = 0
        self._begun = False
        self.paused = False
        """While it is set, no time passes for the conversation: the caller is away."""

    @property
    def waiting_s(self) -> float:
        return len(self._waiting) * seconds_of(HEARD_STEP)

    def append(self, audio: Samples) -> bool:
        """Take float32 at the line's rate; False where too much waits and this was not taken."""
        if self.waiting_s >= MOST_WAITING_S:
            return False
        resampled = np.clip(self._resampler.push(audio), -1.0, 1.0)
        if not self._begun and len(audio):
            # what the filter holds back is made up for once, or every frame would wait for the next one to fill it
            self._begun = True
            missing = round(len(audio) * SAMPLE_RATE / self._resampler.source_rate) - len(resampled)
            resampled = np.concatenate([np.zeros(max(0, missing), np.float32), resampled])
        self._waiting.extend(chunk.samples for chunk in self._framer.push(resampled))
        return True

    def clear(self) -> None:
        self._waiting.clear()

    async def run(self) -> None:
        """Until cancelled, or the call is over."""
        due_s = self._clock.now_s()
        while True:
            due_s += STEP_S
            await self._clock.sleep_until(due_s)
            for samples in [] if self.paused else self.step():
                try:
                    await self.channel.put(AudioChunk(samples, start=self._at))
                except ChannelClosed:
                    return
                self._at += len(samples)

    def step(self) -> list[Samples]:
        """What is heard in this moment: one frame, three where too many wait, silence where none came for long."""
        count = min(len(self._waiting), 3 if len(self._waiting) > BEHIND else 1)
        if count:
            self._dry = 0
            return [self._waiting.popleft() for _ in range(count)]
        self._dry += 1
        if self._dry * STEP_S <= PATIENCE_S:
            return []
        return [np.zeros(HEARD_STEP, np.float32)]
