"""What a sentence means, as a vector: MiniLM-L6 (Wang et al. 2020; sentence-transformers' all-MiniLM-L6-v2) in int8.

About 5 ms a sentence on one core. English. The encoders of this house's own tasks were tried in its place and find
half as much (docs/memory.md). Its WordPiece vocabulary is the one that ships with the emotion room's encoder.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any, Final, Protocol

import numpy as np

from warmline.dialogue.memory.items import Vector
from warmline.emotion.text.reader import table
from warmline.emotion.text.tokens import Pieces
from warmline.speech.runtime import onnx, weights

WEIGHTS: Final = "minilm-l6"
SIZE: Final = 384
MOST_TOKENS: Final = 64


class Embeds(Protocol):
    """Meaning as a vector."""

    def vector(self, text: str) -> Vector:
        """float32[SIZE] of length 1; blocking. Never raises on odd text."""
        ...


@dataclass(frozen=True, slots=True)
class Sentences:
    """The encoder. Thread-safe; holds nothing of what it read."""

    pieces: Pieces
    session: Any

    def vector(self, text: str) -> Vector:
        special = self.pieces.special
        ids = [special.cls, *self.pieces.ids(text)[: MOST_TOKENS - 2], special.sep]
        row = np.asarray([ids], np.int64)
        feed = {"input_ids": row, "attention_mask": np.ones_like(row), "token_type_ids": np.zeros_like(row)}
        (hidden,) = self.session.run(None, feed)
        mean = np.asarray(hidden[0], np.float32).mean(axis=0)
        return np.asarray(mean / max(float(np.linalg.norm(mean)), 1e-9), np.float32)


@cache
def shipped() -> Sentences:
    """The pinned weights, verified. Raises MissingWeights or CorruptWeights."""
    found = weights.locate(WEIGHTS)
    return Sentences(table().pieces, onnx.session(found.file("model.onnx"), 1))
