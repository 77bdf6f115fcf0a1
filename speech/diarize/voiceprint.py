"""What a voice sounds like as 256 numbers: the GE2E speaker encoder that Resemblyzer carries, run in numpy.

Three LSTM layers over 40 mel bands in windows of 1.6 s, a projection, unit length; two windows of one person point
much the same way. Source: Wan et al., "Generalized End-to-End Loss for Speaker Verification" (2018). The weights are
Resemblyzer's (Apache-2.0), read as data. Knows nothing about callers, thresholds or what is voice and what is not.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from scipy import fft

from warmline.speech.audio.mel import HOP, WINDOW, triangles
from warmline.speech.diarize.checkpoint import tensors
from warmline.speech.runtime.errors import CorruptWeights
from warmline.speech.types import SAMPLE_RATE, Samples

BANDS: Final = 40
FRAMES: Final = 160
WINDOW_SAMPLES: Final = FRAMES * HOP
"""1.6 s: what the encoder looks at."""

SIZE: Final = 256
LOUDNESS: Final = 10.0 ** (-27.0 / 20.0)
"""The network hears power, not its logarithm, so loudness matters. In training audio below -30 dBFS RMS was raised to
it; among what was tried (as in training; always -30, -27, -24) always -27 told people apart as well as any."""

_LAYERS: Final = 3

Print = NDArray[np.float32]
"""float32[256] of unit length, none below 0."""


class Encoder:
    """The loaded network. Safe to share between threads. Raises CorruptWeights."""

    def __init__(self, path: Path) -> None:
        found = tensors(path, "model_state")
        try:
            self._layers = [_Layer(found, layer) for layer in range(_LAYERS)]
            self._out = np.ascontiguousarray(found["linear.weight"].T), found["linear.bias"]
        except KeyError as error:
            raise CorruptWeights(f"{path} is no speaker encoder: it has no {error}") from error

    def prints(self, windows: NDArray[np.float32]) -> NDArray[np.float32]:
        """Windows float32[B, 160, 40] of mel power to prints float32[B, 256]."""
        x = windows
        for layer in self._layers:
            x = layer.run(x)
        raw = np.maximum(x[:, -1] @ self._out[0] + self._out[1], 0.0)
        return np.asarray(raw / np.maximum(np.linalg.norm(raw, axis=1, keepdims=True), 1e-9), dtype=np.float32)

    def windows_of(self, voice: Samples, step: int = FRAMES // 2) -> NDArray[np.float32]:
        """The prints of float32[n] of voice at 16 kHz, a window each ``step`` frames: float32[windows, 256]; a last
        window is filled up with silence when at least three quarters of it are there, or when it is the only one."""
        frames = mel_power(levelled(voice))
        starts = list(range(0, max(1, len(frames) - FRAMES // 4 * 3 + 1), step))
        padded = np.pad(frames, ((0, max(0, starts[-1] + FRAMES - len(frames))), (0, 0)))
        return self.prints(np.stack([padded[start : start + FRAMES] for start in starts]))

    def print_of(self, voice: Samples) -> Print:
        """One print of all of the voice: the mean of its windows' prints, of unit length."""
        mean = self.windows_of(voice).mean(axis=0)
        return np.asarray(mean / max(float(np.linalg.norm(mean)), 1e-9), dtype=np.float32)


class _Layer:
    """One LSTM layer; gates in PyTorch's order: input, forget, cell, output."""

    def __init__(self, found: dict[str, NDArray[Any]], layer: int) -> None:
        self._from_below = np.ascontiguousarray(found[f"lstm.weight_ih_l{layer}"].T)
        self._from_before = np.ascontiguousarray(found[f"lstm.weight_hh_l{layer}"].T)
        self._bias = found[f"lstm.bias_ih_l{layer}"] + found[f"lstm.bias_hh_l{layer}"]

    def run(self, x: NDArray[np.float32]) -> NDArray[np.float32]:
        """Float32[B, T, D] to float32[B, T, 256]."""
        batch, steps, _ = x.shape
        below = x @ self._from_below + self._bias
        out = np.empty((batch, steps, SIZE), np.float32)
        hidden, cell = np.zeros((2, batch, SIZE), np.float32)
        for t in range(steps):
            gates = below[:, t] + hidden @ self._from_before
            squashed = _sigmoid(gates)
            entry, forget, leave = squashed[:, :SIZE], squashed[:, SIZE : 2 * SIZE], squashed[:, 3 * SIZE :]
            cell = forget * cell + entry * np.tanh(gates[:, 2 * SIZE : 3 * SIZE])
            hidden = leave * np.tanh(cell)
            out[:, t] = hidden
        return out


def mel_power(samples: Samples) -> NDArray[np.float32]:
    """Mel power of 40 bands, not its logarithm: float32[n] at 16 kHz to float32[1 + n // 160, 40]."""
    frames = 1 + len(samples) // HOP
    padded = np.pad(samples, (WINDOW // 2, WINDOW // 2 + HOP))
    strips = np.lib.stride_tricks.sliding_window_view(padded, WINDOW)[::HOP][:frames]
    spectrum = fft.rfft(strips * _hann(), axis=-1)
    power = np.square(spectrum.real) + np.square(spectrum.imag)
    return np.asarray(power @ _filters().T, dtype=np.float32)


def levelled(samples: Samples) -> Samples:
    """Audio at -27 dBFS RMS, so that loudness changes no print; digital silence stays silent."""
    level = float(np.sqrt(np.mean(np.square(samples, dtype=np.float64)))) if len(samples) else 0.0
    return np.asarray(samples * (LOUDNESS / max(level, 1e-9)), dtype=np.float32)


def _sigmoid(x: NDArray[np.float32]) -> NDArray[np.float32]:
    return np.asarray(0.5 * np.tanh(0.5 * x) + 0.5, dtype=np.float32)


@cache
def _hann() -> NDArray[np.float32]:
    return np.asarray(0.5 - 0.5 * np.cos(np.arange(WINDOW) * (2.0 * np.pi / WINDOW)), dtype=np.float32)


@cache
def _filters() -> NDArray[np.float32]:
    return triangles(BANDS, SAMPLE_RATE)
