"""The guard's second reader: does a sentence of a reply read like one that must not be said, and of which kind.

Whether it is one says the encoder of the screen, which was trained for that as well (``risk_reader.py``); which kind,
a linear model over letters and the encoder's row (``sense.py``, ``guard_weights/``). It stands behind the rules and
only ever adds. Where it is in doubt the language model may be asked (``guard_reader.py``). A text is read sentence by
sentence, so that a harmless beginning does not hide what follows; not what only says what an AI cannot be or do
(``honest.py``). A sentence that was read is remembered, because a reply is checked again with every piece that joins
it. It does not know what the caller said.
"""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass
from functools import cache, lru_cache

from warmline.dialogue.safety import risk_reader
from warmline.dialogue.safety.folded import is_han
from warmline.dialogue.safety.honest import honest
from warmline.dialogue.safety.sense import Sense, parse
from warmline.emotion.text.reader import shipped_folder, verified
from warmline.speech.runtime.errors import CorruptWeights

PACKAGE = "warmline.dialogue.safety.guard_weights"
HARMFUL = "harmful"
"""The encoder's question that decides."""

HARMLESS, SURE = 0.2, 0.99
"""Below the first of these probabilities a sentence is harmless, from the second on it must not be said; between them
the encoder is in doubt."""

CALM = 0.05
"""Below this a piece reads so plainly harmless that a rule which is bound to err is overruled. Of pieces that the
layers did not learn, those that only own_voice.py stops: 40 of 124 harmless ones pass, 1 of 571 harmful ones."""

_FEWEST, _READ = 5, 2
"""Words of a sentence from which on the encoder is believed, and from which on it may be in doubt: of shorter ones the
rules alone know."""

_SENTENCE = re.compile(r"(?<=[.!?…])\s+|(?<=[。！？])")


@dataclass(frozen=True, slots=True)
class Doubt:
    """A ``sentence`` that may be harmful, and of which ``kind`` it would be. ``alone``: whether the encoder stops it
    where nobody else is asked; ``sure``: whether nobody has to be; ``by_rule``: whether a rule stops it, and only who
    is very sure may overrule that; ``chance``: of harm, by the encoder."""

    sentence: str
    kind: str
    alone: bool
    sure: bool
    by_rule: bool = False
    chance: float = 0.5


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


def doubted(text: str) -> tuple[Doubt, ...]:
    """The sentences that may have to be stopped, in order: those that the encoder takes for harmless are not there."""
    return tuple(found for one in split(text) if (found := _doubt(one)) is not None)


def split(text: str) -> list[str]:
    """The sentences of a reply, the last perhaps unfinished."""
    return [part.strip() for part in _SENTENCE.split(text) if re.search(r"\w", part)]


def calm(text: str) -> bool:
    """Whether the encoder takes every sentence of a text, of five words and more in all, for plainly harmless."""
    return _long(text) and all(honest(one) or _chance(one) < CALM for one in split(text))


def _long(text: str) -> bool:
    return is_han(text) or len(text.split()) >= _FEWEST


@lru_cache(maxsize=512)
def _chance(sentence: str) -> float:
    """The encoder's probability that a sentence must not be said."""
    return risk_reader.shipped().read(sentence)[HARMFUL]


@lru_cache(maxsize=512)
def _doubt(sentence: str) -> Doubt | None:
    believed = _long(sentence)
    if honest(sentence):
        return None
    if not believed and len(sentence.split()) < _READ:
        return None
    reader, chance = risk_reader.shipped(), _chance(sentence)
    if chance < min(HARMLESS, reader.cuts[HARMFUL]):
        return None
    found = shipped().read(sentence)
    kind = max(found, key=lambda name: found[name])
    alone = believed and chance >= reader.cuts[HARMFUL]
    return Doubt(sentence, kind, alone, sure=alone and chance >= SURE, chance=chance)
