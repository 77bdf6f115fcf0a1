"""A trained head: from one utterance's encoder frames and functionals to calibrated probabilities. Pure numpy.

The file is an npz made by ``emotion/training/fit.py``: a standardisation, one or more linear or one-hidden-layer
classifiers whose log-probabilities are averaged, a temperature, an abstention threshold, and a second output for high
against low arousal. It knows one encoder only and says which. Nothing in it is executed or unpickled.
"""

from __future__ import annotations

import hashlib
import json
import zipfile
from dataclasses import dataclass
from functools import cache
from importlib import resources
from io import BytesIO
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from warmline.emotion.functionals import NAMES
from warmline.emotion.types import LABELS
from warmline.speech.runtime.errors import CorruptWeights, MissingWeights

Floats = NDArray[np.float32]

VOICE_ONLY = "voice-only"
"""The name of the head that needs no encoder."""

FORMAT = 1
FAMILIAR = 0.8
"""Strangeness below which the temperature is that of familiar speech."""

CLIP = 5.0
"""Standardised inputs are held within this, so that one odd value cannot decide."""


@dataclass(frozen=True, slots=True)
class Layer:
    """``weight``: [inputs, outputs], ``bias``: [outputs]."""

    weight: Floats
    bias: Floats


@dataclass(frozen=True, slots=True)
class Reading:
    """What a head says of one utterance.

    ``probabilities``: float32[8] in the order of LABELS, calibrated. ``high``: probability of high arousal.
    ``strange``: how far the input lies from the training data: unseen speakers lie about 0.7, unseen corpora 1.6.
    """

    probabilities: Floats
    high: float
    strange: float


@dataclass(frozen=True, slots=True)
class Head:
    """``members``: each one or two layers (with a rectifier between). ``temperature`` and ``caution``: see
    :func:`cooled`. ``threshold``: the top probability below which no label is claimed. ``usual``: the 95th percentile
    of the mean square of standardised training rows."""

    encoder: str
    width: int
    mean: Floats
    scale: Floats
    members: tuple[tuple[Layer, ...], ...]
    arousal: Layer
    temperature: float
    caution: float
    threshold: float
    usual: float

    def read(self, frames: Floats | None, functionals: Floats) -> Reading:
        """``frames``: float32[T, width] of speech, T > 0; None for the head that needs no encoder."""
        row = functionals if frames is None else np.concatenate([pooled(frames), functionals])
        return self.read_row(row)

    def read_row(self, row: Floats) -> Reading:
        """The same from the pooled row, float32[inputs]; values that are not finite count as the training mean."""
        standard = (row - self.mean) / self.scale
        standard = np.clip(np.nan_to_num(standard, nan=0.0, posinf=CLIP, neginf=-CLIP), -CLIP, CLIP)
        logs = np.mean([log_softmax(_through(member, standard)) for member in self.members], axis=0)
        high = float(standard @ self.arousal.weight[:, 0] + self.arousal.bias[0])
        strange = float(np.mean(np.square(standard))) / self.usual
        high /= max(1.0, strange / FAMILIAR) ** self.caution
        return Reading(
            probabilities=np.exp(cooled(logs, strange, self.temperature, self.caution)).astype(np.float32),
            high=float(1.0 / (1.0 + np.exp(-np.clip(high, -30.0, 30.0)))),
            strange=strange,
        )


def pooled(frames: Floats) -> Floats:
    """Mean and standard deviation over time: float32[2 * D] from float[T, D]."""
    wide = frames.astype(np.float32, copy=False)
    return np.concatenate([wide.mean(axis=0), wide.std(axis=0)])


def cooled(logs: Floats, strange: float | Floats, temperature: float, caution: float) -> Floats:
    """Log-probabilities at ``temperature``, which rises by the power ``caution`` with strangeness past the familiar:
    one temperature cannot be right both for speech like the training data and for a new language or room."""
    heat = temperature * np.maximum(1.0, np.asarray(strange, np.float32) / FAMILIAR) ** caution
    return log_softmax(logs / heat[..., None])


def log_softmax(scores: Floats) -> Floats:
    """Along the last axis."""
    shifted = scores - scores.max(axis=-1, keepdims=True)
    return np.asarray(shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True)), np.float32)


