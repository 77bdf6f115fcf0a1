"""What a text reads like, by a small trained model: hashed runs of letters and words, and the row of the screen's
encoder. It backs rules up where words were chosen otherwise than a rule foresaw.

It gives probabilities and no reasons beyond the label's name; thresholds are the caller's.
"""

from __future__ import annotations

import itertools
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from io import BytesIO
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from warmline.dialogue.safety.folded import folded, is_han
from warmline.dialogue.safety.risk_reader import RiskReader
from warmline.speech.runtime.errors import CorruptWeights

Floats = NDArray[np.float32]
BUCKETS = 1 << 15
LONGEST = 400
"""Letters read of a text; of a longer one the first and the last 200."""


@dataclass(frozen=True, slots=True)
class Sense:
    """``labels``: names of the K answers, each its own yes or no. ``weights`` int8[BUCKETS, K] times ``scale``
    float32[K]; ``deep`` float32[E, K] on the encoder's row, centred by ``centre`` and divided by ``spread``
    float32[E]; ``bias`` float32[K]. ``encoder`` None where its weights are not to be had: then runs of letters decide
    alone. ``cuts``: from which probability each label counts, chosen on folds of the training set."""

    labels: tuple[str, ...]
    weights: NDArray[np.int8]
    scale: Floats
    deep: Floats
    centre: Floats
    spread: Floats
    bias: Floats
    cuts: Mapping[str, float]
    encoder: RiskReader | None = None

    def read(self, text: str) -> Mapping[str, float]:
        """Probability by label. Never raises on odd text; about 3 ms, most of it the encoder."""
        where, value = sparse(text)
        scores = (value @ self.weights[where].astype(np.float32)) * self.scale + self.bias
        row = deep(text, self.encoder)
        if row is not None and len(self.centre) == len(row):
            scores = scores + ((row - self.centre) / self.spread) @ self.deep
        chances = 1.0 / (1.0 + np.exp(-np.clip(scores.astype(np.float64), -30.0, 30.0)))
        return dict(zip(self.labels, chances.tolist(), strict=True))


def deep(text: str, encoder: RiskReader | None) -> Floats | None:
    """The encoder's row for a text, float32[E]; None without an encoder, and for nothing."""
    if encoder is None or not text.strip():
        return None
    return encoder.row(_clipped(text))


def sparse(text: str) -> tuple[NDArray[np.int32], Floats]:
    """Buckets and values of a text: runs of letters within and across words, words, and pairs of words; norm 1 each."""
    plain = _clipped(folded(text)).replace(" . ", " ")
    sizes: Sequence[int] = (1, 2, 3, 4) if is_han(plain) else (3, 4, 5)
    words = plain.split()
    fields = (
        [f"c:{plain[at : at + size]}" for size in sizes for at in range(len(plain) - size + 1)],
        [f"w:{word}" for word in words] + [f"p:{one} {two}" for one, two in itertools.pairwise(["^", *words, "$"])],
    )
    where: list[int] = []
    value: list[float] = []
    for grams in fields:
        counts: dict[int, int] = {}
        for gram in grams:
            spot = crc32(gram.encode()) % BUCKETS
            counts[spot] = counts.get(spot, 0) + 1
        if counts:
            sizes_ = np.log1p(np.fromiter(counts.values(), np.float64, len(counts)))
            where.extend(counts)
            value.extend((sizes_ / np.linalg.norm(sizes_)).tolist())
    return np.asarray(where, np.int32), np.asarray(value, np.float32)


def parse(data: bytes, encoder: RiskReader | None = None) -> Sense:
    """A model from the bytes of its npz. Raises CorruptWeights."""
    try:
        with np.load(BytesIO(data), allow_pickle=False) as kept:
            labels = tuple(str(name) for name in kept["labels"])
            found = Sense(
                labels,
                kept["weights"],
                kept["scale"].astype(np.float32),
                kept["deep"].astype(np.float32),
                kept["centre"].astype(np.float32),
                kept["spread"].astype(np.float32),
                kept["bias"].astype(np.float32),
                dict(zip(labels, kept["cuts"].tolist(), strict=True)),
                encoder,
            )
    except (KeyError, ValueError, OSError, zipfile.BadZipFile) as error:
        raise CorruptWeights(f"this is no safety model ({error}): install warmline again") from error
    if found.weights.shape != (BUCKETS, len(labels)) or found.deep.shape[1] != len(labels):
        raise CorruptWeights("the safety model was made for other features: install warmline again")
    return found


def dump(model: Sense) -> bytes:
    """The bytes of its npz."""
    file = BytesIO()
    np.savez_compressed(
        file,
        labels=np.array(model.labels),
        weights=model.weights,
        scale=model.scale,
        deep=model.deep.astype(np.float16),
        centre=model.centre,
        spread=model.spread,
        bias=model.bias,
        cuts=np.array([model.cuts[name] for name in model.labels]),
        allow_pickle=False,
    )
    return file.getvalue()


def _clipped(text: str) -> str:
    return text if len(text) <= LONGEST else f"{text[: LONGEST // 2]} {text[-LONGEST // 2 :]}"
