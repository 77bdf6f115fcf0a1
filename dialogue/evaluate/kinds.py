"""What one of our own replies does: the eight strategies as this product means them, by a linear model over words.

`dialogue/classify` reads people as ESConv's annotators did, where self-disclosure is a life told and a suggestion may
be a question; our replies follow other rules (no life, "many people find ..."), so they have a judge of their own. Its
errors are on its card. It does not know whether a reply is true, kind or wise.
"""

from __future__ import annotations

import functools
import hashlib
import itertools
import json
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from io import BytesIO
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from warmline.dialogue.speakable import words_of
from warmline.dialogue.types import Strategy
from warmline.speech.runtime.errors import CorruptWeights

BUCKETS = 1 << 14


def features(text: str) -> list[int]:
    """Hashed words, pairs of words, how it begins, whether it asks, and how long it is; ascending, without repeats."""
    words = words_of(text)
    names = [*words, *(f"{one}_{two}" for one, two in itertools.pairwise(words)), *(f"^{word}" for word in words[:2])]
    names += ["?" if "?" in text else ".", f"length {min(len(words) // 6, 6)}"]
    return sorted({zlib.crc32(name.encode("utf-8")) % BUCKETS for name in names})


@dataclass(frozen=True, slots=True)
class Kinds:
    """``weights``: float32[8, BUCKETS] in the order of Strategy; ``bias``: float32[8]."""

    weights: NDArray[np.float32]
    bias: NDArray[np.float32]

    def read(self, text: str, before: Sequence[tuple[bool, str]] = ()) -> Mapping[Strategy, float]:
        """Probability by strategy; ``before`` is not looked at. Never raises on odd text."""
        scores = self.weights[:, features(text)].sum(axis=1, dtype=np.float64) + self.bias
        shares = np.exp(scores - scores.max())
        return MappingProxyType(dict(zip(Strategy, (shares / shares.sum()).tolist(), strict=True)))

    def best(self, text: str, before: Sequence[tuple[bool, str]] = ()) -> Strategy:
        found = self.read(text, before)
        return max(found, key=lambda strategy: found[strategy])


@functools.cache
def kinds() -> Kinds:
    """The shipped judge, verified. Raises CorruptWeights."""
    folder = files("warmline.dialogue.evaluate.weights")
    data = folder.joinpath("kinds.npz").read_bytes()
    wanted = json.loads(folder.joinpath("files.json").read_text(encoding="utf-8"))["kinds.npz"]
    if hashlib.sha256(data).hexdigest() != wanted:
        raise CorruptWeights("the judge kinds.npz is damaged: install warmline again")
    with np.load(BytesIO(data)) as stored:
        return Kinds(stored["weights"].astype(np.float32), stored["bias"].astype(np.float32))
