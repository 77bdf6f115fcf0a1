"""Fit the judge of our own replies (dialogue/evaluate/kinds.py), and measure it on examples it has not seen.

Learns from our own examples and talks, and from those lines of a corpus that pass our rules. Needs scikit-learn.
"""

from __future__ import annotations

import hashlib
import json
import random
from collections.abc import Sequence
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np

from warmline.dialogue.evaluate.kinds import BUCKETS, Kinds, features
from warmline.dialogue.training.talk import KINDS, Talk, corpus, own_examples, own_talks
from warmline.dialogue.types import Strategy

FOLDS = 5
OURS = 3.0
"""Weight of a line of ours beside one of the corpus."""

Row = tuple[str, Strategy]


@dataclass(frozen=True, slots=True)
class Fitted:
    """``accuracy`` and ``by_class``: on lines of ours, each judged by a model that has not seen it."""

    kinds: Kinds
    accuracy: float
    by_class: dict[str, float]
    ours: int
    theirs: int


def fit(train: Path, strength: float = 1.0, seed: int = 0) -> Fitted:
    """Raises UnreadableInput for a file that is no corpus."""
    ours = _rows([*own_examples(), *own_talks()])
    theirs = _rows(corpus(train), learnt=True)
    random.Random(seed).shuffle(ours)
    right: dict[Strategy, list[bool]] = {strategy: [] for strategy in Strategy}
    for fold in range(FOLDS):
        judge = _fit([row for at, row in enumerate(ours) if at % FOLDS != fold], theirs, strength)
        for text, strategy in ours[fold::FOLDS]:
            right[strategy].append(judge.best(text) is strategy)
    everything = [ok for rows in right.values() for ok in rows]
    by_class = {strategy.name: float(np.mean(rows)) for strategy, rows in right.items() if rows}
    return Fitted(_fit(ours, theirs, strength), float(np.mean(everything)), by_class, len(ours), len(theirs))


def write(fitted: Fitted, out: Path, command: str) -> None:
    """kinds.npz, files.json and CARD.md into ``out``."""
    out.mkdir(parents=True, exist_ok=True)
    buffer = BytesIO()
    np.savez_compressed(buffer, weights=fitted.kinds.weights.astype(np.float16), bias=fitted.kinds.bias)
    (out / "kinds.npz").write_bytes(buffer.getvalue())
    digest = hashlib.sha256(buffer.getvalue()).hexdigest()
    (out / "files.json").write_text(json.dumps({"kinds.npz": digest}) + "\n", encoding="utf-8")
    classes = ", ".join(f"{name.lower()} {rate:.2f}" for name, rate in fitted.by_class.items())
    (out / "CARD.md").write_text(
        f"# The judge of our own replies (`kinds.npz`)\n\n"
        f"Which of the eight strategies a reply of ours realises: multinomial logistic regression over {BUCKETS}\n"
        f"hashed words and pairs (`dialogue/evaluate/kinds.py`), for `warmline eval realise` and for preferring\n"
        f"replies in training.\n\n"
        f"- Data: {fitted.ours} replies of our own writing and {fitted.theirs} lines of ESConv's training split that\n"
        f"  pass our rules (Liu et al. 2021, CC BY-NC 4.0).\n"
        f"- On our own replies, {FOLDS} folds, each judged unseen: accuracy {fitted.accuracy:.2f}; {classes}.\n"
        f"- So a figure of `eval realise` near {fitted.accuracy:.2f} is as high as this judge can confirm.\n"
        f"- Made by `{command}`. Research and non-commercial use. English.\n",
        encoding="utf-8",
    )


def _rows(talks: Sequence[Talk], learnt: bool = False) -> list[Row]:
    return [(one.reply, KINDS[one.kind]) for talk in talks for one in talk if one.learn or not learnt]


def _fit(ours: Sequence[Row], theirs: Sequence[Row], strength: float) -> Kinds:
    from scipy.sparse import csr_matrix
    from sklearn.linear_model import LogisticRegression

    rows = [*ours, *theirs]
    found = [features(text) for text, _ in rows]
    starts = np.cumsum([0, *(len(row) for row in found)])
    ones = np.ones(int(starts[-1]), np.float32)
    table = csr_matrix((ones, [at for row in found for at in row], starts), shape=(len(rows), BUCKETS))
    order = list(Strategy)
    model: Any = LogisticRegression(C=strength, max_iter=500, class_weight="balanced")
    model.fit(table, [order.index(strategy) for _, strategy in rows], [OURS] * len(ours) + [1.0] * len(theirs))
    weights, bias = np.zeros((len(order), BUCKETS), np.float32), np.full(len(order), -20.0, np.float32)
    weights[model.classes_], bias[model.classes_] = model.coef_, model.intercept_
    return Kinds(weights, bias)
