"""From a trained state to the mind's files: graph, heads, the mixture with the linear models, kept scores. No torch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from io import BytesIO

import numpy as np
from numpy.typing import NDArray

from warmline.dialogue.classify.codes import key, mixed
from warmline.dialogue.classify.corpora import Utterance
from warmline.dialogue.strategy import blend
from warmline.dialogue.strategy.evaluate import confusion, per_class, preferences
from warmline.dialogue.strategy.training.fit import balancing
from warmline.emotion.text.heads import dump_heads
from warmline.emotion.text.training.assemble import heads_of, tower_of
from warmline.emotion.text.training.export import graph

Floats = NDArray[np.float32]
Labels = NDArray[np.int64]
SHARES = np.round(np.arange(0.3, 1.01, 0.1), 2)
BALANCES = np.round(np.arange(0.5, 1.01, 0.1), 2)
MOST_BIAS = 0.25
"""Preference bias up to which a mixture is considered (the bar is 0.30; some of it is kept for unseen talks)."""


def mixture(linear: Floats, encoder: Floats, gold: Labels) -> tuple[float, Floats]:
    """Share of the encoder and offsets float32[8]: the best mean of both F1 on scores of unseen turns."""
    support = np.bincount(gold, minlength=linear.shape[1])
    best: tuple[float, float, Floats] | None = None
    for share in SHARES:
        scores = blend.mixed(linear, encoder, float(share))
        whole = balancing(scores.astype(np.float64), gold)
        for balance in BALANCES:
            offset = np.asarray(balance * whole, np.float32)
            guess = (scores + offset).argmax(axis=1)
            f1 = per_class(confusion(gold, guess))[2]
            bias = float(preferences(gold, guess).std())
            worth = 0.5 * float(f1.mean()) + 0.5 * float((f1 * support).sum() / support.sum())
            worth -= max(0.0, bias - MOST_BIAS)
            if best is None or worth > best[0]:
                best = (worth, float(share), offset)
    assert best is not None  # the grids are not empty
    return best[1], best[2]


def mind_files(state: Mapping[str, Floats], share: float, offset: Floats) -> dict[str, bytes]:
    """The graph and the heads with the mixture."""
    arrays = heads_of(state)
    arrays["extra.share"] = np.array([share], np.float32)
    arrays["extra.offset"] = offset
    return {"mind.onnx": graph(tower_of(state)), "mind_heads.npz": dump_heads(arrays)}


def kept(utterances: Sequence[Utterance], linear: Floats, encoder: Floats) -> bytes:
    """The mixed scores of models that were not trained on each utterance, by its key, as npz."""
    keys = np.array([key(one.text, one.before) for one in utterances], np.int64)
    scores = np.array([mixed(plain, deep) for plain, deep in zip(linear, encoder, strict=True)], np.float16)
    file = BytesIO()
    np.savez_compressed(file, keys=keys, scores=scores, allow_pickle=False)
    return file.getvalue()
