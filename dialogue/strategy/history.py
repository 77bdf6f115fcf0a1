"""What the whole talk so far says about the next strategy: which were used, how often, how long ago. Pure.

The text parts read five lines only; this is what reaches further back.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from warmline.dialogue.classify.inputs import facts
from warmline.dialogue.strategy.context import Context
from warmline.dialogue.strategy.features import tokens
from warmline.dialogue.types import Strategy

STRATEGIES = tuple(Strategy)
LAST = 4
"""The latest strategies that are told one by one."""

NEVER = 30
FADE = 3.0
"""Replies after which a strategy's last use counts for about a third."""


def history(context: Context) -> NDArray[np.float32]:
    """float32[F]: use and recency of each strategy over the whole talk, the last few, how far it is, the last words."""
    past = [STRATEGIES.index(strategy) for strategy in context.past]
    kinds = len(STRATEGIES)
    counts = np.bincount(past, minlength=kinds).astype(np.float64)
    since = [
        len(past) - 1 - max(at for at, one in enumerate(past) if one == kind) if kind in past else NEVER
        for kind in range(kinds)
    ]
    latest = np.zeros((LAST, kinds + 1))
    for back in range(LAST):
        latest[back, past[-1 - back] if len(past) > back else kinds] = 1.0
    far = context.index / 20.0
    length = sum(len(tokens(text)) for text in context.pending)
    whole = [
        np.log1p(counts),
        counts / max(1, len(past)),
        np.exp(-np.array(since) / FADE),
        latest.ravel(),
        [np.log1p(context.index), far, far * far, len(context.pending), np.log1p(length)],
        facts(context)[0],
    ]
    return np.concatenate(whole).astype(np.float32)
