"""The planner's model against annotated talks: accuracy, F1, preference bias, an interval, and time.

Bias is B of Kang et al. 2024 ("Can Large Language Models be Good Emotional Supporter?"): a Bradley-Terry preference
for each strategy from the confusions, the standard deviation of which says how much the model has favourites.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from warmline.dialogue.strategy.blend import Prior
from warmline.dialogue.strategy.examples import STRATEGIES, Example
from warmline.dialogue.strategy.planner import Planner, PlanningState
from warmline.dialogue.types import Outcome, Turn
from warmline.emotion.types import ParalinguisticTags
from warmline.speech.types import AudioChunk, Utterance

Labels = NDArray[np.int64]
_K = len(STRATEGIES)
_SWEEPS = 20


@dataclass(frozen=True, slots=True)
class ClassFigures:
    """One strategy: shares in [0, 1]; ``preference`` is its Bradley-Terry p, 1 where nothing is favoured."""

    name: str
    precision: float
    recall: float
    f1: float
    gold: int
    predicted: int
    preference: float


@dataclass(frozen=True, slots=True)
class Figures:
    """Rates in [0, 1]; ``bias`` from 0 (no favourite); ``ms_p95`` of one distribution, milliseconds."""

    n: int
    accuracy: float
    macro_f1: float
    weighted_f1: float
    bias: float
    ci_macro_f1: tuple[float, float]
    ms_p95: float
    classes: tuple[ClassFigures, ...]


def measure(model: Prior, examples: Sequence[Example], *, resamples: int = 1000, seed: int = 0) -> Figures:
    """Run the model over the examples; the interval resamples whole dialogues, since turns of one talk are alike."""
    took: list[float] = []
    guess = np.empty(len(examples), np.int64)
    for place, example in enumerate(examples):
        began = time.perf_counter()
        guess[place] = int(model.scores(example.context).argmax())
        took.append(1000.0 * (time.perf_counter() - began))
    return _figures(examples, guess, took, resamples, seed)


def measure_plans(planner: Planner, examples: Sequence[Example], *, resamples: int = 1000, seed: int = 0) -> Figures:
    """The same for whole plans, rules and all: each talk is gone through with what its supporter really did before.

    Voices and surveys are not in such files, and of a line without a strategy nothing is planned."""
    took: list[float] = []
    guess = np.empty(len(examples), np.int64)
    turns: tuple[Turn, ...] = ()
    for place, example in enumerate(examples):
        if place and examples[place - 1].dialogue != example.dialogue:
            turns = ()
        elif turns:  # what was really said stands in the next context
            said = example.context.last_support or "..."
            turns = (*turns[:-1], replace(turns[-1], planned=said, heard=said))
        text = " ".join(example.context.pending)
        began = time.perf_counter()
        plan = planner.plan(PlanningState(turns, text))
        took.append(1000.0 * (time.perf_counter() - began))
        guess[place] = STRATEGIES.index(plan.strategy)
        user = Utterance(len(turns) + 1, text, (), AudioChunk(np.zeros(0, np.float32)))
        done = replace(plan, strategy=example.gold, then=None, purpose=None)
        turns = (*turns, Turn(user.id, user, ParalinguisticTags.unknown(), done, "...", "...", Outcome.SPOKEN))
    return _figures(examples, guess, took, resamples, seed)


def _figures(examples: Sequence[Example], guess: Labels, took: Sequence[float], resamples: int, seed: int) -> Figures:
    gold = np.array([STRATEGIES.index(example.gold) for example in examples], np.int64)
    groups = np.array([example.dialogue for example in examples], np.int64)
    precision, recall, f1 = per_class(confusion(gold, guess))
    support = np.bincount(gold, minlength=_K)
    preference = preferences(gold, guess)
    return Figures(
        n=len(examples),
        accuracy=float((gold == guess).mean()),
        macro_f1=float(f1.mean()),
        weighted_f1=float((f1 * support).sum() / support.sum()),
        bias=float(preference.std()),
        ci_macro_f1=interval(gold, guess, groups, resamples, seed),
        ms_p95=float(np.percentile(took, 95)),
        classes=tuple(
            ClassFigures(
                strategy.name.lower(),
                float(precision[place]),
                float(recall[place]),
                float(f1[place]),
                int(support[place]),
                int((guess == place).sum()),
                float(preference[place]),
            )
            for place, strategy in enumerate(STRATEGIES)
        ),
    )


@dataclass(frozen=True, slots=True)
class Gain:
    """Of one figure: the second chooser's less the first's, with its 95% interval over dialogues."""

    value: float
    low: float
    high: float


def gains(
    gold: Labels, before: Labels, after: Labels, groups: Labels, resamples: int = 1000, seed: int = 0
) -> dict[str, Gain]:
    """What ``after`` gains over ``before`` in accuracy, macro-F1 and weighted-F1: a paired bootstrap, the same
    dialogues drawn for both."""
    rng = np.random.default_rng(seed)
    names = np.unique(groups)
    tables = np.stack(
        [[confusion(gold[groups == name], guess[groups == name]) for name in names] for guess in (before, after)]
    )
    drawn = np.stack(
        [np.bincount(rng.integers(0, len(names), len(names)), minlength=len(names)) for _ in range(resamples)]
    )
    found = {}
    for name, figure in (("accuracy", _accuracy), ("macro_f1", _macro), ("weighted_f1", _weighted)):
        value = figure(tables[1].sum(axis=0)) - figure(tables[0].sum(axis=0))
        each = [
            figure(np.tensordot(draw, tables[1], axes=1)) - figure(np.tensordot(draw, tables[0], axes=1))
            for draw in drawn
        ]
        low, high = np.percentile(each, [2.5, 97.5])
        found[name] = Gain(value, float(low), float(high))
    return found


def _accuracy(counts: NDArray[np.float64]) -> float:
    return float(np.trace(counts) / counts.sum())


def _macro(counts: NDArray[np.float64]) -> float:
    return float(per_class(counts)[2].mean())


def _weighted(counts: NDArray[np.float64]) -> float:
    support = counts.sum(axis=0)
    return float((per_class(counts)[2] * support).sum() / support.sum())


def confusion(gold: Labels, guess: Labels) -> NDArray[np.float64]:
    """Counts w[predicted, gold], float64[8, 8]."""
    counts = np.bincount(guess * _K + gold, minlength=_K * _K)
    return counts.reshape(_K, _K).astype(np.float64)


def per_class(counts: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Precision, recall and F1 by class; 0 where a class was never seen or never predicted."""
    hit = np.diag(counts)
    predicted, gold = counts.sum(axis=1), counts.sum(axis=0)
    precision = np.divide(hit, predicted, out=np.zeros(_K), where=predicted > 0)
    recall = np.divide(hit, gold, out=np.zeros(_K), where=gold > 0)
    both = predicted + gold
    return precision, recall, np.divide(2.0 * hit, both, out=np.zeros(_K), where=both > 0)


