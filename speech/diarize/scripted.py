"""Who speaks, told by pitch: the fake of this kind. Two voices are one person when their pitch is much the same.

For tests and rehearsals with synthetic voices: people are not to be told apart by pitch.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from warmline.speech.diarize.base import Likeness, Span, Voiceprint, cosine, unit
from warmline.speech.diarize.clusters import clustered
from warmline.speech.diarize.spans import prints_of
from warmline.speech.diarize.voiced import voiced
from warmline.speech.types import SAMPLE_RATE, AudioChunk, Samples

NAME: Final = "scripted"
_LOWEST_HZ, _HIGHEST_HZ, _STEPS = 70.0, 400.0, 24


@dataclass(frozen=True, slots=True)
class ScriptedConfig:
    """``least_s``: voice needed for a print. ``sharpness``: how quickly likeness falls with the pitch's distance."""

    least_s: float = 0.5
    sharpness: float = 40.0


class ScriptedDiariser:
    """Its prints are a bump over a scale of pitches, so that their cosine falls with the distance in semitones."""

    def __init__(self, config: ScriptedConfig) -> None:
        self._config = config

    def voiceprint(self, audio: Samples) -> Voiceprint | None:
        voice = voiced(audio)
        seconds_s = len(voice) / SAMPLE_RATE
        if seconds_s < self._config.least_s:
            return None
        place = _STEPS * math.log(_pitch_hz(voice) / _LOWEST_HZ) / math.log(_HIGHEST_HZ / _LOWEST_HZ)
        bump = np.exp(-0.5 * (np.arange(_STEPS + 1) - place) ** 2).astype(np.float32)
        return Voiceprint(unit(bump), seconds_s, NAME)

    def likeness(self, one: Voiceprint, other: Voiceprint) -> Likeness:
        score = cosine(one, other)
        return Likeness(score, 1.0 / (1.0 + math.exp(-self._config.sharpness * (score - 0.85))))

    def labels(self, audio: AudioChunk, spans: Sequence[Span]) -> tuple[int, ...]:
        return clustered(prints_of(self.voiceprint, audio, spans), self.likeness)

    def close(self) -> None:
        """Nothing to free."""


def _pitch_hz(voice: Samples) -> float:
    """Pitch of the middle 0.2 s, by autocorrelation."""
    half = min(len(voice) // 2, SAMPLE_RATE // 10)
    middle = voice[len(voice) // 2 - half : len(voice) // 2 + half].astype(np.float64)
    power = np.abs(np.fft.rfft(middle, 2 * len(middle))) ** 2
    likeness = np.fft.irfft(power)
    shortest, longest = int(SAMPLE_RATE / _HIGHEST_HZ), int(SAMPLE_RATE / _LOWEST_HZ)
    return SAMPLE_RATE / (shortest + int(np.argmax(likeness[shortest:longest])))
