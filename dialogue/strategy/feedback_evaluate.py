"""How well marks are foreseen, beside what needs no model: the best constant, and the mark that was given last.

Intervals resample whole talks. A person's marks are much alike over a talk, so a model that knows the earlier ones
mostly says them again; in a call they are unknown, and that row is the one that counts there.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import rankdata

from warmline.dialogue.strategy.feedback import Feedback
from warmline.dialogue.strategy.marks import Marked

Floats = NDArray[np.float64]
UNKNOWN = 5.0
"""What the last mark is taken for where none was given yet: the commonest."""


@dataclass(frozen=True, slots=True)
class Foreseen:
    """``accuracy``: of the rounded mark. ``mae``: mean absolute error in marks. ``spearman``: rank correlation, 0 where
    all predictions are alike. ``auc``: of telling a 5 from less. ``ci_spearman``, ``ci_auc``: 95% intervals."""

    n: int
    accuracy: float
    mae: float
    spearman: float
    auc: float
    ci_spearman: tuple[float, float]
    ci_auc: tuple[float, float]


def foreseen(marked: Sequence[Marked], guess: Floats, resamples: int = 1000, seed: int = 0) -> Foreseen:
    """The figures of predicted marks, float64[n], against those given."""
    given = np.array([one.mark for one in marked], np.float64)
    groups = np.array([one.dialogue for one in marked], np.int64)
    spearman, auc = intervals(given, guess, groups, (rank_correlation, best_auc), resamples, seed)
    return Foreseen(
        n=len(given),
        accuracy=float((np.clip(np.round(guess), 1, 5) == np.round(given)).mean()),
        mae=float(np.abs(guess - given).mean()),
        spearman=rank_correlation(given, guess),
        auc=best_auc(given, guess),
        ci_spearman=spearman,
        ci_auc=auc,
    )


def predicted(model: Feedback, marked: Sequence[Marked], *, known: bool) -> Floats:
    """Marks by the model; ``known``: it is told those given before."""
    return np.array([model.expected(one.context, one.before if known else ())[one.strategy] for one in marked])


def constant(marked: Sequence[Marked]) -> Floats:
    """The commonest mark of the very file, for each: no model, and a generous one."""
    values, counts = np.unique([one.mark for one in marked], return_counts=True)
    return np.full(len(marked), float(values[counts.argmax()]))


def last_mark(marked: Sequence[Marked]) -> Floats:
    """The mark given last, for each."""
    return np.array([float(one.before[-1]) if one.before else UNKNOWN for one in marked])


def rank_correlation(given: Floats, guess: Floats) -> float:
    """Spearman's, 0 where either does not vary."""
    one, other = rankdata(given), rankdata(guess)
    if np.ptp(one) == 0.0 or np.ptp(other) == 0.0:
        return 0.0
    return float(np.corrcoef(one, other)[0, 1])


def best_auc(given: Floats, guess: Floats) -> float:
    """The chance that a reply marked 5 is foreseen higher than one marked less; 0.5 where there is only one kind."""
    best = given >= 5.0
    if best.all() or not best.any():
        return 0.5
    ranks = rankdata(guess)
    above = ranks[best].sum() - best.sum() * (best.sum() + 1) / 2.0
    return float(above / (best.sum() * (~best).sum()))


def intervals(
    given: Floats,
    guess: Floats,
    groups: NDArray[np.int64],
    figures: Sequence[Callable[[Floats, Floats], float]],
    resamples: int,
    seed: int,
) -> tuple[tuple[float, float], ...]:
    """95% intervals of figures over talks."""
    rng = np.random.default_rng(seed)
    rows = [np.flatnonzero(groups == name) for name in np.unique(groups)]
    found: list[list[float]] = []
    for _ in range(resamples):
        drawn = np.concatenate([rows[at] for at in rng.integers(0, len(rows), len(rows))])
        found.append([figure(given[drawn], guess[drawn]) for figure in figures])
    low, high = np.percentile(np.array(found), [2.5, 97.5], axis=0)
    return tuple((float(one), float(other)) for one, other in zip(low, high, strict=True))