def preferences(gold: Labels, guess: Labels) -> NDArray[np.float64]:
    """How strongly each strategy is favoured, scaled to sum 8; 0 for one that is never predicted wrongly."""
    wins = confusion(gold, guess)
    np.fill_diagonal(wins, 0.0)
    p = np.ones(_K)
    for _ in range(_SWEEPS):
        for i in range(_K):
            pair = p + p[i]
            above = np.divide(wins[i] * p, pair, out=np.zeros(_K), where=pair > 0).sum()
            below = np.divide(wins[:, i], pair, out=np.zeros(_K), where=pair > 0).sum()
            p[i] = above / below if below > 0 else 0.0
        known = p[p > 0]
        if known.size == 0:
            return _only_one(wins)
        p = p / np.exp(np.log(known).mean())
    return np.asarray(p * _K / p.sum(), np.float64)


def _only_one(wins: NDArray[np.float64]) -> NDArray[np.float64]:
    """Where the sweeps leave nothing: even without errors, else all on the one that is wrongly predicted."""
    over = wins.sum(axis=1)
    return np.ones(_K) if not over.any() else np.asarray(_K * np.eye(_K)[over.argmax()], np.float64)


def interval(gold: Labels, guess: Labels, groups: Labels, resamples: int, seed: int) -> tuple[float, float]:
    """95% bootstrap interval of macro-F1 over dialogues."""
    rng = np.random.default_rng(seed)
    names = np.unique(groups)
    tables = np.stack([confusion(gold[groups == name], guess[groups == name]) for name in names])
    scores = []
    for _ in range(resamples):
        drawn = np.bincount(rng.integers(0, len(names), len(names)), minlength=len(names))
        scores.append(per_class(np.tensordot(drawn, tables, axes=1))[2].mean())
    low, high = np.percentile(scores, [2.5, 97.5])
    return float(low), float(high)
