"""Temperatures and cuts, chosen on samples that the model was not trained on. numpy only."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from warmline.emotion.text.heads import sigmoid

Floats = NDArray[np.float32]
GRID = np.round(np.arange(0.04, 0.8, 0.02), 2)


def heat_for(scores: Floats, target: Floats) -> float:
    """The temperature with the least log-loss. ``scores``, ``target`` float32[n, K], one class each."""
    heats = np.geomspace(0.4, 3.0, 61)
    losses = []
    for heat in heats:
        logs = scores / heat
        logs = logs - logs.max(axis=1, keepdims=True)
        logs = logs - np.log(np.exp(logs).sum(axis=1, keepdims=True))
        losses.append(float(-(logs * target).sum(axis=1).mean()))
    return float(heats[int(np.argmin(losses))])


def cuts_for(chances: Floats, target: Floats, trust: float = 15.0) -> Floats:
    """For each class the cut with the best F1, drawn towards the cut that is best for all classes together where few
    samples speak for it. ``chances``, ``target`` float32[n, K]; ``trust``: samples that count as much as that prior."""
    common = GRID[int(np.argmax([_f1(chances >= cut, target > 0.5).mean() for cut in GRID]))]
    by_cut = np.array([_f1(chances >= cut, target > 0.5) for cut in GRID])
    # Neighbouring cuts are averaged, so that a lucky one does not win.
    smooth = np.array([by_cut[max(0, at - 2) : at + 3].mean(axis=0) for at in range(len(GRID))])
    best = GRID[smooth.argmax(axis=0)]
    seen = target.sum(axis=0)
    share = seen / (seen + trust)
    return np.asarray(share * best + (1.0 - share) * common, np.float32)


def cut_for(scores: Floats, truth: NDArray[np.bool_]) -> float:
    """The probability from which yes or no answers have the best mean of both F1. ``scores`` float32[n]."""
    chances = sigmoid(scores)
    found = []
    for cut in GRID:
        claimed = chances >= cut
        both = np.stack([claimed, ~claimed], axis=1), np.stack([truth, ~truth], axis=1)
        found.append(_f1(*both).mean())
    smooth = [float(np.mean(found[max(0, at - 1) : at + 2])) for at in range(len(GRID))]
    return float(GRID[int(np.argmax(smooth))])


def _f1(claimed: NDArray[np.bool_], truth: NDArray[np.bool_]) -> NDArray[np.float64]:
    hits = (claimed & truth).sum(axis=0)
    return np.asarray(2.0 * hits / np.maximum(1, claimed.sum(axis=0) + truth.sum(axis=0)), np.float64)
