"""What a supporter's utterance does: one of the eight strategies, as a probability for each.

For judging a draft against its plan, and replies after the fact. It reads English text as ESConv's annotators did
(card: weights/CARD.md); it does not know whether the strategy was fitting.
"""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from warmline.dialogue.classify import reader
from warmline.dialogue.classify.linear import Linear, parse
from warmline.dialogue.classify.reader import MindReader
from warmline.dialogue.types import Strategy
from warmline.speech.runtime.errors import CorruptWeights, WeightsError

_log = logging.getLogger(__name__)

Before = Sequence[tuple[bool, str]]
"""Lines before an utterance, oldest first, as (by the person, text)."""


LINEAR_SHARE = 0.4
"""Share of the linear model in the scores, where the encoder is there (chosen on training talks)."""


@dataclass(frozen=True, slots=True)
class Acts:
    """The classifier of strategies; ``encoder`` None where its weights are not to be had. Holds no state but its
    weights; never raises on odd text. About 3 ms an utterance on one thread."""

    linear: Linear
    encoder: MindReader | None = None

    def read(self, text: str, before: Before = ()) -> Mapping[Strategy, float]:
        """Probability by strategy, summing to 1. ``before``: the last line or two, for what is restated or answered."""
        scores = self.linear.scores(text, before)
        if self.encoder is not None:
            scores = mixed(scores, self.encoder.done(text, before)[0], LINEAR_SHARE)
        found = softmax(scores)
        return MappingProxyType({Strategy[name]: float(p) for name, p in zip(self.linear.labels, found, strict=True)})

    def best(self, text: str, before: Before = ()) -> Strategy:
        """The likeliest strategy."""
        found = self.read(text, before)
        return max(found, key=lambda strategy: found[strategy])


@cache
def acts() -> Acts:
    """The shipped classifier, verified. Raises CorruptWeights."""
    return Acts(parse(read_file("acts.npz")), encoder())


def encoder() -> MindReader | None:
    """The mind's shipped encoder; None, and a line in the log, without its weights."""
    try:
        return reader.shipped()
    except WeightsError as error:
        _log.warning("utterances are judged by the linear model alone: %s", error)
        return None


def read_file(name: str) -> bytes:
    """A file of ``weights/`` with the SHA-256 that ``files.json`` states. Raises CorruptWeights."""
    folder = resources.files("warmline.dialogue.classify.weights")
    wanted = json.loads((folder / "files.json").read_text(encoding="utf-8")).get(name)
    data = (folder / name).read_bytes()
    if hashlib.sha256(data).hexdigest() != wanted:
        raise CorruptWeights(f"the classifier {name} is damaged: install warmline again")
    return data


def mixed(linear: NDArray[np.float32], deep: NDArray[np.float32], share: float) -> NDArray[np.float32]:
    """Log-linear mixture of two scores; ``share``: of the linear model."""
    logs = share * np.log(np.maximum(softmax(linear), 1e-6)) + (1.0 - share) * np.log(np.maximum(softmax(deep), 1e-6))
    return np.asarray(logs, np.float32)


def softmax(scores: NDArray[np.float32]) -> NDArray[np.float64]:
    odds = np.exp(scores.astype(np.float64) - float(scores.max()))
    return np.asarray(odds / odds.sum(), np.float64)
