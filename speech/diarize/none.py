"""Nobody is told from anybody: the default, which makes no voiceprint at all."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from warmline.speech.diarize.base import NOBODY, Likeness, Span, Voiceprint, cosine
from warmline.speech.types import AudioChunk, Samples


@dataclass(frozen=True, slots=True)
class NoConfig:
    """No options."""


class NoDiariser:
    def __init__(self, config: NoConfig) -> None:
        pass

    def voiceprint(self, audio: Samples) -> Voiceprint | None:
        return None

    def likeness(self, one: Voiceprint, other: Voiceprint) -> Likeness:
        return Likeness(cosine(one, other), 0.5)

    def labels(self, audio: AudioChunk, spans: Sequence[Span]) -> tuple[int, ...]:
        return (NOBODY,) * len(spans)

    def close(self) -> None:
        """Nothing to free."""
