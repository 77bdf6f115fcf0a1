"""The guard's second reader: does a sentence of a reply read like one that must not be said, and of which kind.

The same features as the screen's (``sense.py``): hashed runs of letters and words, and the mind's sentence encoder.
It stands behind the rules and only ever adds. A text is read sentence by sentence, so that a harmless beginning does
not hide what follows; a sentence that was read is remembered, because a reply is checked again with every piece that
joins it. Weights and card: ``guard_weights/``. It does not know what the caller said.
"""

from __future__ import annotations

import logging
import re
from functools import cache, lru_cache

from warmline.dialogue.classify import reader
from warmline.dialogue.safety.sense import Sense, parse
from warmline.emotion.text.reader import shipped_folder, verified
from warmline.speech.runtime.errors import WeightsError

PACKAGE = "warmline.dialogue.safety.guard_weights"
HARM, ELSEWHERE = "harm", "harm elsewhere"
"""The two questions that decide: of English, and of Spanish, German and Chinese. The other labels name the kind."""

_SENTENCE = re.compile(r"(?<=[.!?…])\s+|(?<=[。！？])")
_log = logging.getLogger(__name__)


@cache
def shipped() -> Sense:
    """The shipped model, verified. Raises MissingWeights or CorruptWeights; without the encoder's weights it reads
    runs of letters alone, and says so in the log."""
    data = verified(shipped_folder(PACKAGE), "guard.npz").read_bytes()
    try:
        return parse(data, reader.shipped())
    except WeightsError as error:
        _log.warning("the guard reads runs of letters alone: %s", error)
        return parse(data)


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
