"""Pieces of any length regrouped into frames of one length on the stream clock, cleaned on the way."""

from __future__ import annotations

import logging
from collections.abc import Iterator

import numpy as np

from warmline.speech.audio.pcm import cleaned
from warmline.speech.types import SAMPLE_RATE, AudioChunk, Samples

_log = logging.getLogger(__name__)

FRAME = 512
"""Samples a frame at 16 kHz: 32 ms."""


class Framer:
    """Cuts one 16 kHz stream into frames of ``frame`` samples, the first at ``start``; the cut does not depend on
    how the stream arrived.

    ``clean``: what comes is known to be finite and within [-1, 1], and is not looked at again. ``cleaned`` counts
    samples that were NaN, infinite or beyond [-1, 1] and were mended; the first is logged.
    """

    def __init__(self, frame: int = FRAME, start: int = 0, *, clean: bool = False) -> None:
        if frame < 1:
            raise ValueError("a frame holds at least one sample")
        self._frame = frame
        self._clean = clean
        self._held: Samples = np.zeros(0, np.float32)
        self._at = start
        self.cleaned = 0

    def push(self, samples: Samples) -> Iterator[AudioChunk]:
        """Take float32[n]; give every frame that is now complete. Raises ValueError for another shape."""
        if samples.ndim != 1:
            raise ValueError(f"a stream is mono, float32[n], not an array of shape {samples.shape}")
        mended = samples.astype(np.float32, copy=False)
        mended, count = (mended, 0) if self._clean else cleaned(mended)
        if count and not self.cleaned:
            _log.warning("the audio has samples that are no numbers or beyond full scale; they are silenced or clipped")
        self.cleaned += count
        if len(mended) == self._frame and not len(self._held):  # most of what comes: one frame, as it is
            at, self._at = self._at, self._at + self._frame
            return iter((AudioChunk(mended, SAMPLE_RATE, at),))
        whole = np.concatenate((self._held, mended))
        complete = len(whole) // self._frame
        self._held = whole[complete * self._frame :].copy()
        first, self._at = self._at, self._at + complete * self._frame
        return (
            AudioChunk(whole[i * self._frame : (i + 1) * self._frame], SAMPLE_RATE, first + i * self._frame)
            for i in range(complete)
        )

    def flush(self) -> AudioChunk | None:
        """The last, incomplete frame, filled up with silence; None when nothing is held. The stream has ended."""
        if len(self._held) == 0:
            return None
        samples = np.zeros(self._frame, np.float32)
        samples[: len(self._held)] = self._held
        chunk = AudioChunk(samples, SAMPLE_RATE, self._at)
        self._held = self._held[:0]
        self._at += self._frame
        return chunk
