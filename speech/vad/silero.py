"""Silero VAD v6 on one ONNX session for all streams: one thread, each stream's state carried from frame to frame.

The graph takes the last 64 samples before a frame and its 512 new ones, and the state of its LSTM; a frame costs
about 0.1 ms. It tells speech from other sounds, not one person from another: singing and a loud television are
speech to it. Source: Silero Team, "Silero VAD" (2024), MIT.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from warmline.speech.runtime import onnx, weights
from warmline.speech.types import Samples
from warmline.speech.vad.base import FRAME, checked

WEIGHTS: Final = "silero-v6"
_CONTEXT = 64
_STATE = (1, 1, 128)


@dataclass(frozen=True, slots=True)
class SileroConfig:
    """``path``: an ONNX file or its folder, instead of the pinned weights."""

    path: str | None = None


class SileroVad:
    """One stream's detector. Raises MissingWeights, CorruptWeights when built."""

    instant = False

    def __init__(self, config: SileroConfig) -> None:
        self._session = _session(weights.locate(WEIGHTS, config.path).file("silero_vad_v6.onnx"))
        self._context: Samples = np.zeros(_CONTEXT, np.float32)
        self._state: tuple[NDArray[np.float32], NDArray[np.float32]] = _fresh()

    def score(self, frame: Samples) -> float:
        window = np.concatenate((self._context, checked(frame)), dtype=np.float32)
        h, c = self._state
        score, h, c = self._session.run(None, {"input": window[None], "h": h, "c": c})
        self._context, self._state = window[-_CONTEXT:], (h, c)
        return float(score.reshape(-1)[0])

    def scores(self, samples: Samples) -> NDArray[np.float32]:
        """The scores of a whole recording's full frames at once, from a fresh state; this stream's is left alone.
        About half the cost of frame by frame. float32[n] at 16 kHz to float32[n // 512]."""
        frames = len(samples) // FRAME
        if not frames:
            return np.zeros(0, np.float32)
        padded = np.concatenate((np.zeros(_CONTEXT, np.float32), samples[: frames * FRAME]), dtype=np.float32)
        windows = np.lib.stride_tricks.sliding_window_view(padded, _CONTEXT + FRAME)[::FRAME]
        h, c = _fresh()
        found, _, _ = self._session.run(None, {"input": np.ascontiguousarray(windows), "h": h, "c": c})
        return np.asarray(found, dtype=np.float32).reshape(-1)

    def reset(self) -> None:
        self._context, self._state = np.zeros(_CONTEXT, np.float32), _fresh()

    def close(self) -> None:
        """Nothing to free beyond the object itself."""


@functools.lru_cache(maxsize=1)
def _session(path: Path) -> Any:
    """The graph, which holds no stream's state: 2 MB that a call need not have for itself."""
    return onnx.session(path)


def _fresh() -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    return np.zeros(_STATE, np.float32), np.zeros(_STATE, np.float32)
