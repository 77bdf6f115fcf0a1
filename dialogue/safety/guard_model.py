"""The guard's second reader: does a sentence of a reply read like one that must not be said, and of which kind.

Whether it is one says the encoder of the screen, which was trained for that as well (``risk_reader.py``); which kind,
a linear model over letters and the encoder's row (``sense.py``, ``guard_weights/``). It stands behind the rules and
only ever adds. A text is read sentence by sentence, so that a harmless beginning does not hide what follows; a sentence
that was read is remembered, because a reply is checked again with every piece that joins it. It does not know what the
caller said.
"""

from __future__ import annotations

import hashlib
import json
import re
from functools import cache, lru_cache

from warmline.dialogue.safety import risk_reader
from warmline.dialogue.safety.folded import is_han
from warmline.dialogue.safety.sense import Sense, parse
from warmline.emotion.text.reader import shipped_folder, verified
from warmline.speech.runtime.errors import CorruptWeights

PACKAGE = "warmline.dialogue.safety.guard_weights"
HARMFUL = "harmful"
"""The encoder's question that decides."""

_FEWEST = 5
"""Words of a sentence that the encoder is asked about: shorter ones are left to the rules."""

_SENTENCE = re.compile(r"(?<=[.!?…])\s+|(?<=[。！？])")


@cache
def shipped() -> Sense:
    """The shipped model, verified, with the screen's encoder. Raises MissingWeights or CorruptWeights."""
    folder = shipped_folder(PACKAGE)
    data = verified(folder, "guard.npz").read_bytes()
    made_for = json.loads((folder / "files.json").read_text(encoding="utf-8")).get("encoder")
    if made_for != encoder_sum():
        raise CorruptWeights("the guard's model is for another encoder: warmline train safety --part guard")
    return parse(data, risk_reader.shipped())


def encoder_sum() -> str:
    """One SHA-256 over those that the screen's encoder states of its layers and of what was added to them."""
    stated = json.loads((shipped_folder(risk_reader.PACKAGE) / "files.json").read_text(encoding="utf-8"))
    parts = (stated["screen.onnx"], stated.get(risk_reader.ADDITIONS, ""))
    return hashlib.sha256("".join(parts).encode()).hexdigest()


def kind_of(text: str) -> str:
    """The likeliest kind of harm in the first sentence that reaches the cut-off, "" where none does."""
    return next((kind for one in split(text) if (kind := _kind(one))), "")


def split(text: str) -> list[str]:
    """The sentences of a reply, the last perhaps unfinished."""
    return [part.strip() for part in _SENTENCE.split(text) if re.search(r"\w", part)]


@lru_cache(maxsize=512)
def _kind(sentence: str) -> str:
    if not is_han(sentence) and len(sentence.split()) < _FEWEST:
        return ""
    reader = risk_reader.shipped()
    if reader.read(sentence)[HARMFUL] < reader.cuts[HARMFUL]:
        return ""
    found = shipped().read(sentence)
    return max(found, key=lambda name: found[name])
