"""The mind's questions about words, answered by its own text encoder: what comes next, what was just done.

Layers of its own over the emotion room's table of word embeddings; one pass of about 5 ms a question on one thread.
Weights: ``weights/CARD.md``. Knows nothing about rules, consent or risk.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from warmline.dialogue.classify import inputs
from warmline.dialogue.strategy.context import Context
from warmline.emotion.text.encoder import Encoder, Table, build, parse_table, pooled
from warmline.emotion.text.heads import Heads, parse_heads
from warmline.emotion.text.reader import shipped_folder, table, verified

Floats = NDArray[np.float32]
PACKAGE = "warmline.dialogue.classify.weights"


@dataclass(frozen=True, slots=True)
class MindReader:
    """The encoder with its heads. Holds no state but its weights; never raises on odd text."""

    encoder: Encoder
    heads: Heads

    def coming(self, context: Context) -> Floats:
        """Scores float32[8] of the strategy that comes next, in the order of Strategy."""
        packed = inputs.coming(self.encoder.table.pieces, context)
        row = pooled(self.encoder.run(packed), packed.spans[0])
        return self.heads.of["next"].scores(np.concatenate([row, inputs.facts(context)[0]]))

    def done(self, text: str, before: Sequence[tuple[bool, str]]) -> tuple[Floats, Floats]:
        """Scores of what an utterance did: float32[8] by strategy, float32[4] by code."""
        row = self.row(text, before)
        return self.heads.of["act"].scores(row), self.heads.of["mi"].scores(row)

    def row(self, text: str, before: Sequence[tuple[bool, str]]) -> Floats:
        """What heads on an utterance read: float32[2 D]."""
        packed = inputs.done(self.encoder.table.pieces, text, before)
        return pooled(self.encoder.run(packed), packed.spans[0])


@cache
def shipped() -> MindReader:
    """The shipped reader, verified. Raises MissingWeights or CorruptWeights."""
    return load(shipped_folder(PACKAGE), table())


def load(folder: Path, words: Table) -> MindReader:
    """A reader from a folder that ``warmline train strategy`` wrote. Raises MissingWeights or CorruptWeights."""
    heads = parse_heads(verified(folder, "mind_heads.npz").read_bytes())
    return MindReader(build(words, heads.places, heads.types, verified(folder, "mind.onnx")), heads)


def load_own(folder: Path) -> MindReader:
    """A reader of one's own, over the table of word embeddings in its folder. Raises as :func:`load`."""
    return load(folder, parse_table(verified(folder, "embeddings.npz").read_bytes()))
