"""Where the labels lie in valence, arousal and dominance: derived figures, not heard ones.

The places are mean ratings of the emotion words by Russell and Mehrabian (1977, "Evidence for a three-factor theory of
emotions"), as commonly tabulated; the first two axes are Russell's circumplex (1980). Neutral is the origin. Calm is
half of their "relaxed": corpora record it as a second baseline, not as pleasure. It does not know what the person
feels, and two people use one word for different places.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from warmline.emotion.types import LABELS


@dataclass(frozen=True, slots=True)
class Place:
    """A point, each axis in [-1, 1]."""

    valence: float
    arousal: float
    dominance: float


PLACES: Mapping[str, Place] = {
    "neutral": Place(0.0, 0.0, 0.0),
    "calm": Place(0.34, -0.23, 0.10),
    "happy": Place(0.76, 0.48, 0.35),
    "sad": Place(-0.63, -0.27, -0.33),
    "angry": Place(-0.51, 0.59, 0.25),
    "fearful": Place(-0.64, 0.60, -0.43),
    "disgusted": Place(-0.60, 0.35, 0.11),
    "surprised": Place(0.40, 0.67, -0.13),
}

NEGATIVE = frozenset({"sad", "angry", "fearful", "disgusted"})
POSITIVE = frozenset({"happy", "calm"})


def place(labels: Mapping[str, float]) -> Place:
    """The mean place under probabilities by label (missing labels count 0)."""
    weights = [max(0.0, labels.get(label, 0.0)) for label in LABELS]
    total = sum(weights)
    if total <= 0.0:
        return Place(0.0, 0.0, 0.0)
    places = [PLACES[label] for label in LABELS]
    return Place(
        sum(weight * at.valence for weight, at in zip(weights, places, strict=True)) / total,
        sum(weight * at.arousal for weight, at in zip(weights, places, strict=True)) / total,
        sum(weight * at.dominance for weight, at in zip(weights, places, strict=True)) / total,
    )


def blended_arousal(from_labels: float, high: float) -> float:
    """Arousal in [-1, 1] from the labels' mean and ``high``, the acoustic probability of high arousal, half and half.

    The acoustic half survives a change of corpus and language better than the labels do, so it has an equal say.
    """
    return max(-1.0, min(1.0, 0.5 * from_labels + 0.5 * (2.0 * high - 1.0)))
