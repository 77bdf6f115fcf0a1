"""Voice activity by script: a test says when somebody speaks, and the audio does not matter."""

from __future__ import annotations

from dataclasses import dataclass

from warmline.speech.types import Samples, samples_of
from warmline.speech.vad.base import FRAME, checked


@dataclass(frozen=True, slots=True)
class ScriptedVadConfig:
    """``speech``: spans such as ``"0.5-2.5, 4-6"``, in seconds since the stream began. ``score``: what a voiced
    frame scores; every other frame scores 0."""

    speech: str = ""
    score: float = 1.0


class ScriptedVad:
    """One stream's detector: a frame is voiced when at least half of it lies in a span. ValueError for a bad script."""

    instant = True

    def __init__(self, config: ScriptedVadConfig) -> None:
        self._spans = _spans(config.speech)
        self._score = config.score
        self._at = 0

    def score(self, frame: Samples) -> float:
        start, self._at = self._at, self._at + len(checked(frame))
        voiced = sum(max(0, min(self._at, end) - max(start, begin)) for begin, end in self._spans)
        return self._score if 2 * voiced >= FRAME else 0.0

    def reset(self) -> None:
        self._at = 0

    def close(self) -> None:
        """Nothing to free."""


def _spans(script: str) -> tuple[tuple[int, int], ...]:
    spans = []
    for part in filter(None, (piece.strip() for piece in script.split(","))):
        start, dash, end = part.partition("-")
        if not dash or float(start) >= float(end):
            raise ValueError(f"a span is START-END in seconds, not {part!r}")
        spans.append((samples_of(float(start)), samples_of(float(end))))
    return tuple(spans)
