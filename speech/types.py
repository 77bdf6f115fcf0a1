"""What crosses the stages of hearing. Frozen values only; knows nothing about models.

Time is an integer sample index on the stream clock (:data:`SAMPLE_RATE`), counted from the start of the call.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

Samples = NDArray[np.float32]
"""Mono audio, float32 in [-1, 1], shape [n]."""

SAMPLE_RATE = 16_000
"""Rate of the stream clock in Hz; every ``start``, ``end`` and ``at`` in this project counts its samples."""


def samples_of(seconds_s: float) -> int:
    """Seconds as a number of samples on the stream clock."""
    return round(seconds_s * SAMPLE_RATE)


def seconds_of(samples: int) -> float:
    """Samples on the stream clock as seconds."""
    return samples / SAMPLE_RATE


@dataclass(frozen=True, slots=True)
class AudioChunk:
    """A piece of mono audio.

    ``samples``: float32[n] in [-1, 1] at ``sample_rate`` Hz. ``start``: where the first sample lies on the
    stream clock (16 kHz samples, whatever ``sample_rate`` is).
    """

    samples: Samples
    sample_rate: int = SAMPLE_RATE
    start: int = 0

    @property
    def duration_s(self) -> float:
        return len(self.samples) / self.sample_rate

    @property
    def end(self) -> int:
        """The stream-clock index just past the last sample."""
        return self.start + round(len(self.samples) * SAMPLE_RATE / self.sample_rate)


@dataclass(frozen=True, slots=True)
class Word:
    """A recognised word; ``start`` and ``end`` on the stream clock, ``confidence`` in [0, 1]."""

    text: str
    start: int
    end: int
    confidence: float = 1.0


@dataclass(frozen=True, slots=True)
class PartialTranscript:
    """Words so far: ``stable`` is append-only within an utterance, ``tail`` may still change.

    ``end`` is the stream-clock index up to which audio was decoded.
    """

    stable: str
    tail: str
    end: int

    @property
    def text(self) -> str:
        return " ".join(part for part in (self.stable, self.tail) if part)


@dataclass(frozen=True, slots=True)
class EncoderFeatures:
    """The recogniser's own encoder output, kept so that emotion costs no second pass.

    ``frames``: float32[T, D], ``rate_hz`` frames a second, first frame at stream-clock index ``start``;
    trimmed to the audio (no padding frames). ``encoder`` names the weights, because a head fits one encoder only.
    """

    frames: NDArray[np.float32]
    encoder: str
    start: int = 0
    rate_hz: float = 50.0


@dataclass(frozen=True, slots=True)
class Utterance:
    """One turn of the person, as heard.

    ``speech``: voiced spans as (start, end) on the stream clock, from the voice activity detector.
    ``words`` is empty when nothing intelligible was said; ``text`` is what was recognised, punctuated.
    """

    id: int
    text: str
    words: tuple[Word, ...]
    audio: AudioChunk
    language: str = "en"
    speech: tuple[tuple[int, int], ...] = ()
    features: EncoderFeatures | None = field(default=None, repr=False)
    confidence: float = 1.0
