"""Which memories come to mind: by meaning and by mood together, then what is fresh and what weighed. Pure.

    score = cos(q, m) + MOOD * near(mood q, mood m) + RECENT * 2^(-age / HALF_LIFE) + WEIGHTY * importance(m)

Meaning and mood added, each memory with both vectors: Huang et al. 2024, "Emotional RAG" (their combination by
addition); recency and importance: Park et al. 2023, "Generative Agents". ``cos`` is of vectors less the mean of the
person's own memories, so that what all of them share does not count. The weights were chosen on the simulated callers
marked "tune". It knows no consent and no risk: what may not be recalled is not given to it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

import numpy as np

from warmline.dialogue.memory.items import Item, ItemKind, Mood, Vector
from warmline.dialogue.memory.replaced import over
from warmline.dialogue.memory.sentences import SIZE

DAY_S: Final = 86_400.0


@dataclass(frozen=True, slots=True)
class Weights:
    """Of the parts of the score beside meaning (1.0). ``half_life_days``: of recency. ``least``: meaning from which a
    memory may be spoken of. ``centred``: how much of the mean is taken off."""

    mood: float = 0.25
    recent: float = 0.02
    weighty: float = 0.05
    half_life_days: float = 30.0
    least: float = 0.5
    centred: float = 1.0


CHOSEN: Final = Weights()


@dataclass(frozen=True, slots=True)
class Found:
    """A memory that came to mind: ``meaning`` is its cosine alone, before the mean is taken off."""

    item: Item
    score: float
    meaning: float


class Index:
    """All memories of one person that may come to mind, in this process only: no summary, nothing that no longer holds.
    Blocking, microseconds for hundreds of items."""

    def __init__(self, items: Iterable[Item] = (), weights: Weights = CHOSEN) -> None:
        self.items = tuple(item for item in items if item.kind is not ItemKind.SUMMARY and not over(item))
        self._weights = weights
        rows = [item.vector for item in self.items]
        self._rows = np.stack(rows) if rows else np.zeros((0, SIZE), np.float32)
        self._mean = weights.centred * self._rows.mean(axis=0) if len(rows) > 3 else np.zeros(SIZE, np.float32)
        centred = self._rows - self._mean
        self._centred = centred / np.maximum(np.linalg.norm(centred, axis=1, keepdims=True), 1e-9)

    def find(self, vector: Vector, mood: Mood, now: float, most: int = 3) -> tuple[Found, ...]:
        """The ``most`` memories nearest to a sentence of meaning ``vector`` said in ``mood``, best first."""
        if not self.items:
            return ()
        weights = self._weights
        query = vector - self._mean
        query = query / max(float(np.linalg.norm(query)), 1e-9)
        meaning = self._centred @ query
        found = []
        for place, item in enumerate(self.items):
            age_days = max(0.0, now - item.at) / DAY_S
            score = float(meaning[place]) + weights.mood * item.mood.near(mood)
            score += weights.recent * 2.0 ** (-age_days / weights.half_life_days) + weights.weighty * importance(item)
            found.append(Found(item, score, float(self._rows[place] @ vector)))
        return tuple(sorted(found, key=lambda one: -one.score)[:most])


def importance(item: Item) -> float:
    """In [0, 1]: what tells facts and what was hard weighs more."""
    return 0.5 * bool(item.facts) + 0.5 * min(1.0, max(0.0, (item.mood.intensity - 1.0) / 4.0))
