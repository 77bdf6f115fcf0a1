"""The planner's prior: the linear model, the text encoder and the history of the talk, weighed by one small layer.

The layer and its offsets against favourites were fitted on scores of dialogues that neither text part was trained on
(``mind_heads.npz``: ``next_stack``). Where the encoder's weights are absent the linear model chooses alone.
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
from warmline.dialogue.strategy.history import history
from warmline.dialogue.strategy.model import STRATEGIES, StrategyModel, load
from warmline.dialogue.types import Strategy
from warmline.emotion.text.heads import LinearHead
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
    """``layer`` weighs what :func:`row` gives, its shift being the offsets against favourites."""

    linear: StrategyModel
    encoder: reader.MindReader
    layer: LinearHead

    def scores(self, context: Context) -> NDArray[np.float32]:
        plain = self.linear.scores(context) - self.linear.offset
        return self.layer.scores(row(plain, self.encoder.coming(context), history(context)))

    def distribution(self, context: Context) -> Mapping[Strategy, float]:
        logs = log_softmax(self.scores(context))
        return MappingProxyType(dict(zip(STRATEGIES, np.exp(logs).astype(float).tolist(), strict=True)))


def row(linear: NDArray[np.float32], encoder: NDArray[np.float32], past: NDArray[np.float32]) -> NDArray[np.float32]:
    """What the layer reads, along the last axis: both as log-probabilities, then the history."""
    return np.concatenate([log_softmax(encoder), log_softmax(linear), past], axis=-1)


def log_softmax(scores: NDArray[np.float32]) -> NDArray[np.float32]:
    """Along the last axis."""
    shifted = scores - scores.max(axis=-1, keepdims=True)
    return np.asarray(shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True)), np.float32)


def prior(weights: Path | None = None) -> Prior:
    """The shipped mixture, or that of a file that ``warmline train strategy`` made (the linear model alone where no
    encoder lies beside it).

    Raises MissingWeights or CorruptWeights for the linear weights; without the encoder's, the linear model chooses
    alone, and the log says so.
    """
    linear = load(weights)
    if weights is not None and not (weights.parent / "mind.onnx").is_file():
        return linear
    try:
        encoder = reader.shipped() if weights is None else reader.load_own(weights.parent)
    except WeightsError as error:
        _log.warning("strategies are chosen by the linear model alone: %s", error)
        return linear
    return Blend(linear, encoder, encoder.heads.of["next_stack"])
