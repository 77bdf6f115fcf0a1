"""The recipe of the word model: one logistic regression an emotion over words and pairs, quantised to 8 bits.

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
from warmline.emotion.words import EMOTIONS, FILE, Words, features, parse
from warmline.speech.runtime.errors import UnreadableInput


@dataclass(frozen=True, slots=True)
class Texts:
    """``features``: hashed words and pairs of each text; ``truth``: bool[n, 28]."""

    features: tuple[list[int], ...]
    truth: NDArray[np.bool_]


def read_texts(path: Path) -> Texts:
    """Raises UnreadableInput for a file that is no table of texts and label ids."""
    found, truth = [], []
    try:
        with path.open(encoding="utf-8", newline="") as lines:
            for row in csv.reader(lines, delimiter="\t", quoting=csv.QUOTE_NONE):
                found.append(features(row[0].lower().replace("’", "'")))
                ids = {int(item) for item in row[1].split(",")}
                truth.append([index in ids for index in range(len(EMOTIONS))])
    except (OSError, ValueError, IndexError, UnicodeDecodeError) as error:
        raise UnreadableInput(f"{path} is no table of text and label ids in GoEmotions' form: {error}") from error
    if not found:
        raise UnreadableInput(f"{path} is empty: a table of text and label ids is needed")
    return Texts(tuple(found), np.array(truth))


def fit_words(texts: Texts, strength: float = 4.0, least: int = 2, seed: int = 7) -> Words:
    """Train on ``texts``; ``strength`` is the inverse of the L2 penalty, ``least`` how often a feature must occur."""
    from sklearn.linear_model import LogisticRegression

    keys = vocabulary(texts, least)
    rows = matrix(texts, keys)
    weight = np.zeros((len(keys), len(EMOTIONS)), np.float32)
    bias = np.full(len(EMOTIONS), -6.0, np.float32)
    for index in range(len(EMOTIONS)):
        if texts.truth[:, index].any():
            model = LogisticRegression(C=strength, solver="liblinear", random_state=seed)
            model.fit(rows, texts.truth[:, index])
            weight[:, index], bias[index] = model.coef_[0], model.intercept_[0]
    scale = np.maximum(np.abs(weight).max(axis=0), 1e-6) / 127.0
    return Words(keys, np.round(weight / scale).astype(np.int8), scale.astype(np.float32), bias)


def vocabulary(texts: Texts, least: int) -> NDArray[np.uint32]:
    """Sorted features that occur in at least ``least`` texts."""
    every = np.concatenate([np.asarray(found, np.uint32) for found in texts.features])
    keys, counts = np.unique(every, return_counts=True)
    return np.asarray(keys[counts >= least], np.uint32)


def matrix(texts: Texts, keys: NDArray[np.uint32]) -> sparse.csr_matrix:
    """[n, len(keys)] rows of unit length over the known features."""
    index = Words(keys, np.zeros((len(keys), 0), np.int8), np.zeros(0, np.float32), np.zeros(0, np.float32))
    places = [index.places(found) for found in texts.features]
    lengths = [len(item) for item in places]
    values = np.repeat([1.0 / max(1, length) ** 0.5 for length in lengths], lengths).astype(np.float32)
    columns = np.concatenate(places)
    starts = np.concatenate([[0], np.cumsum(lengths)])
    return sparse.csr_matrix((values, columns, starts), shape=(len(lengths), len(keys)))


def macro_f1(words: Words, texts: Texts, cuts: NDArray[np.float32]) -> float:
    """Mean F1 of the 28 emotions, each present where its probability reaches its cut."""
    claimed = scores(words, texts) >= cuts
    hits = (claimed & texts.truth).sum(axis=0)
    return float(np.mean(2.0 * hits / np.maximum(1, claimed.sum(axis=0) + texts.truth.sum(axis=0))))


def scores(words: Words, texts: Texts) -> NDArray[np.float32]:
    """float32[n, 28]: probabilities of every text."""
    return np.array([words.probabilities(words.places(found)) for found in texts.features])


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
        path, allow_pickle=False, keys=words.keys, weight=words.weight, scale=words.scale, bias=words.bias
    )
    data = path.read_bytes()
    parse(data)
    return hashlib.sha256(data).hexdigest()


def make(train: Path, dev: Path, out: Path) -> float:
    """Train on one table, report macro-F1 on the other, write model, card and its line in heads.json to ``out``."""
    texts, unseen = read_texts(train), read_texts(dev)
    words = fit_words(texts)
    cuts = best_cuts(words, Texts(texts.features[:8000], texts.truth[:8000]))
    figure = macro_f1(words, unseen, cuts)
    out.mkdir(parents=True, exist_ok=True)
    path = out / FILE
    sha256 = save_words(words, path)
    card.list_weight(out, "words", path.name, sha256)
    text = (
        f"## words\n\nEmotion of the words: {len(EMOTIONS)} logistic regressions over {len(words.keys):,} words and "
        f"word pairs, 8 bits each; {path.stat().st_size:,} bytes; SHA-256 `{sha256}`.\n\n"
        f"Data: GoEmotions (Demszky et al. 2020), English comments from Reddit, Apache-2.0; {len(texts.features):,} of "
        f"`{train.name}`.\n\nOn {len(unseen.features):,} comments of `{dev.name}`: macro-F1 over 28 emotions "
        f"{figure:.3f} (cuts chosen on training data).\n\n"
        f"Command: `python -m warmline.emotion.training.words_fit {train.name} {dev.name} {out.name}`.\n\n"
        "What it cannot know: irony, earlier turns, speech as against comments; its raters and writers are a young,\n"
        "mostly American public. Not for judging people.\n"
    )
    card.write(out / "CARD.md", "words", text)
    return figure


if __name__ == "__main__":
    print(f"macro-F1 {make(Path(sys.argv[1]), Path(sys.argv[2]), Path(sys.argv[3])):.3f}")
