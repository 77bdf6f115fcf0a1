"""How far judges agree: weighted kappa of two, the intraclass correlation of several. Pure.

Cohen's kappa with quadratic weights (Cohen 1968); ICC(2,1) and ICC(2,k) of Shrout and Fleiss (1979): two-way random
effects, absolute agreement, of one judge and of the mean of all. Not a number where nobody's scores vary.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

LEVELS = 5
"""Scores are 0 to 4."""


def weighted_kappa(one: Sequence[float], two: Sequence[float], levels: int = LEVELS) -> float:
    """Quadratic weighted kappa of two judges' scores of the same things, each rounded to a level from 0; in [-1, 1],
    nan where there are fewer than two or where both always gave the same one score. Raises ValueError for unequal
    lengths."""
    if len(one) != len(two):
        raise ValueError(f"two judges of the same talks: {len(one)} scores are not {len(two)}")
    if len(one) < 2:
        return math.nan
    first, second = (np.clip(np.rint(np.asarray(scores, float)), 0, levels - 1).astype(int) for scores in (one, two))
    counts = np.zeros((levels, levels))
    np.add.at(counts, (first, second), 1.0)
    chance = np.outer(counts.sum(axis=1), counts.sum(axis=0)) / counts.sum()
    apart = np.subtract.outer(np.arange(levels), np.arange(levels)) ** 2.0
    expected = float((apart * chance).sum())
    return math.nan if expected == 0.0 else 1.0 - float((apart * counts).sum()) / expected


def pairwise_kappa(scores: ArrayLike, levels: int = LEVELS) -> float:
    """Mean weighted kappa over all pairs of judges; ``scores``: [things, judges]. nan where no pair has one."""
    table = np.asarray(scores, float)
    pairs = itertools.combinations(table.T.tolist(), 2)
    found = [weighted_kappa(one, two, levels) for one, two in pairs]
    known = [value for value in found if not math.isnan(value)]
    return float(np.mean(known)) if known else math.nan


def icc(scores: ArrayLike) -> tuple[float, float]:
    """ICC(2,1) and ICC(2,k) of ``scores`` [things, judges]; (nan, nan) for fewer than two of either or no variance."""
    table = np.asarray(scores, float)
    if table.ndim != 2 or min(table.shape) < 2:
        return math.nan, math.nan
    things, judges = table.shape
    between, by_judge, rest = _squares(table)
    one_below = between + (judges - 1) * rest + judges * (by_judge - rest) / things
    all_below = between + (by_judge - rest) / things
    above = between - rest
    return (
        math.nan if abs(one_below) < 1e-12 else above / one_below,
        math.nan if abs(all_below) < 1e-12 else above / all_below,
    )


def _squares(table: NDArray[np.float64]) -> tuple[float, float, float]:
    """Mean squares: between things, between judges, what is left."""
    things, judges = table.shape
    mean = table.mean()
    rows, columns = table.mean(axis=1), table.mean(axis=0)
    between = judges * float(((rows - mean) ** 2).sum()) / (things - 1)
    by_judge = things * float(((columns - mean) ** 2).sum()) / (judges - 1)
    left = table - rows[:, None] - columns[None, :] + mean
    return between, by_judge, float((left**2).sum()) / ((things - 1) * (judges - 1))


def in_words(value: float) -> str:
    """How strong an agreement is, in plain words (the steps of Landis and Koch 1977)."""
    if math.isnan(value):
        return "cannot be told"
    steps = ((0.0, "none"), (0.2, "slight"), (0.4, "fair"), (0.6, "moderate"), (0.8, "substantial"))
    return next((name for limit, name in steps if value <= limit), "almost perfect")
