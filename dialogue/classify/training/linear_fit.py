"""The recipe of the linear classifiers: multinomial logistic regression, folded inverse document frequency, int8."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from scipy import sparse as matrices

from warmline.dialogue.classify.corpora import Utterance
from warmline.dialogue.classify.linear import BUCKETS, Linear, sparse
from warmline.speech.runtime.errors import MissingExtra


def matrix(utterances: Sequence[Utterance]) -> matrices.csr_matrix:
    """[n, BUCKETS] feature rows."""
    rows = [sparse(one.text, one.before) for one in utterances]
    lengths = [len(where) for where, _ in rows]
    starts = np.concatenate([[0], np.cumsum(lengths)])
    columns = np.concatenate([where for where, _ in rows])
    values = np.concatenate([value for _, value in rows]).astype(np.float64)
    return matrices.csr_matrix((values, columns, starts), shape=(len(rows), BUCKETS))


def fit(utterances: Sequence[Utterance], labels: Sequence[str], strength: float = 1.0) -> Linear:
    """``strength``: inverse of the L2 penalty. Raises MissingExtra without scikit-learn."""
    try:
        from sklearn.linear_model import LogisticRegression
    except ImportError as error:
        raise MissingExtra("training needs scikit-learn: pip install 'warmline[train]'") from error
    found = matrix(utterances)
    gold: NDArray[np.int64] = np.array([labels.index(one.label) for one in utterances])
    seen = np.bincount(found.indices, minlength=BUCKETS)
    idf = (np.log((1.0 + found.shape[0]) / (1.0 + seen)) + 1.0) / 3.0
    idf[seen < 2] = 0.0
    scaled = matrices.csr_matrix(found @ matrices.diags(idf))
    used = np.flatnonzero(idf * (seen > 0))
    solver = LogisticRegression(C=strength, max_iter=300, tol=1e-3)
    solver.fit(scaled[:, used], gold)
    weights = np.zeros((BUCKETS, len(labels)))
    weights[used] = solver.coef_.T * idf[used, None]
    scale = np.maximum(np.abs(weights).max(axis=0), 1e-9) / 127.0
    packed = np.round(weights / scale).astype(np.int8)
    return Linear(tuple(labels), packed, scale.astype(np.float32), solver.intercept_.astype(np.float32))


def levelled(model: Linear, utterances: Sequence[Utterance], strength: float) -> Linear:
    """The same without so much of its leaning to frequent labels. ``strength``: 0 leaves it, 1 takes out how often each
    label is used in ``utterances`` altogether."""
    counts = np.array([sum(one.label == label for one in utterances) for label in model.labels], np.float64)
    lean = np.log(np.maximum(counts, 1.0))
    return replace(model, bias=(model.bias - strength * (lean - lean.mean())).astype(np.float32))
