"""The text encoder as a call runs it: a shared table of word embeddings, and its layers in int8 through onnxruntime.

One sequence at a time, no padding; with six layers about 4 ms for a sentence, 10 ms for 64 tokens, on one thread of a
two-core EPYC. Knows nothing about tasks: heads are small linear maps on what :func:`pooled` gives.
"""

from __future__ import annotations

import zipfile
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from warmline.emotion.text.tokens import Packed, Pieces, word_pieces
from warmline.speech.runtime import onnx
from warmline.speech.runtime.errors import CorruptWeights

Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Table:
    """Word embeddings: ``words`` int8[V, D] times ``scale`` float32[V], and the vocabulary's tokenizer."""

    words: NDArray[np.int8]
    scale: Floats
    pieces: Pieces


@dataclass(frozen=True, slots=True)
class Encoder:
    """Layers over a table. ``places`` and ``types``: position and line embeddings, float32[n, D]."""

    table: Table
    places: Floats
    types: Floats
    session: Any

    def run(self, packed: Packed) -> Floats:
        """Hidden states float32[L, D] of one sequence (cut at the position table's length)."""
        ids = np.asarray(packed.ids[: len(self.places)], np.intp)
        kinds = np.asarray(packed.types[: len(self.places)], np.intp)
        words = self.table.words[ids].astype(np.float32) * self.table.scale[ids, None]
        embedded = words + self.places[: len(ids)] + self.types[kinds]
        (hidden,) = self.session.run(None, {"embedded": embedded[None]})
        return np.asarray(hidden[0], np.float32)


def pooled(hidden: Floats, span: tuple[int, int]) -> Floats:
    """float32[2 D]: the first state and the mean of a line's states."""
    start, end = span
    return np.concatenate([hidden[0], hidden[start:end].mean(axis=0)])


def parse_table(data: bytes) -> Table:
    """Raises CorruptWeights."""
    try:
        with np.load(BytesIO(data), allow_pickle=False) as arrays:
            vocabulary = arrays["vocabulary"].tobytes().decode().split("\n")
            words, scale = arrays["words"], arrays["scale"]
        if len(words) != len(vocabulary) or len(scale) != len(vocabulary):
            raise ValueError("its shapes do not fit together")
        return Table(words, scale, word_pieces(vocabulary))
    except (KeyError, ValueError, OSError, zipfile.BadZipFile) as error:
        raise CorruptWeights(f"the table of word embeddings is damaged ({error}): install warmline again") from error


def build(table: Table, places: Floats, types: Floats, graph: Path | bytes, threads: int = 1) -> Encoder:
    """Raises CorruptWeights for a graph that is none."""
    return Encoder(table, places, types, onnx.session(graph, threads))
