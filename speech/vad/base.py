"""The protocol of voice activity detectors. State lives in the object: one detector a call."""

from __future__ import annotations

from typing import Protocol

from warmline.speech.types import Samples

FRAME = 512
"""Samples a frame at 16 kHz: 32 ms."""


class Vad(Protocol):
    """Scores one frame after another of one stream. ``instant``: costs less than handing it to a thread would."""

    @property
    def instant(self) -> bool: ...

    def score(self, frame: Samples) -> float:
        """Probability in [0, 1] that the frame, float32[512] at 16 kHz, holds speech. ValueError for another length."""
        ...

    def reset(self) -> None:
        """Forget the stream, as for a new call."""
        ...

    def close(self) -> None: ...


def checked(frame: Samples) -> Samples:
    """The frame, if it has the right length; ValueError otherwise."""
    if frame.shape != (FRAME,):
        raise ValueError(f"a frame is float32[{FRAME}], not an array of shape {frame.shape}")
    return frame
