"""Fits a safety model: one logistic regression a label over hashed letters and the encoder's row, by L-BFGS.

Cut-offs come from folds by sentence: no probability that chooses one was given by a model that saw the sentence, or a
misheard copy of it. Deterministic. Knows nothing of files.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import scipy.optimize
import scipy.sparse
from numpy.typing import NDArray

from warmline.dialogue.safety import sense
from warmline.dialogue.safety.risk_reader import RiskReader
from warmline.dialogue.safety.sense import BUCKETS, Sense
from warmline.dialogue.safety.training.samples import Sample

Doubles = NDArray[np.float64]
FOLDS = 3


@dataclass(frozen=True, slots=True)
class Strengths:
    """Penalties of the squared weights: on letters, and on the encoder's row."""

    letters: float = 1e-5
    deep: float = 1e-4


@dataclass(frozen=True, slots=True)
class Table:
    """Samples as numbers: ``letters`` sparse [N, BUCKETS], ``deep`` [N, E] centred and scaled (0 where the encoder does
    not read), ``centre`` and ``spread`` [E]."""

    letters: scipy.sparse.csr_array
    deep: Doubles
    centre: Doubles
    spread: Doubles


def tabled(samples: Sequence[Sample], encoder: RiskReader | None) -> Table:
    """Samples as numbers; the encoder takes a few milliseconds each."""
    rows = [sense.sparse(sample.text) for sample in samples]
    starts = np.cumsum([0, *(len(where) for where, _ in rows)])
    letters = scipy.sparse.csr_array(
        (
            np.concatenate([value for _, value in rows]).astype(np.float64),
            np.concatenate([where for where, _ in rows]),
            starts,
        ),
        shape=(len(rows), BUCKETS),
    )
    found = [sense.deep(sample.text, encoder) for sample in samples]
    wide = next((len(row) for row in found if row is not None), 0)
    read = np.array([row is not None for row in found])
    deep = np.array([np.zeros(wide) if row is None else row for row in found], np.float64)
    centre = deep[read].mean(axis=0) if wide else np.zeros(0)
    spread = (deep[read].std(axis=0) + 1e-6) * np.sqrt(max(wide, 1) / 8.0) if wide else np.ones(0)
    deep = np.where(read[:, None], (deep - centre) / spread, 0.0)
    return Table(letters, deep, centre, spread)


def fit(
    table: Table, samples: Sequence[Sample], labels: Sequence[str], strengths: Strengths, rows: NDArray[np.intp]
) -> Doubles:
    """Weights float64[BUCKETS + E + 1, K], the last row the bias, from the samples in ``rows``."""
    columns = []
    for label in labels:
        known = np.array([place for place in rows if label in samples[place].answers], np.intp)
        truth = np.array([samples[place].answers[label] for place in known], np.float64)
        weight = np.array([samples[place].weight for place in known])
        columns.append(_logistic(table.letters[known], table.deep[known], truth, weight, strengths))
    return np.stack(columns, axis=1)


def chances(table: Table, weights: Doubles, rows: NDArray[np.intp]) -> Doubles:
    """Probabilities [len(rows), K]."""
    wide = table.deep.shape[1]
    scores = table.letters[rows] @ weights[:BUCKETS] + weights[-1]
    if wide:
        scores = scores + table.deep[rows] @ weights[BUCKETS : BUCKETS + wide]
    return np.asarray(1.0 / (1.0 + np.exp(-np.clip(scores, -30, 30))))


def unseen(
    table: Table,
    samples: Sequence[Sample],
    labels: Sequence[str],
    strengths: Strengths,
    note: Callable[[str], None] = lambda _: None,
) -> Doubles:
    """Probabilities [N, K] of every sample by a model that saw no copy of its sentence."""
    fold = np.array([sample.group * 2_654_435_761 % 2**32 % FOLDS for sample in samples])
    found = np.zeros((len(samples), len(labels)))
    for number in range(FOLDS):
        held = np.flatnonzero(fold == number)
        weights = fit(table, samples, labels, strengths, np.flatnonzero(fold != number))
        found[held] = chances(table, weights, held)
        note(f"fold {number + 1} of {FOLDS}")
    return found


def packed(table: Table, weights: Doubles, labels: Sequence[str], cuts: dict[str, float]) -> Sense:
    """The model as it is shipped: int8 with a scale a label."""
    letters = weights[:BUCKETS]
    scale = np.abs(letters).max(axis=0) / 127.0 + 1e-12
    return Sense(
        tuple(labels),
        np.round(letters / scale).astype(np.int8),
        scale.astype(np.float32),
        weights[BUCKETS:-1].astype(np.float32),
        table.centre.astype(np.float32),
        table.spread.astype(np.float32),
        weights[-1].astype(np.float32),
        cuts,
    )


def _logistic(
    letters: scipy.sparse.csr_array, deep: Doubles, truth: Doubles, weight: Doubles, strengths: Strengths
) -> Doubles:
    """Weights and bias of one label, rare answers weighed up to a quarter of all."""
    share = float((weight * truth).sum() / weight.sum())
    if 0 < share < 0.25:
        weight = np.where(truth > 0, weight * min(0.25 / share, 8.0), weight)
    weight = weight / weight.sum()
    wide = deep.shape[1]
    penalty = np.concatenate([np.full(BUCKETS, strengths.letters), np.full(wide, strengths.deep), np.zeros(1)])

    def loss(theta: Doubles) -> tuple[float, Doubles]:
        scores = letters @ theta[:BUCKETS] + deep @ theta[BUCKETS:-1] + theta[-1]
        signed = np.where(truth > 0, scores, -scores)
        value = float((weight * np.logaddexp(0.0, -signed)).sum() + 0.5 * (penalty * theta**2).sum())
        slope = weight * (1.0 / (1.0 + np.exp(-np.clip(scores, -30, 30))) - truth)
        gradient = np.concatenate([letters.T @ slope, deep.T @ slope, [slope.sum()]])
        return value, gradient + penalty * theta

    start = np.zeros(BUCKETS + wide + 1)
    found = scipy.optimize.minimize(loss, start, jac=True, method="L-BFGS-B", options={"maxiter": 60})
    return np.asarray(found.x, np.float64)
