"""The planner's prior: the linear model and the text encoder, mixed; the linear one alone where the encoder is absent.

Scores are a log-linear mixture, share by share, with one offset a strategy against favourites; both were chosen on
dialogues that neither part was trained on (``mind_heads.npz``: ``extra.share``, ``extra.offset``).
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from warmline.dialogue.classify import reader
from warmline.dialogue.strategy.context import Context
from warmline.dialogue.strategy.model import STRATEGIES, StrategyModel, load
from warmline.dialogue.types import Strategy
from warmline.speech.runtime.errors import WeightsError

_log = logging.getLogger(__name__)


class Prior(Protocol):
    """What chooses by what supporters did."""

    def scores(self, context: Context) -> NDArray[np.float32]:
        """Log-odds up to a constant, float32[8], in the order of :class:`Strategy`."""
        ...

    def distribution(self, context: Context) -> Mapping[Strategy, float]:
        """Probability by strategy, summing to 1."""
        ...


@dataclass(frozen=True, slots=True)
class Blend:
    """``share`` of the encoder in the mixture; ``offset`` float32[8] is added to the mixed log-probabilities."""

    linear: StrategyModel
    encoder: reader.MindReader
    share: float
    offset: NDArray[np.float32]

    def scores(self, context: Context) -> NDArray[np.float32]:
        plain = self.linear.scores(context) - self.linear.offset
        return mixed(plain, self.encoder.coming(context), self.share) + self.offset

    def distribution(self, context: Context) -> Mapping[Strategy, float]:
        logs = log_softmax(self.scores(context))
        return MappingProxyType(dict(zip(STRATEGIES, np.exp(logs).astype(float).tolist(), strict=True)))


def mixed(linear: NDArray[np.float32], encoder: NDArray[np.float32], share: float) -> NDArray[np.float32]:
    """Along the last axis: both as log-probabilities, mixed."""
    return np.asarray((1.0 - share) * log_softmax(linear) + share * log_softmax(encoder), np.float32)


def log_softmax(scores: NDArray[np.float32]) -> NDArray[np.float32]:
    """Along the last axis."""
    shifted = scores - scores.max(axis=-1, keepdims=True)
    return np.asarray(shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True)), np.float32)


def prior(weights: Path | None = None) -> Prior:
    """The shipped mixture, or the linear model of a file that ``warmline train strategy`` made.

    Raises MissingWeights or CorruptWeights for the linear weights; without the encoder's, the linear model chooses
    alone, and the log says so.
    """
    linear = load(weights)
    if weights is not None:
        return linear
    try:
        encoder = reader.shipped()
    except WeightsError as error:
        _log.warning("strategies are chosen by the linear model alone: %s", error)
        return linear
    extra = encoder.heads.extra
    return Blend(linear, encoder, float(extra["share"][0]), extra["offset"])
