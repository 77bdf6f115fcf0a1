"""What mark (1 to 5) a person would give a reply of each strategy now: a linear model on the talk so far.

MultiESC's lookahead (Cheng et al. 2022): score = log P(strategy | history) + strength x E[mark]. A mark is what
ESConv's seekers gave while they talked. Words were tried and left out: what an encoder reads of them did not carry from
one set of talks to another. In a call nobody gives marks, so the earlier ones are unknown there.
"""

from __future__ import annotations

import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from warmline.dialogue.strategy.blend import Prior, log_softmax
from warmline.dialogue.strategy.context import Context
from warmline.dialogue.types import Strategy
from warmline.speech.runtime.errors import CorruptWeights, MissingWeights

STRATEGIES = tuple(Strategy)
SHIPPED = Path(__file__).parent / "weights" / "feedback.npz"
EARLY, LATE = 3, 8
"""Replies so far below which a talk is early, and above which it is late."""

MIDDLE = 4.0
"""The mark about which known ones are measured."""

FEATURES = 4 + 2 + 3 * len(STRATEGIES) + 1


@dataclass(frozen=True, slots=True)
class Feedback:
    """``weights``: float32[FEATURES]; ``bias``; ``strength``: of the mark in the choice, 0 where it did not help."""

    weights: NDArray[np.float32]
    bias: float
    strength: float = 0.0

    def expected(self, context: Context, marks: Sequence[int] = ()) -> Mapping[Strategy, float]:
        """The expected mark in [1, 5] by strategy. ``marks``: those given so far in this talk, oldest first."""
        rows = np.stack([features(context, strategy, marks) for strategy in STRATEGIES])
        found = np.clip(rows @ self.weights + self.bias, 1.0, 5.0)
        return MappingProxyType(dict(zip(STRATEGIES, found.astype(float).tolist(), strict=True)))


@dataclass(frozen=True, slots=True)
class Lookahead:
    """A prior that weighs in the expected mark."""

    prior: Prior
    feedback: Feedback
    strength: float

    def scores(self, context: Context) -> NDArray[np.float32]:
        marks = np.array(list(self.feedback.expected(context).values()), np.float32)
        return np.asarray(log_softmax(self.prior.scores(context)) + self.strength * marks, np.float32)

    def distribution(self, context: Context) -> Mapping[Strategy, float]:
        shares = np.exp(log_softmax(self.scores(context))).astype(float)
        return MappingProxyType(dict(zip(STRATEGIES, shares.tolist(), strict=True)))


def features(context: Context, strategy: Strategy, marks: Sequence[int] = ()) -> NDArray[np.float32]:
    """float32[FEATURES]: the marks so far, how far the talk is, the strategy by itself, early and late, and whether it
    was the last one too."""
    known = np.array(marks, np.float32) - MIDDLE
    given = [1.0, known[-1], known.mean(), min(len(marks), 8) / 8.0] if len(marks) else [0.0] * 4
    far = min(context.index, 20) / 20.0
    chosen = np.eye(len(STRATEGIES))[STRATEGIES.index(strategy)]
    same = bool(context.past) and context.past[-1] is strategy
    return np.concatenate(
        [
            given,
            [far, far * far],
            chosen,
            chosen * (context.index < EARLY),
            chosen * (context.index > LATE),
            [float(same)],
        ]
    ).astype(np.float32)


def load(path: Path | None = None) -> Feedback:
    """The shipped weights, or those of a file that ``warmline train feedback`` made. Raises MissingWeights or
    CorruptWeights."""
    source = SHIPPED if path is None else path
    if not source.is_file():
        raise MissingWeights(f"no feedback weights at {source}: train them with 'warmline train feedback'")
    try:
        with source.open("rb") as file, np.load(file, allow_pickle=False) as stored:
            weights = stored["weights"].astype(np.float32)
            bias, strength = float(stored["bias"]), float(stored["strength"])
    except (KeyError, ValueError, TypeError, OSError, zipfile.BadZipFile) as error:
        raise CorruptWeights(f"{source} holds no feedback weights: train them again") from error
    if weights.shape != (FEATURES,):
        raise CorruptWeights(f"{source} was made for other features: train it again with this version of warmline")
    return Feedback(weights, bias, strength)


@cache
def shipped() -> Feedback:
    """Loaded once."""
    return load()


def save(model: Feedback, path: Path) -> None:
    """Write the weights: less than a kilobyte."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        np.savez(file, weights=model.weights, bias=np.float32(model.bias), strength=np.float32(model.strength))
