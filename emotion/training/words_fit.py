"""The recipe of the word model: one logistic regression an emotion over hashed words, quantised to 8 bits.

``fit_words`` reads GoEmotions' own table (text, label ids, comment id; tab-separated, no header) and any of that form.
scikit-learn is imported inside, because only recipes need it.
"""

from __future__ import annotations

import csv
import hashlib
import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from warmline.emotion.training import card
from warmline.emotion.words import BUCKETS, EMOTIONS, FILE, Words, buckets, parse
from warmline.speech.runtime.errors import UnreadableInput


@dataclass(frozen=True, slots=True)
class Texts:
    """``places``: hashed buckets of each text; ``truth``: bool[n, 28]."""

    places: tuple[list[int], ...]
    truth: NDArray[np.bool_]


def read_texts(path: Path) -> Texts:
    """Raises UnreadableInput for a file that is no table of texts and label ids."""
    places, truth = [], []
    try:
        with path.open(encoding="utf-8", newline="") as lines:
            for row in csv.reader(lines, delimiter="\t", quoting=csv.QUOTE_NONE):
                places.append(buckets(row[0].lower().replace("’", "'")))
                ids = {int(item) for item in row[1].split(",")}
                truth.append([index in ids for index in range(len(EMOTIONS))])
    except (OSError, ValueError, IndexError, UnicodeDecodeError) as error:
        raise UnreadableInput(f"{path} is no table of text and label ids in GoEmotions' form: {error}") from error
    if not places:
        raise UnreadableInput(f"{path} is empty: a table of text and label ids is needed")
    return Texts(tuple(places), np.array(truth))


def fit_words(texts: Texts, strength: float = 2.0, seed: int = 7) -> Words:
    """Train on ``texts``; ``strength`` is the inverse of the L2 penalty."""
    from sklearn.linear_model import LogisticRegression

    rows = matrix(texts)
    weight = np.zeros((BUCKETS, len(EMOTIONS)), np.float32)
    bias = np.full(len(EMOTIONS), -6.0, np.float32)
    for index in range(len(EMOTIONS)):
        if texts.truth[:, index].any():
            model = LogisticRegression(C=strength, solver="liblinear", random_state=seed)
            model.fit(rows, texts.truth[:, index])
            weight[:, index], bias[index] = model.coef_[0], model.intercept_[0]
    scale = np.maximum(np.abs(weight).max(axis=0), 1e-6) / 127.0
    seen = np.asarray(rows.getnnz(axis=0) > 0).reshape(-1)
    return Words(np.round(weight / scale).astype(np.int8), scale.astype(np.float32), bias, seen)


def matrix(texts: Texts) -> sparse.csr_matrix:
    """[n, BUCKETS] rows of unit length."""
    lengths = [len(places) for places in texts.places]
    values = np.repeat([1.0 / max(1, length) ** 0.5 for length in lengths], lengths).astype(np.float32)
    columns = np.fromiter((place for places in texts.places for place in places), np.int64, sum(lengths))
    starts = np.concatenate([[0], np.cumsum(lengths)])
    return sparse.csr_matrix((values, columns, starts), shape=(len(lengths), BUCKETS))


def macro_f1(words: Words, texts: Texts, cuts: NDArray[np.float32]) -> float:
    """Mean F1 of the 28 emotions, each present where its probability reaches its cut."""
    claimed = scores(words, texts) >= cuts
    hits = (claimed & texts.truth).sum(axis=0)
    return float(np.mean(2.0 * hits / np.maximum(1, claimed.sum(axis=0) + texts.truth.sum(axis=0))))


def scores(words: Words, texts: Texts) -> NDArray[np.float32]:
    """float32[n, 28]: probabilities of every text."""
    return np.array([words.probabilities(places) for places in texts.places])


def best_cuts(words: Words, texts: Texts) -> NDArray[np.float32]:
    """For each emotion the cut with the highest F1 on ``texts`` (choose on training data, report on other)."""
    found = scores(words, texts)
    cuts = np.zeros(len(EMOTIONS), np.float32)
    for index in range(len(EMOTIONS)):
        grid = np.linspace(0.02, 0.7, 35)
        claimed = found[:, index, None] >= grid
        truth = texts.truth[:, index, None]
        f1 = 2.0 * (claimed & truth).sum(axis=0) / np.maximum(1, claimed.sum(axis=0) + truth.sum())
        cuts[index] = grid[int(f1.argmax())]
    return cuts


def save_words(words: Words, path: Path) -> str:
    """Write the model as npz; returns its SHA-256."""
    np.savez_compressed(
        path, allow_pickle=False, weight=words.weight, scale=words.scale, bias=words.bias, seen=np.packbits(words.seen)
    )
    data = path.read_bytes()
    parse(data)
    return hashlib.sha256(data).hexdigest()


def make(train: Path, dev: Path, out: Path) -> float:
    """Train on one table, report macro-F1 on the other, write model, card and its line in heads.json to ``out``."""
    texts, unseen = read_texts(train), read_texts(dev)
    words = fit_words(texts)
    cuts = best_cuts(words, Texts(texts.places[:8000], texts.truth[:8000]))
    figure = macro_f1(words, unseen, cuts)
    path = out / FILE
    sha256 = save_words(words, path)
    card.list_weight(out, "words", path.name, sha256)
    text = (
        f"## words\n\nEmotion of the words: {len(EMOTIONS)} logistic regressions over {BUCKETS:,} hashed words and "
        f"word pairs, 8 bits each; {path.stat().st_size:,} bytes; SHA-256 `{sha256}`.\n\n"
        f"Data: GoEmotions (Demszky et al. 2020), English comments from Reddit, Apache-2.0; {len(texts.places):,} of "
        f"`{train.name}`.\n\nOn {len(unseen.places):,} comments of `{dev.name}`: macro-F1 over 28 emotions "
        f"{figure:.3f} (cuts chosen on training data).\n\n"
        f"Command: `python -m warmline.emotion.training.words_fit {train.name} {dev.name} {out.name}`.\n\n"
        "What it cannot know: irony, earlier turns, speech as against comments; its raters and writers are a young,\n"
        "mostly American public. Not for judging people.\n"
    )
    card.write(out / "CARD.md", "words", text)
    return figure


if __name__ == "__main__":
    print(f"macro-F1 {make(Path(sys.argv[1]), Path(sys.argv[2]), Path(sys.argv[3])):.3f}")
