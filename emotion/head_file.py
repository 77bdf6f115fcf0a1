"""The file of a head: an npz of numbers and a few facts, verified when read. Nothing in it is executed or unpickled."""

from __future__ import annotations

import hashlib
import json
import zipfile
from dataclasses import fields
from functools import cache
from importlib import resources
from io import BytesIO
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from warmline.emotion.functionals import NAMES
from warmline.emotion.head import Floats, Head, Layer, Listener
from warmline.emotion.types import LABELS
from warmline.speech.runtime.errors import CorruptWeights, MissingWeights

FORMAT = 2
MATRICES = tuple(item.name for item in fields(Listener))


def save(head: Head, path: Path) -> str:
    """Write the head as npz (weights as float16); returns its SHA-256."""
    facts = {
        "format": FORMAT,
        "encoder": head.encoder,
        "width": head.width,
        "labels": list(LABELS),
        "functionals": list(NAMES),
        "layers": [len(member) for member in head.members],
        "plain": len(head.plain),
        "listeners": len(head.listeners),
        "stride": head.stride,
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
    for place, layer in enumerate(head.plain):
        arrays[f"plain_weight_{place}"] = layer.weight.astype(np.float16)
        arrays[f"plain_bias_{place}"] = layer.bias.astype(np.float32)
    if head.frame_scale is not None:
        arrays["frame_scale"] = head.frame_scale.astype(np.float32)
    for place, listener in enumerate(head.listeners):
        for name in MATRICES:
            value: Floats = getattr(listener, name)
            arrays[f"{name}_{place}"] = value.astype(np.float16 if value.ndim == 2 else np.float32)
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
    listeners = tuple(
        Listener(*(floats(f"{name}_{place}") for name in MATRICES)) for place in range(facts["listeners"])
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
        plain=tuple(
            Layer(floats(f"plain_weight_{place}"), floats(f"plain_bias_{place}")) for place in range(facts["plain"])
        ),
        frame_scale=floats("frame_scale") if "frame_scale" in arrays else None,
        listeners=listeners,
        stride=int(facts["stride"]),
    )
    if len(head.mean) != 2 * head.width + len(NAMES) or any(len(m[0].weight) != len(head.mean) for m in members):
        raise ValueError("its shapes do not fit together")
    if any(item.project.shape[0] != head.width or len(item.linear) != len(head.mean) for item in listeners):
        raise ValueError("its listeners do not fit its encoder")
    return head
