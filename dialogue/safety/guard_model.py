"""The guard's second reader: does a sentence of a reply read like one that must not be said, and of which kind.

It reads hashed runs of letters and words, and the row of the screen's encoder (``sense.py``).
It stands behind the rules and only ever adds. A text is read sentence by sentence, so that a harmless beginning does
not hide what follows; a sentence that was read is remembered, because a reply is checked again with every piece that
joins it. Weights and card: ``guard_weights/``. It does not know what the caller said.
"""

from __future__ import annotations

import json
import re
from functools import cache, lru_cache

from warmline.dialogue.safety import risk_reader
from warmline.dialogue.safety.sense import Sense, parse
from warmline.emotion.text.reader import shipped_folder, verified
from warmline.speech.runtime.errors import CorruptWeights

PACKAGE = "warmline.dialogue.safety.guard_weights"
HARM, ELSEWHERE = "harm", "harm elsewhere"
"""The two questions that decide: of English, and of Spanish, German and Chinese. The other labels name the kind."""

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
    """The SHA-256 that the screen's encoder states of itself."""
    text = (shipped_folder(risk_reader.PACKAGE) / "files.json").read_text(encoding="utf-8")
    return str(json.loads(text)["screen.onnx"])


def kind_of(text: str, english: bool) -> str:
    """The likeliest kind of harm in the sentence that reads worst, "" where none reaches its cut-off."""
    return next((kind for one in sentences(text) if (kind := _kind(one, english))), "")


def sentences(text: str) -> list[str]:
    """The sentences of a reply, the last perhaps unfinished."""
    return [part.strip() for part in _SENTENCE.split(text) if re.search(r"\w", part)]


@lru_cache(maxsize=512)
def _kind(sentence: str, english: bool) -> str:
    model = shipped()
    found = model.read(sentence)
    label = HARM if english else ELSEWHERE
    if found[label] < model.cuts[label]:
        return ""
    return max((name for name in found if name not in (HARM, ELSEWHERE)), key=lambda name: found[name])
