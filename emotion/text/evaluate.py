"""Figures of readings of words: F1, calibration, and causes line by line. Pure; no models here."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

BINS = 10
Floats = NDArray[np.float32]
Bools = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Figures:
    """Rates in [0, 1]; ``f1`` by class; ``ece``: expected calibration error of the top class, ten even bins."""

    n: int
    accuracy: float
    weighted_f1: float
    macro_f1: float
    ece: float
    f1: tuple[float, ...]


def single(chances: Floats, truth: NDArray[np.int64]) -> Figures:
    """One class each. ``chances`` float32[n, K]. Macro-F1 is over the classes that occur in truth or prediction."""
    classes = chances.shape[1]
    guess = chances.argmax(axis=1)
    every = np.eye(classes, dtype=bool)
    return _figures(every[guess], every[truth], chances.max(axis=1), guess == truth, present_only=True)


def multi(chances: Floats, claimed: Bools, truth: Bools) -> Figures:
    """Several classes each. Accuracy is that of the likeliest class being among the true ones, and so is its
    calibration; macro-F1 is over all classes."""
    top = chances.argmax(axis=1)
    return _figures(claimed, truth, chances.max(axis=1), truth[np.arange(len(truth)), top], present_only=False)


def _figures(claimed: Bools, truth: Bools, confidence: Floats, right: Bools, *, present_only: bool) -> Figures:
    f1 = f1_by_class(claimed, truth)
    support = truth.sum(axis=0)
    kept = f1[(support + claimed.sum(axis=0)) > 0] if present_only else f1
    return Figures(
        n=len(truth),
        accuracy=float(right.mean()),
        weighted_f1=float((f1 * support).sum() / max(1, support.sum())),
        macro_f1=float(kept.mean()),
        ece=calibration_error(confidence, right),
        f1=tuple(f1.tolist()),
    )


def f1_by_class(claimed: Bools, truth: Bools) -> NDArray[np.float64]:
    """float64[K]; 0 for a class that neither occurs nor is claimed."""
    hits = (claimed & truth).sum(axis=0)
    both = claimed.sum(axis=0) + truth.sum(axis=0)
    return np.asarray(2.0 * hits / np.maximum(1, both), np.float64)


def calibration_error(confidence: Floats, right: Bools) -> float:
    bins = np.minimum((confidence * BINS).astype(int), BINS - 1)
    gaps = [
        abs(float(confidence[bins == one].mean()) - float(right[bins == one].mean())) * float((bins == one).mean())
        for one in np.unique(bins)
    ]
    return float(np.sum(gaps))
