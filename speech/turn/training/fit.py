"""Fitting the end-of-turn head: a linear layer with a strong penalty, blends by held-out speakers. Needs scikit-learn.

Every speaker is held out once; the blends, and every figure, come from what the head said of speakers it never heard.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from warmline.speech.turn import head as heads
from warmline.speech.turn.completeness import Words
from warmline.speech.turn.head import CLIP, SURE, Blend, Head
from warmline.speech.turn.training.extract import Rows

Floats = NDArray[np.float64]
PENALTY = 1e-3
"""Inverse of the L2 penalty: few speakers, two thousand inputs."""


@dataclass(frozen=True, slots=True)
class Opinions:
    """Log-odds of each example on speakers held out: the head's, Smart Turn's at both looks, the words'."""

    head: Floats
    smart: Floats
    words: Floats


@dataclass(frozen=True, slots=True)
class Figure:
    """``auc``; ``cut``: pauses inside that would be taken for ends where four ends in five are known as such."""

    name: str
    corpus: str
    n: int
    auc: float
    cut: float


def layer(rows: Rows, penalty: float = PENALTY) -> tuple[Floats, Floats, Floats, float]:
    """Mean, scale, weight and bias; each corpus and each side count alike."""
    from sklearn.linear_model import LogisticRegression

    mean, scale = rows.row.mean(axis=0), rows.row.std(axis=0) + 1e-3
    standard = np.clip((rows.row - mean) / scale, -CLIP, CLIP)
    model = LogisticRegression(C=penalty, max_iter=500)
    model.fit(standard, rows.ended, sample_weight=weights(rows))
    return mean, scale, model.coef_[0], float(model.intercept_[0])


def weights(rows: Rows) -> Floats:
    """So that a corpus counts by the square root of its size, and ends as much as pauses."""
    out = np.ones(len(rows.ended))
    for corpus in np.unique(rows.corpus):
        for ended in (True, False):
            those = (rows.corpus == corpus) & (rows.ended == ended)
            out[those] = np.sqrt((rows.corpus == corpus).sum()) / max(1, those.sum())
    return np.asarray(out / out.mean())


def opinions(rows: Rows, words: Words, folds: int, seed: int) -> Opinions:
    """Out of fold by speaker."""
    said = np.zeros(len(rows.ended))
    speakers = np.unique(rows.speaker)
    order = np.random.default_rng(seed).permutation(len(speakers))
    folds = max(2, min(folds, len(speakers)))
    for fold in range(folds):
        held = np.isin(rows.speaker, speakers[order[fold::folds]])
        mean, scale, weight, bias = layer(rows.where(~held))
        said[held] = np.clip((rows.row[held] - mean) / scale, -CLIP, CLIP) @ weight + bias
    smart = np.vectorize(heads.logit, otypes=[float])(rows.smart)
    read = np.array([words.logit(str(text)) for text in rows.text])
    return Opinions(np.clip(said, -SURE, SURE), smart, read)


def corpora_held_out(rows: Rows) -> tuple[Figure, ...]:
    """The head on each corpus when it was learnt from the others alone; () for one corpus."""
    names = np.unique(rows.corpus)
    found: list[Figure] = []
    for corpus in names if len(names) > 1 else ():
        held = rows.corpus == corpus
        mean, scale, weight, bias = layer(rows.where(~held))
        said = np.clip((rows.row[held] - mean) / scale, -CLIP, CLIP) @ weight + bias
        found.append(_figure(rows.ended[held], said, "head, corpus held out", str(corpus)))
    return tuple(found)


def fit(rows: Rows, found: Opinions, encoder: str) -> Head:
    """The head over all speakers, with blends from the held-out opinions."""
    mean, scale, weight, bias = layer(rows)
    alone = blend(rows, found.head[:, None])
    both = [blend(rows, np.stack([found.head, found.smart[:, look]], axis=1)) for look in (0, 1)]
    mixed = [float(np.mean([one[place] for one in both])) for place in range(3)]
    return Head(
        encoder,
        mean.astype(np.float32),
        scale.astype(np.float32),
        np.asarray(weight, np.float32),
        bias,
        Blend(float(alone[0]), 0.0, float(alone[-1])),
        Blend(*mixed),
    )


def blend(rows: Rows, columns: Floats) -> list[float]:
    """Weights of the columns' log-odds, none of them negative, and the bias."""
    from sklearn.linear_model import LogisticRegression

    model = LogisticRegression(C=1.0).fit(columns, rows.ended, sample_weight=weights(rows))
    return [*(max(0.0, float(value)) for value in model.coef_[0]), float(model.intercept_[0])]


def figures(rows: Rows, scores: Floats, name: str) -> tuple[Figure, ...]:
    """By corpus, and over all of them."""
    found = []
    for corpus in (*np.unique(rows.corpus), "all"):
        those = np.ones(len(scores), bool) if corpus == "all" else rows.corpus == corpus
        found.append(_figure(rows.ended[those], scores[those], name, str(corpus)))
    return tuple(found)


def _figure(ended: NDArray[np.bool_], scores: Floats, name: str, corpus: str) -> Figure:
    from sklearn.metrics import roc_auc_score

    auc = float(roc_auc_score(ended, scores)) if 0 < ended.sum() < len(ended) else float("nan")
    limit = np.percentile(scores[ended], 20) if ended.any() else 0.0
    cut = float(np.mean(scores[~ended] >= limit)) if (~ended).any() else float("nan")
    return Figure(name, corpus, len(scores), auc, cut)
