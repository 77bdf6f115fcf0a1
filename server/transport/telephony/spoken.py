"""Our voice on its way to a telephone line: 20 ms at VOICE_RATE in, 20 ms in the line's encoding out.

A resampler holds back half of its filter. Where sound begins, that is made up for by so much silence before it (2 ms on
a line at 8 kHz), so that every frame is whole and none waits for the next one. Knows no line and no clock of its own.
"""

from __future__ import annotations

import numpy as np

from warmline.server.transport.formats import Format
from warmline.speech.audio.resample import Resampler
from warmline.speech.types import Samples
from warmline.tts.types import VOICE_RATE


class Spoken:
    """One voice to one line of ``form``."""

    def __init__(self, form: Format) -> None:
        self._form = form
        self._resampler = Resampler(VOICE_RATE, form.rate)
        self._end = -1

    def encode(self, frame: Samples, end: int) -> bytes:
        """float32[n] that ends at ``end`` on the playout's clock. What does not follow on the last frame begins anew:
        the rest of something older is never heard before it."""
        if end - len(frame) != self._end:
            self._resampler = Resampler(VOICE_RATE, self._form.rate)
        self._end = end
        samples = self._resampler.push(frame)
        missing = len(frame) * self._form.rate // VOICE_RATE - len(samples)
        if missing > 0:
            samples = np.concatenate([np.zeros(missing, np.float32), samples])
        return self._form.encode(samples)
