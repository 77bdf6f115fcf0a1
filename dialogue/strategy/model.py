"""The planner's trained part: eight linear scores over sparse features, as a probability for each strategy.

Runs on numpy alone. The weights fold three things together: inverse document frequency, the logistic regression's
coefficients, and a correction of the class priors against favourite strategies (the bias of Kang et al. 2024).
Knows nothing about distress, consent or risk: that is :mod:`warmline.dialogue.strategy.policy`.
"""

from __future__ import annotations

import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from warmline.dialogue.strategy.context import Context
from warmline.dialogue.strategy.features import BUCKETS, sparse
from warmline.dialogue.types import Strategy
from warmline.speech.runtime.errors import CorruptWeights, MissingWeights

STRATEGIES = tuple(Strategy)
SHIPPED = Path(__file__).parent / "weights" / "strategy.npz"


@dataclass(frozen=True, slots=True)
class StrategyModel:
    """``weights``: float32[BUCKETS, 8]; ``offset``: float32[8], the prior correction, added to the scores."""

    weights: NDArray[np.float32]
    offset: NDArray[np.float32]

    def scores(self, context: Context) -> NDArray[np.float32]:
        """Log-odds up to a constant, float32[8], in the order of :class:`Strategy`."""
        where, value = sparse(context)
        return np.asarray(value @ self.weights[where] + self.offset, np.float32)

    def distribution(self, context: Context) -> Mapping[Strategy, float]:
        """Probability by strategy, summing to 1."""
        scores = self.scores(context).astype(np.float64)
        odds = np.exp(scores - scores.max())
        odds /= odds.sum()
        return MappingProxyType(dict(zip(STRATEGIES, odds.tolist(), strict=True)))


def load(path: Path | None = None) -> StrategyModel:
    """The shipped weights, or those of a file that ``warmline train strategy`` made.

    Raises MissingWeights or CorruptWeights.
    """
    source = SHIPPED if path is None else path
    if not source.is_file():
        raise MissingWeights(f"no strategy weights at {source}: train them with 'warmline train strategy'")
    try:
        with source.open("rb") as file, np.load(file, allow_pickle=False) as stored:
            weights = stored["weights"].astype(np.float32) * stored["scale"].astype(np.float32)
            offset = stored["offset"].astype(np.float32)
    except (KeyError, ValueError, OSError, zipfile.BadZipFile) as error:
        raise CorruptWeights(
            f"{source} holds no strategy weights: train them again, or install warmline anew"
        ) from error
    if weights.shape != (BUCKETS, len(STRATEGIES)) or offset.shape != (len(STRATEGIES),):
        raise CorruptWeights(f"{source} was made for other features: train it again with this version of warmline")
    return StrategyModel(weights, offset)


def save(model: StrategyModel, path: Path) -> None:
    """Write the weights as int8 with one scale for each strategy (about 0.2 MB compressed)."""
    scale = np.maximum(np.abs(model.weights).max(axis=0), 1e-9) / 127.0
    packed = np.round(model.weights / scale).astype(np.int8)
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        np.savez_compressed(file, weights=packed, scale=scale.astype(np.float32), offset=model.offset)