def _through(layers: tuple[Layer, ...], row: Floats) -> Floats:
    for index, layer in enumerate(layers):
        row = (np.maximum(row, 0.0) if index else row) @ layer.weight + layer.bias
    return row


def save(head: Head, path: Path) -> str:
    """Write the head as npz (weights as float16); returns its SHA-256."""
    facts = {
        "format": FORMAT,
        "encoder": head.encoder,
        "width": head.width,
        "labels": list(LABELS),
        "functionals": list(NAMES),
        "layers": [len(member) for member in head.members],
        "temperature": head.temperature,
        "caution": head.caution,
        "threshold": head.threshold,
        "usual": head.usual,
    }
    arrays: dict[str, NDArray[np.generic]] = {
        "facts": np.frombuffer(json.dumps(facts).encode(), np.uint8),
        "mean": head.mean.astype(np.float32),
        "scale": head.scale.astype(np.float32),
        "arousal_weight": head.arousal.weight.astype(np.float16),
        "arousal_bias": head.arousal.bias.astype(np.float32),
    }
    for place, member in enumerate(head.members):
        for depth, layer in enumerate(member):
            arrays[f"weight_{place}_{depth}"] = layer.weight.astype(np.float16)
            arrays[f"bias_{place}_{depth}"] = layer.bias.astype(np.float32)
    path.parent.mkdir(parents=True, exist_ok=True)
    np.savez_compressed(path, allow_pickle=False, **arrays)
    return hashlib.sha256(path.read_bytes()).hexdigest()


def load(path: Path, sha256: str | None = None) -> Head:
    """Read a head. Raises MissingWeights, and CorruptWeights when it is no head or its SHA-256 is not the given one."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise MissingWeights(f"there is no emotion head at {path}: make one with `warmline train emotion`") from error
    return _parse(data, str(path), sha256)


@cache
def shipped(encoder: str) -> Head | None:
    """The head that ships for ``encoder``, verified; None when none does. Raises CorruptWeights."""
    folder = resources.files("warmline.emotion.weights")
    listed: dict[str, dict[str, str]] = json.loads((folder / "heads.json").read_text(encoding="utf-8"))
    row = listed.get(encoder)
    if row is None:
        return None
    return _parse((folder / row["file"]).read_bytes(), row["file"], row["sha256"])


def _parse(data: bytes, name: str, sha256: str | None) -> Head:
    found = hashlib.sha256(data).hexdigest()
    if sha256 is not None and found != sha256:
        raise CorruptWeights(
            f"the emotion head {name} is damaged (SHA-256 {found[:12]}, not {sha256[:12]}): install warmline again"
        )
    try:
        with np.load(BytesIO(data), allow_pickle=False) as arrays:
            return _built({key: arrays[key] for key in arrays.files})
    except (ValueError, KeyError, OSError, zipfile.BadZipFile) as error:
        raise CorruptWeights(
            f"{name} is no emotion head of this version ({error}): make one with `warmline train emotion`"
        ) from error


def _built(arrays: dict[str, NDArray[np.generic]]) -> Head:
    facts = json.loads(arrays["facts"].tobytes())
    if facts["format"] != FORMAT or facts["labels"] != list(LABELS) or facts["functionals"] != list(NAMES):
        raise ValueError("its format, labels or functionals differ")

    def floats(key: str) -> Floats:
        return arrays[key].astype(np.float32)

    members = tuple(
        tuple(Layer(floats(f"weight_{place}_{depth}"), floats(f"bias_{place}_{depth}")) for depth in range(layers))
        for place, layers in enumerate(facts["layers"])
    )
    head = Head(
        encoder=facts["encoder"],
        width=int(facts["width"]),
        mean=floats("mean"),
        scale=floats("scale"),
        members=members,
        arousal=Layer(floats("arousal_weight"), floats("arousal_bias")),
        temperature=float(facts["temperature"]),
        caution=float(facts["caution"]),
        threshold=float(facts["threshold"]),
        usual=float(facts["usual"]),
    )
    if len(head.mean) != 2 * head.width + len(NAMES) or any(len(m[0].weight) != len(head.mean) for m in members):
        raise ValueError("its shapes do not fit together")
    return head
