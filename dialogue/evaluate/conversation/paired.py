"""Two systems on the same seekers: by how much more does one relieve, and how sure is that? Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from warmline.dialogue.evaluate.conversation.talk import COMPLETED, Talk

DRAWS = 5000


@dataclass(frozen=True, slots=True)
class Paired:
    """``n`` pairs: the same card and seed. ``ours`` and ``theirs``: mean fall of intensity; ``difference`` of the two
    with its 95% interval (bootstrap over cards, since seeds of one card are alike). ``better``, ``worse``: pairs."""

    n: int
    cards: int
    ours: float
    theirs: float
    difference: float
    low: float
    high: float
    better: int
    worse: int
    differences: tuple[float, ...]


def compare(ours: Mapping[str, Talk], theirs: Mapping[str, Talk], seed: int = 0) -> Paired | None:
    """Over the talks that both completed; None where there is none."""
    names = [
        name
        for name in sorted(ours.keys() & theirs.keys())
        if ours[name].ended == COMPLETED == theirs[name].ended and ours[name].turns == theirs[name].turns
    ]
    if not names:
        return None
    falls = np.array([ours[name].fall for name in names])
    others = np.array([theirs[name].fall for name in names])
    apart = falls - others
    low, high = interval(apart, [ours[name].card for name in names], seed)
    return Paired(
        n=len(names),
        cards=len({ours[name].card for name in names}),
        ours=float(falls.mean()),
        theirs=float(others.mean()),
        difference=float(apart.mean()),
        low=low,
        high=high,
        better=int((apart > 1e-9).sum()),
        worse=int((apart < -1e-9).sum()),
        differences=tuple(round(float(value), 4) for value in apart),
    )


def interval(values: Sequence[float] | np.ndarray, groups: Sequence[str], seed: int = 0) -> tuple[float, float]:
    """95% bootstrap interval of the mean, drawing whole groups (Efron's percentiles). (nan, nan) for one group."""
    table = [np.asarray([value for value, group in zip(values, groups, strict=True) if group == name])
             for name in dict.fromkeys(groups)]  # fmt: skip
    if len(table) < 2:
        return float("nan"), float("nan")
    sums, counts = np.array([rows.sum() for rows in table]), np.array([len(rows) for rows in table])
    drawn = np.random.default_rng(seed).integers(0, len(table), (DRAWS, len(table)))
    means = sums[drawn].sum(axis=1) / counts[drawn].sum(axis=1)
    low, high = np.percentile(means, (2.5, 97.5))
    return float(low), float(high)
