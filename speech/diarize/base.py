"""The protocol of who speaks, and the values that cross it. Knows nothing about calls.

A voiceprint is personal data of the most sensitive kind: whoever makes one has the person's consent, keeps it for the
call only, and writes it nowhere. Nothing here stores one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from warmline.speech.types import AudioChunk, Samples

Span = tuple[int, int]
"""Start and end on the stream clock."""

NOBODY = -1
"""The label of a span that is too short or too quiet to tell."""


@dataclass(frozen=True, slots=True)
class Voiceprint:
    """``values``: float32[D] of unit length, comparable only with prints of the same ``encoder``. ``voiced_s``: how
    much voice it was made of."""

    values: NDArray[np.float32] = field(repr=False)
    voiced_s: float
    encoder: str


@dataclass(frozen=True, slots=True)
class Likeness:
    """``score``: cosine of two prints, [-1, 1]. ``probability``: that it is one person, calibrated, when either is as
    likely beforehand."""

    score: float
    probability: float


class Diariser(Protocol):
    """Tells voices apart. Shared by all calls; safe to use from several threads."""

    def voiceprint(self, audio: Samples) -> Voiceprint | None:
        """The print of one person's voice in float32[n] at 16 kHz; pauses in it are left out. None when it holds too
        little voice, or too much noise, to tell."""
        ...

    def likeness(self, one: Voiceprint, other: Voiceprint) -> Likeness:
        """How like two prints are. ValueError for prints of different encoders."""
        ...

    def labels(self, audio: AudioChunk, spans: Sequence[Span]) -> tuple[int, ...]:
        """Who speaks in each span of a recording: 0 for the first to speak, then 1, 2 ...; NOBODY where it cannot be
        told. Spans lie on the stream clock; what of them lies outside the audio counts as nothing."""
        ...

    def close(self) -> None: ...


def cosine(one: Voiceprint, other: Voiceprint) -> float:
    """The cosine of two prints. ValueError for prints of different encoders."""
    if one.encoder != other.encoder:
        raise ValueError(f"a voiceprint of {one.encoder} cannot be compared with one of {other.encoder}")
    return float(np.clip(np.dot(one.values, other.values), -1.0, 1.0))


def unit(values: NDArray[np.float32]) -> NDArray[np.float32]:
    """The vector at unit length; zero stays zero."""
    return np.asarray(values / max(float(np.linalg.norm(values)), 1e-9), dtype=np.float32)
