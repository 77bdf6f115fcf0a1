"""What a text reads like, by a small encoder trained for it: is there risk, at which level, of which kind, and is it a
request that must not be answered.

Twelve layers in int8 over a vocabulary of four languages, some 7 ms of one core. It gives probabilities and no reasons
beyond a label's name; from which of them on a label counts (``cuts``) was chosen on thoughts that it had not learnt.
Weights and card: ``weights/``. It knows no irony and nothing of the call before.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray

from warmline.dialogue.safety.additions import added
from warmline.dialogue.safety.reading import packed, unigrams
from warmline.emotion.text.encoder import Encoder, Table, build, pooled
from warmline.emotion.text.heads import LinearHead, parse_heads, sigmoid
from warmline.emotion.text.reader import shipped_folder, verified
from warmline.speech.runtime.errors import CorruptWeights

Floats = NDArray[np.float32]
PACKAGE = "warmline.dialogue.safety.weights"
ADDITIONS = "screen_added.npz"

KINDS = ("self", "other", "harm", "abuse", "medical", "eating", "mind")
LABELS = ("risk", "two", "three", "request", *KINDS, "harmful")
"""Of what a caller says: ``risk``: level 1 or above; ``two`` and ``three``: that level or above; ``request``: not to be
answered; the kinds of risk. Of a sentence of a reply: ``harmful``: not to be said."""


@dataclass(frozen=True, slots=True)
class RiskReader:
    """The encoder, a head with a yes or no for each of :data:`LABELS`, and ``cuts``: from which probability each of
    them counts. Holds no state but its weights."""

    encoder: Encoder
    head: LinearHead
    cuts: Mapping[str, float]

    def read(self, text: str) -> Mapping[str, float]:
        """Probability by label. Never raises on odd text."""
        return dict(zip(LABELS, sigmoid(self.head.scores(self.row(text))).tolist(), strict=True))

    def row(self, text: str) -> Floats:
        """What the head reads: float32[2 D]."""
        ids = packed(self.encoder.table.pieces, text)
        return pooled(self.encoder.run(ids), (0, len(ids.ids)))


@cache
def shipped() -> RiskReader:
    """The shipped model, verified. Raises MissingWeights or CorruptWeights."""
    return load(shipped_folder(PACKAGE))


def load(folder: Path) -> RiskReader:
    """A model from a folder that ``warmline train safety`` wrote. Raises MissingWeights or CorruptWeights."""
    heads = parse_heads(verified(folder, "screen_heads.npz").read_bytes())
    try:
        head = heads.of["screen"]
        cuts = dict(zip(LABELS, heads.extra["cuts"].tolist(), strict=True))
    except (KeyError, ValueError) as error:
        raise CorruptWeights(f"the safety heads are for other labels ({error}): install warmline again") from error
    words = _table(verified(folder, "pieces.npz"))
    return RiskReader(build(words, heads.places, heads.types, _graph(folder)), head, cuts)


def _graph(folder: Path) -> Path | bytes:
    """The layers, with what they learnt later where there is any."""
    path, more = verified(folder, "screen.onnx"), folder / ADDITIONS
    if not more.is_file():
        return path
    try:
        with np.load(verified(folder, ADDITIONS), allow_pickle=False) as arrays:
            return added(path.read_bytes(), dict(arrays))
    except (ValueError, OSError, BadZipFile) as error:
        raise CorruptWeights(f"{ADDITIONS} is damaged ({error}): install warmline again") from error


def vocabulary() -> tuple[str, ...]:
    """The pieces of the shipped model, in order. Raises MissingWeights or CorruptWeights."""
    return _pieces(verified(shipped_folder(PACKAGE), "pieces.npz"))[0]


def _table(path: Path) -> Table:
    words, chances, rows, scale = _pieces(path)
    return Table(rows, scale, unigrams(words, chances))


def _pieces(path: Path) -> tuple[tuple[str, ...], list[float], NDArray[np.int8], Floats]:
    try:
        with np.load(path, allow_pickle=False) as arrays:
            words = tuple(arrays["vocabulary"].tobytes().decode().split("\n"))
            return words, arrays["chances"].tolist(), arrays["words"], arrays["scale"]
    except (KeyError, ValueError, OSError, BadZipFile) as error:
        raise CorruptWeights(f"the safety vocabulary is damaged ({error}): install warmline again") from error
