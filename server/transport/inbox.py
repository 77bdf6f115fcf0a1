"""The caller's audio on its way to the conversation."""

from __future__ import annotations

from typing import Final

import numpy as np

from warmline.speech.audio.framing import Framer
from warmline.speech.audio.resample import Resampler
from warmline.speech.runtime.channel import Channel, ChannelClosed, Overflow
from warmline.speech.types import SAMPLE_RATE, AudioChunk, Samples, samples_of

HEARD_STEP: Final = samples_of(0.02)
MOST_HEARD_S: Final = 15.0


class Inbox:
    """Any pieces at ``rate`` in, 20 ms at 16 kHz out. The oldest is thrown away when :data:`MOST_HEARD_S` wait:
    a network that stalls for less loses nothing."""

    def __init__(self, rate: int) -> None:
        self._resampler = Resampler(rate, SAMPLE_RATE)
        self._framer = Framer(HEARD_STEP, clean=True)  # it was PCM16, and is clipped after a change of rate
        self.channel: Channel[AudioChunk] = Channel(samples_of(MOST_HEARD_S) // HEARD_STEP, Overflow.DROP_OLDEST)

    async def put(self, audio: Samples) -> None:
        resampled = self._resampler.push(audio)
        if self._resampler.source_rate != SAMPLE_RATE:
            resampled = np.clip(resampled, -1.0, 1.0)  # a loud wave overshoots between its samples
        for chunk in self._framer.push(resampled):
            try:
                await self.channel.put(chunk)
            except ChannelClosed:
                return
