"""The end of a turn by script: a test says what the detector hears at each pause."""

from __future__ import annotations

from dataclasses import dataclass

from warmline.speech.types import EncoderFeatures, Samples


@dataclass(frozen=True, slots=True)
class ScriptedTurnConfig:
    """``scores``: what the calls return in order, such as ``"0.1, 0.9"``; the last one is repeated."""

    scores: str = "1.0"


class ScriptedTurn:
    """Counts its calls, alone of this kind. ValueError when built with a bad script."""

    def __init__(self, config: ScriptedTurnConfig) -> None:
        self._scores = [float(score) for score in config.scores.split(",")]
        if not all(0.0 <= score <= 1.0 for score in self._scores):
            raise ValueError(f"turn.scores must lie between 0 and 1: {config.scores!r}")
        self._calls = 0

    @property
    def reads_features(self) -> bool:
        return False

    def score(self, audio: Samples, features: EncoderFeatures | None = None) -> float:
        score = self._scores[min(self._calls, len(self._scores) - 1)]
        self._calls += 1
        return score

    def close(self) -> None:
        """Nothing to free."""
