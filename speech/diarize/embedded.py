"""The embedded speaker check: Resemblyzer's encoder in numpy, 11 ms of one core per 1.6 s of voice.

It tells strangers apart better than siblings, calm voices better than crying ones; ``calibration_*.json`` say how sure
it may be, fitted by ``warmline eval speakers --calibrate`` on acted emotional speech. English and Polish only were
measured.
"""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import Final

import numpy as np
from numpy.typing import NDArray

from warmline.speech.diarize.base import Likeness, Span, Voiceprint, cosine, unit
from warmline.speech.diarize.clusters import clustered
from warmline.speech.diarize.spans import prints_of
from warmline.speech.diarize.voiced import voiced
from warmline.speech.diarize.voiceprint import Encoder
from warmline.speech.runtime import weights
from warmline.speech.types import SAMPLE_RATE, AudioChunk, Samples, samples_of

WEIGHTS: Final = "resemblyzer"
WIDE: Final = "wide"
NARROW: Final = "narrow"
"""A telephone's band. What all voices have in common, and how far scores lie apart, differ; prints of different bands
are not compared."""

ABOVE_HZ: Final = 4_300.0
NARROW_SHARE: Final = 1e-4
"""Of the power above that. Measured: telephone speech 2e-6 to 5e-5, all but one old recording of others above 4e-4."""

LONGEST: Final = samples_of(10.0)
"""Voice beyond this adds little, and costs."""


@dataclass(frozen=True, slots=True)
class EmbeddedConfig:
    """``path``: the checkpoint or its folder, instead of the pinned weights. ``least_s``: voice needed for a print.
    ``centre``: whether what all voices have in common is taken away, which is left out only to measure it anew."""

    path: str | None = None
    least_s: float = 0.8
    centre: bool = True


@dataclass(frozen=True, slots=True)
class Calibration:
    """Logit of one person = ``bias`` + ``slope`` * cosine + ``log_s`` * ln(seconds of the shorter voice). ``mean``:
    the mean print of many people, float32[256], taken away from each print before they are compared: the network gives
    no negative numbers, so strangers' prints have much in common."""

    bias: float
    slope: float
    log_s: float
    mean: NDArray[np.float32] = field(repr=False)

    def probability(self, score: float, seconds_s: float) -> float:
        """That it is one person, in [0, 1]."""
        logit = self.bias + self.slope * score + self.log_s * math.log(max(seconds_s, 0.1))
        return 1.0 / (1.0 + math.exp(-max(-40.0, min(40.0, logit))))


class EmbeddedDiariser:
    """Raises MissingWeights, CorruptWeights when built."""

    def __init__(self, config: EmbeddedConfig) -> None:
        self._config = config
        self._encoder = Encoder(weights.locate(WEIGHTS, config.path).file("pretrained.pt"))
        self._calibrations = {name: calibration(name) for name in (WIDE, NARROW)}

    def voiceprint(self, audio: Samples) -> Voiceprint | None:
        voice = voiced(audio)[:LONGEST]
        seconds_s = len(voice) / SAMPLE_RATE
        if seconds_s < self._config.least_s:
            return None
        band = NARROW if narrow(voice) else WIDE
        mean = self._calibrations[band].mean if self._config.centre else np.float32(0.0)
        return Voiceprint(unit(self._encoder.print_of(voice) - mean), seconds_s, f"{WEIGHTS}-{band}")

    def likeness(self, one: Voiceprint, other: Voiceprint) -> Likeness:
        score = cosine(one, other)
        known = self._calibrations[one.encoder.removeprefix(f"{WEIGHTS}-")]
        return Likeness(score, known.probability(score, min(one.voiced_s, other.voiced_s)))

    def labels(self, audio: AudioChunk, spans: Sequence[Span]) -> tuple[int, ...]:
        return clustered(prints_of(self.voiceprint, audio, spans), self.likeness)

    def close(self) -> None:
        """Nothing to free beyond the object itself."""


def narrow(voice: Samples) -> bool:
    """Did this voice come over a telephone? Then nothing of it lies above 4 kHz, whatever its rate is now."""
    power = np.abs(np.fft.rfft(voice)) ** 2
    above = round(len(power) * ABOVE_HZ / (SAMPLE_RATE / 2))
    return float(power[above:].sum()) < NARROW_SHARE * float(power.sum())


@cache
def calibration(band: str) -> Calibration:
    """The shipped calibration of voices of one band."""
    text = files("warmline.speech.diarize").joinpath(f"calibration_{band}.json").read_text(encoding="utf-8")
    figures = json.loads(text)
    mean = np.array(figures["mean"], np.float32)
    return Calibration(figures["bias"], figures["slope"], figures["log_s"], mean)
