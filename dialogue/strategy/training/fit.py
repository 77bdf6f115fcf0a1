"""The recipe of the planner's weights: sparse logistic regression, then one offset for each strategy against bias.

The regression alone favours frequent strategies (preference bias B about 0.75). Scores of held-out folds (whole
dialogues are held out together) are shifted, strategy by strategy, until each is predicted about as often as
supporters use it. Deterministic for one seed. Needs scikit-learn (the ``train`` extra), imported inside.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse as matrices

from warmline.dialogue.strategy.examples import STRATEGIES, Example
from warmline.dialogue.strategy.features import BUCKETS, sparse
from warmline.dialogue.strategy.model import StrategyModel
from warmline.speech.runtime.errors import MissingExtra, UsageError

Scores = NDArray[np.float64]
Labels = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Recipe:
    """``strength``: inverse of the L2 penalty. ``folds``: for the offsets. ``balance``: 1 predicts each strategy as
    often as it is used, 0 leaves the regression as it is, above 1 favours rare ones. ``iterations``: cap of the
    solver."""

    strength: float = 0.15
    folds: int = 5
    balance: float = 1.0
    iterations: int = 200
    seed: int = 0


def fit(
    examples: Sequence[Example], recipe: Recipe = Recipe(), tell: Callable[[str], None] = lambda line: None
) -> StrategyModel:
    """Weights from annotated turns. Raises UsageError when there is too little to learn from, MissingExtra without
    scikit-learn."""
    gold = np.array([STRATEGIES.index(example.gold) for example in examples], np.int64)
    groups = np.array([example.dialogue for example in examples], np.int64)
    missing = [strategy.value for place, strategy in enumerate(STRATEGIES) if place not in gold]
    if missing or len(np.unique(groups)) < recipe.folds:
        what = f"no turn of {', '.join(missing)}" if missing else f"fewer than {recipe.folds} dialogues"
        raise UsageError(f"too little to train on: {what}")
    features, idf = _matrix(examples)
    tell(f"{recipe.folds} folds")
    unseen = held_out(examples, folds_of(groups, recipe.folds, recipe.seed), recipe)
    tell("all turns")
    weights = _regression(features, gold, recipe)
    offset = recipe.balance * balancing(unseen, gold)
    return StrategyModel((weights * idf[:, None]).astype(np.float32), offset.astype(np.float32))


def held_out(examples: Sequence[Example], parts: Labels, recipe: Recipe = Recipe()) -> Scores:
    """Scores float64[n, 8] of every example by a regression without its part (``parts``: int[n]); no offsets."""
    gold = np.array([STRATEGIES.index(example.gold) for example in examples], np.int64)
    features, _ = _matrix(examples)
    scores = np.zeros((len(examples), len(STRATEGIES)))
    for part in np.unique(parts):
        inside = parts != part
        scores[~inside] = np.asarray(features[~inside] @ _regression(features[inside], gold[inside], recipe))
    return scores


def balancing(scores: Scores, gold: Labels, rounds: int = 400) -> Scores:
    """Offsets, float64[8] of mean 0, with which the best score falls on each strategy as often as ``gold`` does."""
    wanted = np.bincount(gold, minlength=scores.shape[1]) + 1.0
    offset = np.zeros(scores.shape[1])
    total = np.zeros(scores.shape[1])
    for place in range(rounds):
        got = np.bincount((scores + offset).argmax(axis=1), minlength=scores.shape[1]) + 1.0
        offset = offset + 0.2 / (1.0 + place / 40.0) * np.log(wanted / got)
        if place >= rounds // 2:
            total += offset
    mean = total / (rounds - rounds // 2)
    return np.asarray(mean - mean.mean(), np.float64)


def _matrix(examples: Sequence[Example]) -> tuple[matrices.csr_matrix, Scores]:
    """Feature rows with inverse document frequency applied, and that factor by bucket, to be folded into the "
    "weights."""
    rows, columns, values = [], [], []
    for place, example in enumerate(examples):
        where, value = sparse(example.context)
        rows.append(np.full(len(where), place))
        columns.append(where)
        values.append(value)
    shape = (len(examples), BUCKETS)
    found = matrices.csr_matrix(
        (np.concatenate(values).astype(np.float64), (np.concatenate(rows), np.concatenate(columns))), shape=shape
    )
    seen = np.bincount(found.indices, minlength=BUCKETS)
    idf = (np.log((1.0 + len(examples)) / (1.0 + seen)) + 1.0) / 4.0
    idf[seen < 2] = 0.0
    return matrices.csr_matrix(found @ matrices.diags(idf)), idf


def _regression(features: matrices.csr_matrix, gold: Labels, recipe: Recipe) -> Scores:
    """Coefficients float64[BUCKETS, 8] of a multinomial logistic regression without intercept (a feature is "
    "always 1)."""
    try:
        from sklearn.linear_model import LogisticRegression
    except ImportError as error:
        raise MissingExtra("training needs scikit-learn: pip install 'warmline[train]'") from error
    used = np.flatnonzero(np.bincount(features.indices, weights=np.abs(features.data), minlength=BUCKETS))
    solver = LogisticRegression(C=recipe.strength, max_iter=recipe.iterations, tol=1e-3, fit_intercept=False)
    solver.fit(features[:, used], gold)
    weights = np.zeros((BUCKETS, len(STRATEGIES)))
    weights[used] = solver.coef_.T
    return weights


def folds_of(groups: Labels, count: int, seed: int) -> Labels:
    """The fold of each example; a dialogue is never split."""
    names = np.unique(groups)
    order = np.random.default_rng(seed).permutation(len(names))
    return np.asarray(order[np.searchsorted(names, groups)] % count, np.int64)
