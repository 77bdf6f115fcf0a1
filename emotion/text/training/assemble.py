"""From a trained state to the files that ship: graph, heads with their calibration, SHA-256 of each. No torch."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from warmline.emotion.text.heads import dump_heads, sigmoid
from warmline.emotion.text.training import calibrate
from warmline.emotion.text.training.export import POSITIONS, embeddings, graph

Floats = NDArray[np.float32]
State = Mapping[str, Floats]
Held = Mapping[str, tuple[Floats, Floats]]
"""By task: scores and targets of samples that the witness was not trained on, float32[n, K] each."""


def tower_of(state: State) -> dict[str, Floats]:
    """The encoder's own part of a Reader's state, under Hugging Face's names."""
    return {key.removeprefix("tower."): value for key, value in state.items() if key.startswith("tower.")}


def heads_of(state: State, renamed: Mapping[str, str] | None = None) -> dict[str, Floats]:
    """Heads, token heads (as NAME_token), and the encoder's small tables."""
    tower = tower_of(state)
    arrays = {
        "places": tower["embeddings.position_embeddings.weight"][:POSITIONS].astype(np.float32),
        "types": tower["embeddings.token_type_embeddings.weight"].astype(np.float32),
    }
    for key, value in state.items():
        kind, _, rest = key.partition(".")
        if kind in ("heads", "token_heads"):
            name, _, what = rest.partition(".")
            arrays[f"{name}{'_token' if kind == 'token_heads' else ''}.{what}"] = value.astype(np.float32)
    return arrays


def words_files(state: State, words: State, vocabulary: Sequence[str], held: Held) -> dict[str, bytes]:
    """The emotion room's files. ``words``: the base's own state, for the table of word embeddings."""
    arrays = heads_of(state)
    heat = calibrate.heat_for(*held["meld"])
    arrays["meld.heat"] = np.array([heat], np.float32)
    scores, target = held["goemo"]
    arrays["extra.cuts"] = calibrate.cuts_for(sigmoid(scores), target)
    scores, target = held["cause"]
    arrays["extra.cause_cut"] = np.array([calibrate.cut_for(scores[:, 0], target[:, 0] > 0.5)], np.float32)
    return {
        "embeddings.npz": embeddings(words, vocabulary),
        "words.onnx": graph(tower_of(state)),
        "words_heads.npz": dump_heads(arrays),
    }


def write_files(files: Mapping[str, bytes], out: Path) -> None:
    """Write them, and their SHA-256 into files.json beside those that stand there."""
    out.mkdir(parents=True, exist_ok=True)
    listing = out / "files.json"
    known = json.loads(listing.read_text(encoding="utf-8")) if listing.is_file() else {}
    for name, data in files.items():
        (out / name).write_bytes(data)
        known[name] = hashlib.sha256(data).hexdigest()
    listing.write_text(json.dumps(dict(sorted(known.items())), indent=2) + "\n", encoding="utf-8")
