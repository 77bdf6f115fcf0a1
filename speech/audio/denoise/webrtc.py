"""WebRTC's audio processing module without its echo canceller: noise suppression, high-pass, gain control.

As ``livekit`` carries it; frames of 10 ms at 16 kHz. For echo see ``audio.echo``, which can do both in one pass.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from warmline.speech.audio.denoise.base import Framed
from warmline.speech.audio.echo import Processing, Processor
from warmline.speech.types import SAMPLE_RATE, Samples

DELAYS: Final = {False: 0, True: 96}
"""Samples by which the output lags, measured: the suppressor works on windows."""


@dataclass(frozen=True, slots=True)
class WebRtcConfig:
    """``suppress``: noise suppression. ``high_pass``: takes rumble below some 100 Hz away. ``gain``: automatic gain
    control, for quiet microphones."""

    suppress: bool = True
    high_pass: bool = True
    gain: bool = False


class WebRtcDenoiser(Framed):
    """One stream. Raises MissingExtra when built."""

    def __init__(self, config: WebRtcConfig) -> None:
        self._what = Processing(echo=False, noise=config.suppress, high_pass=config.high_pass, gain=config.gain)
        self._module = Processor(SAMPLE_RATE, self._what)
        super().__init__(self._processed_frame, SAMPLE_RATE, DELAYS[config.suppress], self._fresh)

    def close(self) -> None:
        """Nothing to free beyond the object itself."""

    def _processed_frame(self, frame: Samples) -> Samples:
        return np.asarray(self._module.process(frame), dtype=np.float32)

    def _fresh(self) -> None:
        self._module = Processor(SAMPLE_RATE, self._what)
