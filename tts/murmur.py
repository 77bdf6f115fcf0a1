"""A short sound of ours that is no reply: "mm-hm" while the person has the floor. Pure bookkeeping of samples.

It has no turn, no marks and no words to be heard: nothing of it is remembered as said. It gives way within 5 ms.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from warmline.speech.types import Samples
from warmline.tts.types import VOICE_RATE

FADE: Final = VOICE_RATE * 5 // 1000
_FADING: Final = (0.5 + 0.5 * np.cos(np.pi * (np.arange(FADE) + 1.0) / FADE)).astype(np.float32)


class Murmur:
    """What sounds now, if anything. ``begun`` counts the murmurs so far."""

    def __init__(self) -> None:
        self._rest: Samples = np.zeros(0, np.float32)
        self._fading = False
        self.begun = 0

    @property
    def sounding(self) -> bool:
        return len(self._rest) > 0

    def say(self, audio: Samples) -> None:
        """Begin; what sounded before is replaced."""
        self._rest, self._fading = audio, False
        self.begun += 1

    def hush(self) -> None:
        """Be silent within 5 ms."""
        if self._rest.size and not self._fading:
            tail = self._rest[:FADE]
            self._rest, self._fading = tail * _FADING[: len(tail)], True

    def pull(self, count: int) -> Samples:
        """The next ``count`` samples, float32[count]; zeros after the end."""
        out = np.zeros(count, np.float32)
        taken = self._rest[:count]
        out[: len(taken)] = taken
        self._rest = self._rest[count:]
        return out
