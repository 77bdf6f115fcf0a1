"""The recipe of the constants of :mod:`warmline.emotion.fusion`: masses and offset of disagreement.

Readings of voices (by a head that was trained without their speakers) are paired with readings of sentences whose side
is known; a logistic regression over the nine joint masses says how likely a pair disagrees. Needs scikit-learn.

    python -m warmline.emotion.training.fusion_fit VOICES.npz SENTENCES.tsv

VOICES.npz: ``chances`` float[n, 8] over LABELS and ``labels`` int[n]. SENTENCES.tsv: side, text (other sentences than
those that the flag is measured on).
"""

from __future__ import annotations

import csv
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from warmline.emotion.fusion import Sides, voice_sides, word_sides
from warmline.emotion.training.disagreement import disagrees
from warmline.emotion.types import LABELS
from warmline.emotion.words_in_context import read_in_context

_VOICE = {"sad": "negative", "angry": "negative", "happy": "positive", "neutral": "neutral", "calm": "neutral"}


def fit(
    voices: Sequence[tuple[str, Sides]], words: Sequence[tuple[str, Sides]], each: int = 8, seed: int = 0
) -> tuple[NDArray[np.float64], float]:
    """Weights float64[3, 3] of the joint masses, and the offset, from ``each`` sentences a voice."""
    from sklearn.linear_model import LogisticRegression

    rng = np.random.default_rng(seed)
    rows, truth = [], []
    for label, voice in voices:
        for at in rng.permutation(len(words))[:each].tolist():
            side, said = words[at]
            verdict = disagrees(_VOICE[label], side) if label in _VOICE else None
            if verdict is not None:
                rows.append(np.outer(voice.shares, said.shares).ravel())
                truth.append(verdict)
    model = LogisticRegression(C=1.0, class_weight="balanced", max_iter=500).fit(np.array(rows), truth)
    return model.coef_[0].reshape(3, 3), float(model.intercept_[0])


def main(voices: Path, sentences: Path) -> None:
    with np.load(voices) as stored:
        heard = [
            (LABELS[int(label)], voice_sides(dict(zip(LABELS, row.tolist(), strict=True))))
            for label, row in zip(stored["labels"], stored["chances"], strict=True)
        ]
    model = read_in_context()
    with sentences.open(encoding="utf-8", newline="") as lines:
        said = [(side, word_sides(model.read(text))) for side, text in csv.reader(lines, delimiter="\t")]
    masses, offset = fit(heard, said)
    print(np.round(masses, 2).tolist(), round(offset, 2))


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
