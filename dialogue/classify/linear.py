"""A linear classifier of what an utterance does, over hashed words and pairs: the fast part, always there.

Features are hashed as in :mod:`warmline.dialogue.strategy.features` (CRC-32, the same on every machine). Weights are
int8 with one scale a class; inverse document frequency is folded in. English only; it knows no meaning beyond words.
"""

from __future__ import annotations

import itertools
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from io import BytesIO

import numpy as np
from numpy.typing import NDArray

from warmline.dialogue.strategy.features import bucket, tokens
from warmline.speech.runtime.errors import CorruptWeights

BUCKETS = 1 << 16
_LENGTHS = (2, 4, 7, 11, 16, 24, 40, 70)


@dataclass(frozen=True, slots=True)
class Linear:
    """``labels``: names of the K classes. ``weights``: int8[BUCKETS, K], ``scale`` and ``bias``: float32[K]."""

    labels: tuple[str, ...]
    weights: NDArray[np.int8]
    scale: NDArray[np.float32]
    bias: NDArray[np.float32]

    def scores(self, text: str, before: Sequence[tuple[bool, str]] = ()) -> NDArray[np.float32]:
        """Log-odds up to a constant, float32[K]."""
        where, value = sparse(text, before)
        return np.asarray((value @ self.weights[where].astype(np.float32)) * self.scale + self.bias, np.float32)


def sparse(text: str, before: Sequence[tuple[bool, str]] = ()) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
    """Buckets and values of an utterance and the line before it; each field has Euclidean norm 1."""
    where: list[int] = []
    value: list[float] = []
    said = tokens(text)
    person = next((line for own, line in reversed(list(before)) if own), "")
    shared = set(said) & set(tokens(person))
    fields = {
        "said": [*said, *_pairs(["^", *said, "$"])],
        "opens": ["_".join(said[:count]) for count in (1, 2, 3) if len(said) >= count],
        "person": tokens(person),
    }
    for name, grams in fields.items():
        counts: dict[int, int] = {}
        for gram in grams:
            spot = bucket(f"{name}:{gram}")
            counts[spot] = counts.get(spot, 0) + 1
        if counts:
            weights = np.log1p(np.fromiter(counts.values(), np.float64, len(counts)))
            where.extend(counts)
            value.extend((weights / np.linalg.norm(weights)).tolist())
    facts = [f"length {sum(len(said) >= step for step in _LENGTHS)}", f"shared {min(4, len(shared))}"]
    facts += ["asks"] if "?" in text else []
    facts += ["ends asking"] if text.rstrip().endswith("?") else []
    facts += ["asked"] if "?" in person else []
    for fact in facts:
        where.append(bucket(f"is:{fact}"))
        value.append(0.5)
    return np.asarray(where, np.int32), np.asarray(value, np.float32)


def parse(data: bytes) -> Linear:
    """A classifier from the bytes of its npz. Raises CorruptWeights."""
    try:
        with np.load(BytesIO(data), allow_pickle=False) as stored:
            labels = tuple(str(name) for name in stored["labels"])
            found = Linear(labels, stored["weights"], stored["scale"], stored["bias"])
    except (KeyError, ValueError, OSError, zipfile.BadZipFile) as error:
        raise CorruptWeights(f"no classifier of utterances ({error}): install warmline again") from error
    if found.weights.shape != (BUCKETS, len(labels)) or found.bias.shape != (len(labels),):
        raise CorruptWeights("the classifier of utterances was made for other features: install warmline again")
    return found


def dump(model: Linear) -> bytes:
    """The bytes of its npz."""
    file = BytesIO()
    np.savez_compressed(
        file,
        labels=np.array(model.labels),
        weights=model.weights,
        scale=model.scale,
        bias=model.bias,
        allow_pickle=False,
    )
    return file.getvalue()


def _pairs(words: Sequence[str]) -> list[str]:
    return [f"{left} {right}" for left, right in itertools.pairwise(words)]
