"""Streaming change of sample rate by libswresample, as PyAV carries it.

Zero phase: the first output sample belongs to the first input sample, so stream-clock indices only scale. It holds back
half of its filter, :func:`hold_back_s`: 2.0 ms to and from 8 kHz, 1.0 ms to and from 16 kHz otherwise (soxr
holds back 60-115 ms). Twice that passes until the very first output. A 1 kHz tone comes out with over 100 dB SNR.
"""

from __future__ import annotations

from fractions import Fraction

import numpy as np
from av.audio.frame import AudioFrame
from av.audio.resampler import AudioResampler

from warmline.speech.types import AudioChunk, Samples

TAPS = 32
"""Length of libswresample's filter in samples of the lower of the two rates."""


def hold_back_s(source_rate: int, target_rate: int) -> float:
    """What a running stream holds back, in theory: half of the filter, in seconds. Nothing between equal rates."""
    return 0.0 if source_rate == target_rate else TAPS / 2 / min(source_rate, target_rate)


class Resampler:
    """One mono stream from ``source_rate`` to ``target_rate`` Hz. However the input is cut, the output is the same."""

    def __init__(self, source_rate: int, target_rate: int) -> None:
        if source_rate < 1 or target_rate < 1:
            raise ValueError(f"rates are at least 1 Hz, not {source_rate} and {target_rate}")
        self.source_rate = source_rate
        self.target_rate = target_rate
        self._taken = 0
        self._given = 0
        self._library = self._fresh()

    def push(self, samples: Samples) -> Samples:
        """Take float32[n] at the source rate; give what is ready, float32[m] at the target rate (m may be 0)."""
        if self.source_rate == self.target_rate or len(samples) == 0:
            self._taken += len(samples)
            self._given += len(samples)
            return samples
        frame = AudioFrame.from_ndarray(
            np.ascontiguousarray(samples, np.float32).reshape(1, -1), format="fltp", layout="mono"
        )
        frame.sample_rate = self.source_rate
        frame.time_base = Fraction(1, self.source_rate)
        frame.pts = self._taken
        self._taken += len(samples)
        return self._out(self._library.resample(frame))

    def flush(self) -> Samples:
        """What was held back, as though silence followed; the resampler is then ready for another stream."""
        rest = self._out(self._library.resample(None)) if self._taken and self.source_rate != self.target_rate else None
        self._taken = self._given = 0
        self._library = self._fresh()
        return np.zeros(0, np.float32) if rest is None else rest

    @property
    def held_back_s(self) -> float:
        """How much audio has been taken and not yet given, in seconds."""
        return self._taken / self.source_rate - self._given / self.target_rate

    def _fresh(self) -> AudioResampler:
        return AudioResampler(format="fltp", layout="mono", rate=self.target_rate)

    def _out(self, frames: list[AudioFrame]) -> Samples:
        pieces = [frame.to_ndarray()[0].astype(np.float32, copy=False) for frame in frames]
        out = np.concatenate(pieces) if pieces else np.zeros(0, np.float32)
        self._given += len(out)
        return out


def resampled(audio: AudioChunk, target_rate: int) -> AudioChunk:
    """A whole chunk at another rate, at the same place on the stream clock."""
    if audio.sample_rate == target_rate:
        return audio
    stream = Resampler(audio.sample_rate, target_rate)
    samples = np.concatenate((stream.push(audio.samples), stream.flush()))
    return AudioChunk(samples, target_rate, audio.start)
