"""From a trained state to the mind's files: graph, heads, the mixture with the linear models, kept scores. No torch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from io import BytesIO

import numpy as np
from numpy.typing import NDArray

from warmline.dialogue.classify.acts import mixed
from warmline.dialogue.classify.codes import LINEAR_SHARE, key
from warmline.dialogue.classify.corpora import Utterance
from warmline.dialogue.strategy.training.fit import balancing
from warmline.emotion.text.heads import dump_heads
from warmline.emotion.text.training.assemble import heads_of, tower_of
from warmline.emotion.text.training.export import graph

Floats = NDArray[np.float32]
Labels = NDArray[np.int64]
STRENGTH = 0.02
SCALE = 0.3
"""History is standardised to this spread, so that the penalty weighs on it more than on the text parts."""


def stack(rows: Floats, gold: Labels, parts: Labels) -> dict[str, Floats]:
    """The planner's small layer, as arrays of a head named next_stack. ``rows`` [n, 16 + F]: what
    :func:`~warmline.dialogue.strategy.blend.row` gives, from scores of text parts that were not trained on each turn;
    ``parts``: int[n], dialogues kept together, for the offsets. Needs scikit-learn."""
    mean, spread = rows.mean(axis=0), rows.std(axis=0) + 1e-6
    mean[:16], spread[:16] = 0.0, SCALE
    ready = (rows - mean) / spread * SCALE
    unseen = np.zeros((len(gold), int(gold.max()) + 1))
    for part in np.unique(parts):
        weight, bias = _regression(ready[parts != part], gold[parts != part])
        unseen[parts == part] = ready[parts == part] @ weight.T + bias
    weight, bias = _regression(ready, gold)
    folded = weight * SCALE / spread
    return {
        "next_stack.weight": folded.astype(np.float32),
        "next_stack.bias": (bias - folded @ mean).astype(np.float32),
        "next_stack.shift": balancing(unseen, gold).astype(np.float32),
    }


def _regression(rows: Floats, gold: Labels) -> tuple[Floats, Floats]:
    from sklearn.linear_model import LogisticRegression

    model = LogisticRegression(C=STRENGTH, max_iter=2000, tol=1e-3).fit(rows, gold)
    return model.coef_, model.intercept_


def mind_files(state: Mapping[str, Floats], more: Mapping[str, Floats]) -> dict[str, bytes]:
    """The graph, and its heads with ``more`` arrays of the same form."""
    return {"mind.onnx": graph(tower_of(state)), "mind_heads.npz": dump_heads({**heads_of(state), **more})}


def kept(utterances: Sequence[Utterance], linear: Floats, encoder: Floats) -> bytes:
    """The mixed scores of models that were not trained on each utterance, by its key, as npz."""
    keys = np.array([key(one.text, one.before) for one in utterances], np.int64)
    scores = np.array(
        [mixed(plain, deep, LINEAR_SHARE) for plain, deep in zip(linear, encoder, strict=True)], np.float16
    )
    file = BytesIO()
    np.savez_compressed(file, keys=keys, scores=scores, allow_pickle=False)
    return file.getvalue()
