"""The protocol of end-of-turn detectors: is the person done, or only pausing?"""

from __future__ import annotations

from typing import Protocol

from warmline.speech.types import EncoderFeatures, Samples


class TurnDetector(Protocol):
    """Scores the audio of a turn up to a pause. Holds no state between calls."""

    @property
    def reads_features(self) -> bool:
        """Does it need the recogniser's encoder features? Then it is asked once, when a pause was decoded; else at
        once, and again when the pause has lasted."""
        ...

    def score(self, audio: Samples, features: EncoderFeatures | None = None) -> float:
        """Probability in [0, 1] that the turn has ended, from float32[n] at 16 kHz (any length; the last seconds
        count) and, where the caller has them, the recogniser's encoder features of the same audio."""
        ...

    def close(self) -> None: ...
