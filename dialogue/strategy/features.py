"""A context as sparse features: hashed words and word pairs by who said them, the strategies before, and how far it is.

Hashing is our own and stable over machines and versions: ``crc32`` of the UTF-8 text of ``field:gram``, modulo
:data:`BUCKETS`. Text is lower-cased; a token is a run of letters with apostrophes, a run of digits, or one of ``? !``.
Knows nothing about weights or training.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from warmline.dialogue.strategy.context import Context

BUCKETS = 1 << 16
"""Hash buckets. 65,536: on the training set two grams in one bucket cost less than the noise between seeds."""

LONGEST = 160
"""Tokens read of one field; of a longer text the first and the last 80 are read."""

_TOKEN = re.compile(r"[a-z]+(?:'[a-z]+)*|[0-9]+|[?!]")
_TURN_STEPS = (0, 1, 2, 3, 4, 6, 8, 11, 15, 20)
_LENGTH_STEPS = (0, 1, 2, 4, 8, 15, 30, 60)


def tokens(text: str) -> list[str]:
    """Tokens of a text, lower-case; typographic apostrophes count as plain ones."""
    found = _TOKEN.findall(text.lower().replace("’", "'"))
    return found if len(found) <= LONGEST else found[: LONGEST // 2] + found[-LONGEST // 2 :]


@lru_cache(maxsize=65_536)
def bucket(key: str) -> int:
    """The bucket of a feature's name, the same on every machine."""
    return crc32(key.encode()) % BUCKETS


def sparse(context: Context) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
    """Feature buckets and values of a context. Each text field has Euclidean norm 1; the rest are 0 or 1."""
    where: list[int] = []
    value: list[float] = []
    for name, text, order in _fields(context):
        counts: dict[int, int] = {}
        for gram in _grams(tokens(text), order):
            spot = bucket(f"{name}:{gram}")
            counts[spot] = counts.get(spot, 0) + 1
        if counts:
            weights = np.log1p(np.fromiter(counts.values(), np.float64, len(counts)))
            where.extend(counts)
            value.extend((weights / np.linalg.norm(weights)).tolist())
    for key in _facts(context):
        where.append(bucket(f"is:{key}"))
        value.append(1.0)
    return np.asarray(where, np.int32), np.asarray(value, np.float32)


def _fields(context: Context) -> Iterator[tuple[str, str, int]]:
    yield "person", " ".join(context.pending), 2
    yield "support", context.last_support, 2
    yield "earlier", context.earlier, 1


def _grams(words: list[str], order: int) -> Iterator[str]:
    yield from words
    if order >= 2:
        padded = ["^", *words, "$"]
        for left, right in itertools.pairwise(padded):
            yield f"{left} {right}"


def _facts(context: Context) -> Iterable[str]:
    names = [strategy.name for strategy in context.strategies]
    last = names[-1] if names else "none"
    before = names[-2] if len(names) > 1 else "none"
    turn = _step(context.index, _TURN_STEPS)
    pending = context.pending
    length = _step(sum(len(tokens(text)) for text in pending), _LENGTH_STEPS)
    facts = [
        "bias",
        f"turn {turn}",
        f"last {last}",
        f"before {before}",
        f"pair {before} {last}",
        f"turn {turn} last {last}",
        f"lines {min(len(pending), 3)}",
        f"length {length}",
        f"lines {min(len(pending), 3)} last {last}",
    ]
    facts += [f"used {name}" for name in sorted(set(names))]
    if any("?" in text for text in pending):
        facts.append("asked")
    if "?" in context.last_support:
        facts.append("we asked")
    return facts


def _step(count: int, steps: tuple[int, ...]) -> int:
    return sum(1 for step in steps if count >= step)
