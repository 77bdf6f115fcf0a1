"""Questions about words, answered by the text encoder: which emotion, and which words carry its cause.

One pass of about 4 ms a question on one thread. Weights: ``weights/CARD.md``. English; it has read sitcom dialogue,
daily conversation and comments, and support talks without labels. It does not know irony reliably.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from functools import cache
from importlib import resources
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from warmline.emotion.text import inputs
from warmline.emotion.text.corpora import Talk
from warmline.emotion.text.encoder import Encoder, Table, build, parse_table, pooled
from warmline.emotion.text.heads import Heads, parse_heads, sigmoid, softmax
from warmline.speech.runtime.errors import CorruptWeights, MissingWeights

Floats = NDArray[np.float32]
PACKAGE = "warmline.emotion.text.weights"


@dataclass(frozen=True, slots=True)
class Cause:
    """A line that carries the cause: its place in the talk, how likely, and the words of it that do ("" for none)."""

    place: int
    probability: float
    words: str


@dataclass(frozen=True, slots=True)
class Reader:
    """The encoder with its heads. Holds no state but its weights; never raises on odd text."""

    encoder: Encoder
    heads: Heads

    @property
    def cuts(self) -> Floats:
        """float32[28]: from which mixed probability each of GoEmotions' emotions is claimed."""
        return self.heads.extra["cuts"]

    @property
    def cause_cut(self) -> float:
        """From this probability a line carries the cause."""
        return float(self.heads.extra["cause_cut"][0])

    def emotion(self, talk: Talk, place: int) -> Floats:
        """Probability of each of MELD's seven emotions at ``place``, given the lines before it."""
        packed = inputs.spoken(self.encoder.table.pieces, talk, place)
        row = pooled(self.encoder.run(packed), packed.spans[0])
        return softmax(self.heads.of["meld"].scores(row))

    def comment_scores(self, text: str) -> Floats:
        """Log-odds of each of GoEmotions' 28, each by itself."""
        packed = inputs.comment(self.encoder.table.pieces, text)
        return self.heads.of["goemo"].scores(pooled(self.encoder.run(packed), packed.spans[0]))

    def lines(self, talk: Talk, place: int, emotion: str) -> tuple[Floats, Floats]:
        """Chance of each line from ``place`` backwards to carry the cause (float32[lines], as far as there is room),
        and the chance of each token of the sequence to be of the words that do."""
        packed = inputs.causes(self.encoder.table.pieces, talk, place, emotion)
        hidden = self.encoder.run(packed)
        facts = inputs.cause_facts(talk, place, len(packed.spans))
        rows = np.stack(
            [np.concatenate([pooled(hidden, span), fact]) for span, fact in zip(packed.spans, facts, strict=True)]
        )
        return (
            sigmoid(self.heads.of["cause"].scores(rows))[:, 0],
            sigmoid(self.heads.of["cause_token"].scores(hidden))[:, 0],
        )

    def causes(self, talk: Talk, place: int, emotion: str = "") -> tuple[Cause, ...]:
        """The lines that carry the cause of the emotion at ``place``, likeliest first."""
        pieces = self.encoder.table.pieces
        packed = inputs.causes(pieces, talk, place, emotion)
        chances, inside = self.lines(talk, place, emotion)
        found = []
        for back, chance in enumerate(chances.tolist()):
            if chance >= self.cause_cut:
                start, end = packed.spans[back]
                text = talk[place - back].text
                words = span_of(text, pieces.offsets(text, end - start), inside[start:end])
                found.append(Cause(place - back, chance, words))
        return tuple(sorted(found, key=lambda cause: -cause.probability))


def span_of(text: str, offsets: list[tuple[int, int]], inside: Floats) -> str:
    """The words of ``text`` from the first to the last token that is likely inside, whole words only."""
    chosen = np.flatnonzero(inside[: len(offsets)] >= 0.5)
    if not len(chosen):
        return ""
    start, end = offsets[int(chosen[0])][0], offsets[int(chosen[-1])][1]
    while start > 0 and not text[start - 1].isspace():
        start -= 1
    while end < len(text) and not text[end].isspace():
        end += 1
    return text[start:end].strip(" ,.;:!?-")


@cache
def table() -> Table:
    """The shipped table of word embeddings, verified; shared by every encoder in the house."""
    return parse_table(verified(shipped_folder(PACKAGE), "embeddings.npz").read_bytes())


@cache
def shipped() -> Reader:
    """The shipped reader, verified. Raises MissingWeights or CorruptWeights."""
    return load(shipped_folder(PACKAGE), table())


def load(folder: Path, words: Table | None = None) -> Reader:
    """A reader from a folder that ``warmline train words`` wrote. Raises MissingWeights or CorruptWeights."""
    words = parse_table(verified(folder, "embeddings.npz").read_bytes()) if words is None else words
    heads = parse_heads(verified(folder, "words_heads.npz").read_bytes())
    return Reader(build(words, heads.places, heads.types, verified(folder, "words.onnx")), heads)


def shipped_folder(package: str) -> Path:
    """Where an installed package of weights lies."""
    return Path(str(resources.files(package)))


def verified(folder: Path, name: str) -> Path:
    """A file of a folder of weights that has the SHA-256 its files.json states."""
    path = folder / name
    try:
        wanted = json.loads((folder / "files.json").read_text(encoding="utf-8")).get(name)
        found = hashlib.sha256(path.read_bytes()).hexdigest()
    except (OSError, ValueError, AttributeError) as error:
        raise MissingWeights(f"{name} is not in {folder.name}: install warmline again, or train it anew") from error
    if found != wanted:
        raise CorruptWeights(f"{name} is damaged: install warmline again")
    return path
