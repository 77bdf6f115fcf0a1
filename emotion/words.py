"""The emotion of the words: a small linear model over words and pairs, trained on GoEmotions (weights/CARD.md).

It reads English, as recognised: no case, no punctuation. A word after a negation is another word ("not happy" is not
happy). Phrases by which people wave a question away ("I'm fine, it's nothing") are a short list of our own. It does not
know irony, context of earlier turns, or what "fine" costs the person who says it: that is what the voice is for.
"""

from __future__ import annotations

import hashlib
import itertools
import json
import math
import re
import zipfile
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from io import BytesIO
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from warmline.emotion.types import LABELS
from warmline.speech.runtime.errors import CorruptWeights

FILE = "words_goemotions.npz"
_EMOTIONS = (
    "admiration amusement anger annoyance approval caring confusion curiosity desire disappointment disapproval disgust"
    " embarrassment excitement fear gratitude grief joy love nervousness optimism pride realization relief remorse"
    " sadness surprise neutral"
)
EMOTIONS = tuple(_EMOTIONS.split())
"""GoEmotions' labels in the order of its label ids."""

LABEL_OF: Mapping[str, str] = {
    **dict.fromkeys(("anger", "annoyance", "disapproval"), "angry"),
    "disgust": "disgusted",
    **dict.fromkeys(("fear", "nervousness"), "fearful"),
    **dict.fromkeys(("sadness", "disappointment", "embarrassment", "grief", "remorse"), "sad"),
    **dict.fromkeys(("surprise", "realization", "confusion", "curiosity"), "surprised"),
    "relief": "calm",
    "neutral": "neutral",
}
"""After the Ekman grouping of its authors (Demszky et al. 2020); everything else there is joy, and relief is calm."""

_POSITIVE = frozenset({"happy", "calm"})
_NEGATIVE = frozenset({"angry", "disgusted", "fearful", "sad"})
_NEGATIONS = frozenset({"not", "no", "never", "nobody", "nothing", "without", "hardly", "cannot", "neither", "nor"})
_REACH = 3
_TOKEN = re.compile(r"[a-z]+(?:'[a-z]+)*")

_WAVED_AWAY = re.compile(
    r"\b(?:i'm|i am|we're|it's|it is|that's|everything's|everything is|i'll be|i will be)\s+(?:just |really |all "
    r"|quite |totally |perfectly |doing )*(?:fine|ok|okay|alright|all right|good|great|nothing|no big deal)\b"
    r"|\b(?:don't worry about me|never mind|no big deal|nothing(?:'s| is) wrong|i can manage|i can't complain)\b"
)


@dataclass(frozen=True, slots=True)
class Wording:
    """What the words alone say. ``valence`` in [-1, 1]; ``labels``: probability by label, summing to 1; ``waved_away``:
    the person says that all is well; ``confidence`` in [0, 1]: low for few or unknown words."""

    valence: float
    labels: Mapping[str, float]
    waved_away: bool
    confidence: float


SILENT = Wording(0.0, MappingProxyType({label: 1.0 / len(LABELS) for label in LABELS}), False, 0.0)


@dataclass(frozen=True, slots=True)
class Words:
    """The model: ``keys`` uint32[V], the sorted CRC-32 of the known words and pairs; ``weight`` int8[V, 28], ``scale``
    and ``bias`` float32[28]. Emotions are judged one by one (a comment may carry several)."""

    keys: NDArray[np.uint32]
    weight: NDArray[np.int8]
    scale: NDArray[np.float32]
    bias: NDArray[np.float32]

    def read(self, text: str) -> Wording:
        """Never raises; text without a known word gives :data:`SILENT` (but keeps ``waved_away``)."""
        lowered = text.lower().replace("’", "'")
        waved_away = _WAVED_AWAY.search(lowered) is not None
        places = self.places(features(lowered))
        if not len(places):
            return Wording(0.0, SILENT.labels, waved_away, 0.0)
        labels = grouped(self.probabilities(places))
        valence = sum(labels[name] for name in _POSITIVE) - sum(labels[name] for name in _NEGATIVE)
        top = max(labels.values())
        confidence = top * min(1.0, math.sqrt(len(places) / 8.0))
        return Wording(float(valence), MappingProxyType(labels), waved_away, float(confidence))

    def places(self, found: Sequence[int]) -> NDArray[np.intp]:
        """Rows of ``weight`` for the features that are known."""
        wanted = np.asarray(found, np.uint32)
        at = np.minimum(np.searchsorted(self.keys, wanted), len(self.keys) - 1)
        return np.asarray(at[self.keys[at] == wanted], np.intp)

    def probabilities(self, places: NDArray[np.intp]) -> NDArray[np.float32]:
        """float32[28], each by itself, from distinct rows (as :meth:`places` gives)."""
        score = self.weight[places].sum(axis=0, dtype=np.int64) * self.scale / math.sqrt(max(1, len(places)))
        return np.asarray(1.0 / (1.0 + np.exp(-(score + self.bias))), np.float32)


def features(text: str) -> list[int]:
    """CRC-32 of the distinct words and pairs of lower-case ``text``; up to three words after a negation are marked."""
    marked, reach = [], 0
    for token in _TOKEN.findall(text):
        marked.append(f"not_{token}" if reach else token)
        reach = _REACH if token in _NEGATIONS or token.endswith("n't") else max(0, reach - 1)
    pairs = [f"{first} {second}" for first, second in itertools.pairwise(marked)]
    return sorted({zlib.crc32(item.encode()) for item in (*marked, *pairs)})


def grouped(probabilities: NDArray[np.float32]) -> dict[str, float]:
    """The 28 judged one by one as one distribution over our labels: the strongest of each group, then to sum 1."""
    strongest = dict.fromkeys(LABELS, 1e-3)
    for emotion, probability in zip(EMOTIONS, probabilities, strict=True):
        label = LABEL_OF.get(emotion, "happy")
        strongest[label] = max(strongest[label], float(probability))
    total = sum(strongest.values())
    return {label: value / total for label, value in strongest.items()}


@cache
def read_words() -> Words:
    """The shipped model, verified. Raises CorruptWeights."""
    folder = resources.files("warmline.emotion.weights")
    row = json.loads((folder / "heads.json").read_text(encoding="utf-8"))["words"]
    data = (folder / row["file"]).read_bytes()
    if hashlib.sha256(data).hexdigest() != row["sha256"]:
        raise CorruptWeights(f"the word model {row['file']} is damaged: install warmline again")
    return parse(data)


def parse(data: bytes) -> Words:
    """A model from the bytes of its npz. Raises CorruptWeights."""
    try:
        with np.load(BytesIO(data), allow_pickle=False) as arrays:
            return Words(arrays["keys"], arrays["weight"], arrays["scale"], arrays["bias"])
    except (ValueError, KeyError, OSError, zipfile.BadZipFile) as error:
        raise CorruptWeights(f"the word model is not one ({error}): install warmline again") from error
