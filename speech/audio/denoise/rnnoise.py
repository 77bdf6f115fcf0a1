"""RNNoise: a small recurrent network over pitch and band energies, at 48 kHz in frames of 10 ms.

Source: Valin, "A Hybrid DSP/Deep Learning Approach to Real-Time Full-Band Speech Enhancement" (2018). The library and
its weights are the one file that the package ``pyrnnoise`` carries (library BSD-3-Clause, package Apache-2.0); the
package's own Python code is not used.
"""

from __future__ import annotations

import ctypes
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from warmline.speech.audio.denoise import native
from warmline.speech.audio.denoise.base import Framed
from warmline.speech.runtime.errors import BackendError
from warmline.speech.types import Samples

RATE: Final = 48_000
FRAME: Final = 480
DELAY: Final = 960
_SCALE: Final = np.float32(32768.0)  # the library counts as 16-bit integers do


@dataclass(frozen=True, slots=True)
class RnNoiseConfig:
    """No options."""


class RnNoise(Framed):
    """One stream. Raises MissingExtra, BackendError when built."""

    def __init__(self, config: RnNoiseConfig) -> None:
        self._library = _bound(native.library("pyrnnoise", "pyrnnoise/librnnoise", "noise"))
        if self._library.rnnoise_get_frame_size() != FRAME:
            raise BackendError("this RNNoise has another frame size than 480: choose another denoise.backend")
        self._state: int | None = self._library.rnnoise_create(None)
        super().__init__(self._processed_frame, RATE, DELAY, self._fresh)

    def close(self) -> None:
        """Free the library's state; may be called twice."""
        if self._state is not None:
            self._library.rnnoise_destroy(self._state)
            self._state = None

    def _fresh(self) -> None:
        self.close()
        self._state = self._library.rnnoise_create(None)

    def _processed_frame(self, frame: Samples) -> Samples:
        buffer = np.ascontiguousarray(frame * _SCALE)
        pointer = buffer.ctypes.data_as(ctypes.POINTER(ctypes.c_float))
        self._library.rnnoise_process_frame(self._state, pointer, pointer)
        return np.asarray(buffer / _SCALE, dtype=np.float32)


def _bound(library: ctypes.CDLL) -> Any:
    floats = ctypes.POINTER(ctypes.c_float)
    library.rnnoise_create.argtypes, library.rnnoise_create.restype = [ctypes.c_void_p], ctypes.c_void_p
    library.rnnoise_destroy.argtypes, library.rnnoise_destroy.restype = [ctypes.c_void_p], None
    library.rnnoise_get_frame_size.argtypes, library.rnnoise_get_frame_size.restype = [], ctypes.c_int
    library.rnnoise_process_frame.argtypes = [ctypes.c_void_p, floats, floats]
    library.rnnoise_process_frame.restype = ctypes.c_float
    return library
