"""Learning to read whether a turn could end here: whole turns against the same turns broken off at random words.

Breaks at the end of a sentence inside a turn are left out: words alone cannot tell them from ends.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from warmline.speech.turn.completeness import BUCKETS, Words, bucket, features

SHORT = 5
"""How often a text of one or two words counts."""

HELD_OUT = 10
"""Every tenth text is held out for the card's figures."""


@dataclass(frozen=True, slots=True)
class TextFigures:
    """On held-out texts: ``auc``, and ``n`` examples, half of them ends."""

    auc: float
    n: int
    texts: int


def broken_off(texts: Sequence[str], rng: np.random.Generator) -> Iterator[tuple[str, bool]]:
    """Each text of three words and more as it is, and broken off once."""
    for text in texts:
        words = text.split()
        if len(words) < 3:  # listed once here, short answers are common in talk
            yield from [(text, True)] * SHORT
            continue
        inside = [n for n in range(1, len(words)) if words[n - 1][-1] not in ".?!"]
        if inside:
            yield text, True
            yield " ".join(words[: inside[int(rng.integers(len(inside)))]]), False


def fit(texts: Sequence[str], seed: int, strength: float = 0.3) -> tuple[Words, TextFigures]:
    """Learn from nine texts in ten, measure on the tenth. Needs scikit-learn."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.metrics import roc_auc_score

    rng = np.random.default_rng(seed)
    learnt = list(broken_off([text for n, text in enumerate(texts) if n % HELD_OUT], rng))
    held = list(broken_off([text for n, text in enumerate(texts) if n % HELD_OUT == 0], rng))
    model = LogisticRegression(C=strength, max_iter=400, solver="liblinear")
    model.fit(_matrix([text for text, _ in learnt]), [ended for _, ended in learnt])
    words = Words(np.asarray(model.coef_[0], np.float32), float(model.intercept_[0]))
    truth = [ended for _, ended in held]
    scores = [words.logit(text) for text, _ in held]
    return words, TextFigures(float(roc_auc_score(truth, scores)), len(held), len(texts))


def _matrix(texts: Sequence[str]) -> Any:
    from scipy.sparse import csr_matrix

    rows: list[int] = []
    columns: list[int] = []
    for place, text in enumerate(texts):
        found = [bucket(name) for name in features(text)]
        rows += [place] * len(found)
        columns += found
    ones: NDArray[np.float32] = np.ones(len(rows), np.float32)
    return csr_matrix((ones, (rows, columns)), shape=(len(texts), BUCKETS))
