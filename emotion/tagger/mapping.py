"""From a foreign model's labels to ours, with reasons. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from warmline.emotion.training.corpora import LABEL_OF
from warmline.emotion.types import LABELS
from warmline.speech.runtime.errors import SettingsError

ALSO: Mapping[str, str] = {
    **LABEL_OF,
    # words that models on the hub use, and no corpus of ours
    "annoyed": "angry",
    "scared": "fearful",
    "exc": "happy",
}
"""Lower-case label to ours: the table of the corpora, with its reasons, and a few more. What means none of ours
(boredom, contempt, "other") gives its probability to all evenly, as doubt."""

AXES = ("arousal", "dominance", "valence")


@dataclass(frozen=True, slots=True)
class LabelMap:
    """``rows``: for each of the model's labels the place in LABELS, -1 for none; ``theirs``: its own names."""

    theirs: tuple[str, ...]
    rows: tuple[int, ...]

    def shares(self, probabilities: NDArray[np.float64]) -> NDArray[np.float64]:
        """float64[8] over LABELS, summing to 1: what means none of ours is doubt, spread evenly."""
        found = np.zeros(len(LABELS))
        for row, probability in zip(self.rows, probabilities, strict=True):
            if row >= 0:
                found[row] += probability
            else:
                found += probability / len(LABELS)
        return found / max(1e-12, float(found.sum()))


def label_map(theirs: Sequence[str], given: Sequence[str] = ()) -> LabelMap:
    """``given``: pairs "theirs=ours" that add to the table and stand over it ("=": none of ours).

    Raises SettingsError for a pair that names no label, and when fewer than two labels mean one of ours."""
    own = dict(_pair(pair, theirs) for pair in given)
    rows = []
    for name in theirs:
        word = name.strip().lower()
        meant = own.get(word, ALSO.get(word, ""))
        rows.append(LABELS.index(meant) if meant else -1)
    if len({row for row in rows if row >= 0}) < 2:
        raise SettingsError(
            f"of this model's labels ({', '.join(theirs)}) fewer than two mean one of ours: say which with "
            'tagger.labels, such as ["LABEL_0=angry", "LABEL_1=neutral"]'
        )
    return LabelMap(tuple(theirs), tuple(rows))


def axes_of(theirs: Sequence[str]) -> tuple[int, int, int] | None:
    """The columns of valence, arousal and dominance where these are all that a model gives; else None."""
    words = [name.strip().lower() for name in theirs]
    if sorted(words) != sorted(AXES):
        return None
    return words.index("valence"), words.index("arousal"), words.index("dominance")


def _pair(pair: str, theirs: Sequence[str]) -> tuple[str, str]:
    name, sign, meant = (part.strip() for part in pair.partition("="))
    if not sign or (meant and meant not in LABELS):
        raise SettingsError(f"tagger.labels has {pair!r}: write theirs=ours, ours being one of {', '.join(LABELS)}")
    if name.lower() not in {label.strip().lower() for label in theirs}:
        raise SettingsError(f"tagger.labels has {pair!r}, and the model has no label {name!r}: {', '.join(theirs)}")
    return name.lower(), meant
