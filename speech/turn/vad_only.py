"""No opinion: every pause scores the same, so that only its length decides. For machines that cannot spare a model."""

from __future__ import annotations

from dataclasses import dataclass

from warmline.speech.types import EncoderFeatures, Samples


@dataclass(frozen=True, slots=True)
class VadOnlyConfig:
    """``probability``: what every pause scores, in [0, 1]; 0.5 says nothing, 1.0 ends a turn at the first pause."""

    probability: float = 0.5


class VadOnly:
    """Knows nothing about the audio. ValueError when built with a probability outside [0, 1]."""

    def __init__(self, config: VadOnlyConfig) -> None:
        if not 0.0 <= config.probability <= 1.0:
            raise ValueError(f"turn.probability must lie between 0 and 1, not {config.probability}")
        self._probability = config.probability

    @property
    def reads_features(self) -> bool:
        return False

    def score(self, audio: Samples, features: EncoderFeatures | None = None) -> float:
        return self._probability

    def close(self) -> None:
        """Nothing to free."""
