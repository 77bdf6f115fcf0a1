"""No suppression: the fake of this kind, and its default."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from warmline.speech.types import Samples


@dataclass(frozen=True, slots=True)
class NoConfig:
    """No options."""


class NoDenoiser:
    """Gives what it takes, bit for bit."""

    held_back = 0

    def __init__(self, config: NoConfig) -> None:
        pass

    def push(self, samples: Samples) -> Samples:
        return samples

    def flush(self) -> Samples:
        return np.zeros(0, np.float32)

    def close(self) -> None:
        """Nothing to free."""
