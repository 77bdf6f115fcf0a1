"""Linear heads on the encoder's states, and the files that hold an encoder's heads and small tables.

A heads file (npz) holds ``places`` and ``types`` of the encoder, and for each task NAME.weight float[K, 2 D + F],
NAME.bias float[K], perhaps NAME.shift float[K] (added after: a calibration) and NAME.heat (a temperature).
"""

from __future__ import annotations

import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from io import BytesIO
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from warmline.speech.runtime.errors import CorruptWeights

Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class LinearHead:
    """``weight`` float32[K, inputs], ``bias`` float32[K]; scores are divided by ``heat``, then ``shift`` is added."""

    weight: Floats
    bias: Floats
    heat: float
    shift: Floats

    def scores(self, rows: Floats) -> Floats:
        """Calibrated scores float32[..., K] of rows float32[..., inputs]."""
        raw = rows @ self.weight.T + self.bias
        return np.asarray(raw / self.heat + self.shift, np.float32)


@dataclass(frozen=True, slots=True)
class Heads:
    """What comes with an encoder: position and type embeddings, and heads by task."""

    places: Floats
    types: Floats
    of: Mapping[str, LinearHead]
    extra: Mapping[str, Floats]


def parse_heads(data: bytes) -> Heads:
    """Raises CorruptWeights."""
    try:
        with np.load(BytesIO(data), allow_pickle=False) as stored:
            arrays = {key: stored[key].astype(np.float32) for key in stored.files}
        heads = {}
        for key in [key for key in arrays if key.endswith(".weight")]:
            name = key.removesuffix(".weight")
            bias = arrays[f"{name}.bias"]
            heat = float(arrays.get(f"{name}.heat", np.ones(1, np.float32))[0])
            shift = arrays.get(f"{name}.shift", np.zeros_like(bias))
            heads[name] = LinearHead(arrays[key], bias, heat, shift)
        extra = {key.removeprefix("extra."): value for key, value in arrays.items() if key.startswith("extra.")}
        return Heads(arrays["places"], arrays["types"], MappingProxyType(heads), MappingProxyType(extra))
    except (KeyError, ValueError, OSError, zipfile.BadZipFile) as error:
        raise CorruptWeights(f"the heads of the text encoder are damaged ({error}): install warmline again") from error


def dump_heads(arrays: Mapping[str, NDArray[np.floating]]) -> bytes:
    """The bytes of a heads file; weights as float16, the rest as given."""
    file = BytesIO()
    packed = {key: value.astype(np.float16) if value.size > 64 else value for key, value in arrays.items()}
    np.savez_compressed(file, allow_pickle=False, **packed)
    return file.getvalue()


def softmax(scores: Floats) -> Floats:
    """Along the last axis."""
    odds = np.exp(scores - scores.max(axis=-1, keepdims=True))
    return np.asarray(odds / odds.sum(axis=-1, keepdims=True), np.float32)


def sigmoid(scores: Floats) -> Floats:
    return np.asarray(1.0 / (1.0 + np.exp(-np.clip(scores, -30.0, 30.0))), np.float32)
