"""Which sounds are in the audio: YAMNet's scores, as data from a pinned package, on a session of its own.

YAMNet (Google, AudioSet, 521 classes, Apache-2.0) in the eight-bit form that the package ``sead`` carries: a log-mel
patch of 0.96 s in, a score for every class out, half a millisecond a patch. It was trained on videos from the web: it
knows real laughs and sobs, but not who makes them, and a loud television counts like the person.
Definition of the input: Plakal and Ellis, "YAMNet" (2020), after Hershey et al. (2017).
"""

from __future__ import annotations

import tempfile
import zipfile
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy import fft

from warmline.speech.runtime import onnx, weights
from warmline.speech.runtime.errors import CorruptWeights
from warmline.speech.types import SAMPLE_RATE, Samples

WEIGHTS: Final = "yamnet"
ARCHIVE: Final = "YamNet_w8a8.onnx.zip"

HOP = SAMPLE_RATE // 100
WINDOW = 400
FFT = 512
BANDS = 64
PATCH = 96
"""Frames in a patch: 0.96 s."""

STEP = 48
"""Frames from patch to patch: 0.48 s."""

CLASSES = 521

LOUD_DB = -20.0
"""Audio is brought to this level (of its loudest tenth) first, by at most :data:`MOST_GAIN_DB`: a sob over a quiet
line is a sob."""

MOST_GAIN_DB = 30.0

# the scales of the eight-bit graph's input and output, as they stand in it
_IN_SCALE, _IN_ZERO = 0.047937885, 144
_OUT_SCALE, _OUT_ZERO = 0.7565417, 190

Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class AudioTaggerConfig:
    """``path``: the archive or its folder, instead of the pinned weights. ``threads``: cores it may use."""

    path: str | None = None
    threads: int = 1


class AudioTagger:
    """Holds no state between calls. Raises MissingWeights and CorruptWeights when built."""

    def __init__(self, config: AudioTaggerConfig | None = None) -> None:
        config = config or AudioTaggerConfig()
        archive = weights.locate(WEIGHTS, config.path).file(ARCHIVE)
        # the graph keeps its weights in a second file, which onnxruntime looks for beside the first
        with tempfile.TemporaryDirectory(prefix="warmline-") as folder:
            self._session = onnx.session(_unpacked(archive, Path(folder)), config.threads)

    def scores(self, samples: Samples) -> Floats:
        """Probabilities float32[N, 521] of patches :data:`STEP` frames apart, from float32[n] at 16 kHz; audio under
        0.96 s is one patch, followed by silence. N is 0 for no audio and for silence."""
        found = [self._session.run(None, {"audio": patch[None, None]})[0][0] for patch in patches(samples)]
        if not found:
            return np.zeros((0, CLASSES), np.float32)
        logits = (np.stack(found).astype(np.float32) - _OUT_ZERO) * np.float32(_OUT_SCALE)
        return np.asarray(1.0 / (1.0 + np.exp(-np.clip(logits, -30.0, 30.0))), np.float32)


def patches(samples: Samples) -> NDArray[np.uint8]:
    """What the graph reads, uint8[N, 96, 64]."""
    heard = _levelled(np.nan_to_num(samples, nan=0.0, posinf=0.0, neginf=0.0))
    if not len(heard):
        return np.zeros((0, PATCH, BANDS), np.uint8)
    least = WINDOW + (PATCH - 1) * HOP
    count = 1 + max(0, -(-(len(heard) - least) // (STEP * HOP)))
    heard = np.pad(heard, (0, max(0, least + (count - 1) * STEP * HOP - len(heard))))
    frames = np.lib.stride_tricks.sliding_window_view(heard, WINDOW)[::HOP]
    magnitude = np.abs(fft.rfft(frames * _hann(), FFT, axis=1))
    log_mel = np.log(magnitude @ _filters() + np.float32(1e-3))
    coded = np.clip(np.rint(log_mel / _IN_SCALE + _IN_ZERO), 0, 255).astype(np.uint8)
    return np.stack([coded[start * STEP : start * STEP + PATCH] for start in range(count)])


def _levelled(samples: Samples) -> Samples:
    """At :data:`LOUD_DB`; empty for silence."""
    if len(samples) < HOP:
        return np.zeros(0, np.float32)
    power = np.mean(np.square(samples[: len(samples) // HOP * HOP].reshape(-1, HOP)), axis=1)
    loud = float(np.sort(power)[-max(1, len(power) // 10) :].mean())
    if loud < 1e-9:
        return np.zeros(0, np.float32)
    gain = min(10.0 ** (LOUD_DB / 20.0) / loud**0.5, 10.0 ** (MOST_GAIN_DB / 20.0))
    return np.asarray(np.clip(samples * np.float32(gain), -1.0, 1.0), np.float32)


@cache
def _hann() -> Floats:
    return np.asarray(0.5 - 0.5 * np.cos(np.arange(WINDOW) * (2.0 * np.pi / WINDOW)), np.float32)


@cache
def _filters() -> Floats:
    """[257, 64] triangles evenly spaced on the mel scale over 125-7,500 Hz."""
    corners = np.linspace(_mel(125.0), _mel(7500.0), BANDS + 2)
    bins = np.array([_mel(hertz) for hertz in np.arange(FFT // 2 + 1) * (SAMPLE_RATE / FFT)])
    low, middle, high = corners[:-2], corners[1:-1], corners[2:]
    rising = (bins[:, None] - low) / (middle - low)
    falling = (high - bins[:, None]) / (high - middle)
    return np.asarray(np.clip(np.minimum(rising, falling), 0.0, None), np.float32)


def _mel(hertz: float) -> float:
    return float(2595.0 * np.log10(1.0 + hertz / 700.0))


def _unpacked(archive: Path, folder: Path) -> Path:
    try:
        with zipfile.ZipFile(archive) as opened:
            graphs = [name for name in opened.namelist() if name.endswith(".onnx")]
            if len(graphs) != 1:
                raise CorruptWeights(f"{archive} holds no single ONNX graph: warmline weights fetch {WEIGHTS}")
            opened.extractall(folder)
    except (OSError, zipfile.BadZipFile) as error:
        raise CorruptWeights(f"{archive} cannot be read ({error}): warmline weights fetch {WEIGHTS}") from error
    return folder / graphs[0]
