"""The trained end-of-turn head: from one row of acoustics, and Smart Turn's opinion where there is one, to a calibrated
probability. Pure numpy, well under a millisecond.

The file is an npz made by ``warmline train turns``: a standardisation, a linear layer, and two log-odds blends (with
and without Smart Turn). It knows one encoder only and says which. Nothing in it is executed or unpickled.
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
from typing import Final

import numpy as np
from numpy.typing import NDArray

from warmline.speech.runtime.errors import CorruptWeights, MissingWeights
from warmline.speech.turn.acoustics import Floats

FORMAT: Final = 1
CLIP: Final = 4.0
"""Standardised inputs are held within this, so that one odd value cannot decide."""

SURE: Final = 6.0
"""Log-odds are held within this."""


@dataclass(frozen=True, slots=True)
class Blend:
    """Log-odds of the end: ``head`` and ``smart`` weigh the two opinions' log-odds."""

    head: float
    smart: float
    bias: float

    def logit(self, head: float, smart: float) -> float:
        return self.head * head + self.smart * smart + self.bias


@dataclass(frozen=True, slots=True)
class Head:
    """``mean``, ``scale``, ``weight``: float32[inputs]. ``alone``: the blend without Smart Turn."""

    encoder: str
    mean: Floats
    scale: Floats
    weight: Floats
    bias: float
    alone: Blend
    both: Blend

    def logit(self, row: Floats) -> float:
        """The head's own log-odds, uncalibrated."""
        standard = np.clip(np.nan_to_num((row - self.mean) / self.scale), -CLIP, CLIP)
        return float(np.clip(standard @ self.weight + self.bias, -SURE, SURE))

    def probability(self, row: Floats, smart: float | None) -> float:
        """That the turn has ended, in [0, 1]; ``smart`` is Smart Turn's score."""
        own = self.logit(row)
        return sigmoid(self.alone.logit(own, 0.0) if smart is None else self.both.logit(own, logit(smart)))


def logit(probability: float) -> float:
    """Log-odds, within what is believed of any score."""
    inside = min(max(probability, 1e-6), 1.0 - 1e-6)
    return float(np.clip(np.log(inside / (1.0 - inside)), -SURE, SURE))


def sigmoid(value: float) -> float:
    return float(1.0 / (1.0 + np.exp(-value)))


def save(head: Head, path: Path) -> str:
    """Write the head as npz; returns its SHA-256."""
    facts = {
        "format": FORMAT,
        "encoder": head.encoder,
        "bias": head.bias,
        "alone": [head.alone.head, head.alone.smart, head.alone.bias],
        "both": [head.both.head, head.both.smart, head.both.bias],
    }
    arrays: dict[str, NDArray[np.generic]] = {
        "facts": np.frombuffer(json.dumps(facts).encode(), np.uint8),
        "mean": head.mean.astype(np.float32),
        "scale": head.scale.astype(np.float32),
        "weight": head.weight.astype(np.float32),
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    np.savez_compressed(path, allow_pickle=False, **arrays)
    return hashlib.sha256(path.read_bytes()).hexdigest()


def load(path: Path) -> Head:
    """Read a head of one's own. Raises MissingWeights and CorruptWeights."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise MissingWeights(f"there is no end-of-turn head at {path}: make one with `warmline train turns`") from error
    return parsed(data, str(path))


@cache
def shipped(encoder: str) -> Head | None:
    """The head that ships for ``encoder``, verified; None when none does. Raises CorruptWeights."""
    folder = resources.files("warmline.speech.turn.weights")
    row = json.loads((folder / "heads.json").read_text(encoding="utf-8")).get(encoder)
    return parsed((folder / row["file"]).read_bytes(), row["file"], row["sha256"]) if row else None


def parsed(data: bytes, name: str, sha256: str | None = None) -> Head:
    """Read it from bytes. Raises CorruptWeights when it is something else, or its SHA-256 is not the given one."""
    found = hashlib.sha256(data).hexdigest()
    if sha256 is not None and found != sha256:
        raise CorruptWeights(f"{name} is damaged (SHA-256 {found[:12]}, not {sha256[:12]}): install warmline again")
    try:
        with np.load(BytesIO(data), allow_pickle=False) as arrays:
            facts = json.loads(arrays["facts"].tobytes())
            mean, scale, weight = (arrays[key].astype(np.float32) for key in ("mean", "scale", "weight"))
        if facts["format"] != FORMAT or not len(mean) == len(scale) == len(weight):
            raise ValueError("its format or shapes differ")
        if not all(np.isfinite(part).all() for part in (mean, scale, weight)):
            raise ValueError("it holds values that are no numbers")
        return Head(
            str(facts["encoder"]),
            mean,
            scale,
            weight,
            float(facts["bias"]),
            Blend(*facts["alone"]),
            Blend(*facts["both"]),
        )
    except (ValueError, KeyError, TypeError, OSError, EOFError, zipfile.BadZipFile) as error:
        raise CorruptWeights(
            f"{name} is no end-of-turn head of this version ({error}): make one with `warmline train turns`"
        ) from error
