"""The recipe of the feedback weights: ridge regression on marks, then the strength that helped on held-out talks.

Talks that were marked as they went and talks with a survey at their end differ in level (one set went badly); a level
of its own is fitted for the former and left out of the weights. The strength is chosen on the training talks alone:
scores of a linear model that has not seen them (by fold), plus the expected marks, against the strategies that were
used. No gain there, strength 0. Deterministic for one seed.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from warmline.dialogue.strategy.evaluate import Gain, gains
from warmline.dialogue.strategy.examples import STRATEGIES, Example
from warmline.dialogue.strategy.feedback import FEATURES, Feedback, features
from warmline.dialogue.strategy.marks import Marked
from warmline.dialogue.strategy.training.fit import balancing, folds_of, held_out

Floats = NDArray[np.float64]
STRENGTHS = (0.0, 0.25, 0.5, 1.0, 2.0, 4.0)


@dataclass(frozen=True, slots=True)
class FeedbackRecipe:
    """``penalty``: of the ridge. ``survey_weight``: of a reply whose mark is its whole talk's."""

    penalty: float = 30.0
    survey_weight: float = 0.1
    folds: int = 5
    seed: int = 0


@dataclass(frozen=True, slots=True)
class Chosen:
    """The strength that was taken, and what each would have gained in macro-F1 on held-out training talks."""

    strength: float
    gains: dict[float, Gain] = field(default_factory=dict)


def fit_marks(marked: Sequence[Marked], recipe: FeedbackRecipe = FeedbackRecipe()) -> Feedback:
    """Weights from marked replies, strength 0."""
    rows = np.stack([features(one.context, one.strategy, one.before) for one in marked]).astype(np.float64)
    as_they_went = np.array([[0.0 if one.survey else 1.0] for one in marked])
    share = np.where(as_they_went[:, 0] > 0.0, 1.0, recipe.survey_weight)
    level = as_they_went if any(one.survey for one in marked) else np.zeros_like(as_they_went)
    found, bias = ridge(np.hstack([rows, level]), np.array([one.mark for one in marked]), share, recipe.penalty)
    return Feedback(found[:FEATURES].astype(np.float32), bias)


def ridge(rows: Floats, target: Floats, share: Floats, penalty: float) -> tuple[Floats, float]:
    """Weighted ridge regression with a free intercept: coefficients float64[F] and the intercept."""
    total = share.sum()
    middle, mean = (share @ rows) / total, float(share @ target / total)
    centred = rows - middle
    left = (centred * share[:, None]).T @ centred + penalty * np.eye(rows.shape[1])
    found = np.linalg.solve(left, (centred * share[:, None]).T @ (target - mean))
    return found, mean - float(middle @ found)


def choose(
    model: Feedback,
    examples: Sequence[Example],
    recipe: FeedbackRecipe = FeedbackRecipe(),
    tell: Callable[[str], None] = lambda line: None,
) -> tuple[Feedback, Chosen]:
    """The model with its strength: the one of :data:`STRENGTHS` with the highest macro-F1 on held-out talks, if its
    gain is beyond chance there (its interval above 0), else none."""
    gold = np.array([STRATEGIES.index(example.gold) for example in examples], np.int64)
    groups = np.array([example.dialogue for example in examples], np.int64)
    tell(f"{recipe.folds} folds of the linear model")
    unseen = held_out(examples, folds_of(groups, recipe.folds, recipe.seed))
    plain = unseen + balancing(unseen, gold)
    marks = np.array([list(model.expected(example.context).values()) for example in examples])
    tried = {
        strength: gains(gold, plain.argmax(axis=1), (plain + strength * marks).argmax(axis=1), groups)["macro_f1"]
        for strength in STRENGTHS[1:]
    }
    best = max(tried, key=lambda strength: tried[strength].value)
    strength = best if tried[best].low > 0.0 else 0.0
    return replace(model, strength=strength), Chosen(strength, tried)
