"""Recognition errors by rule: words that sound alike, words lost, small words put in.

For training on, and for measuring what errors cost. Words are confused through a rough key of how they sound and the
text encoder's vocabulary; what our own recogniser really makes of noisy speech is measured apart
(docs/safety_screen.md). It knows no accents and no language model's taste for likely sentences.
"""

from __future__ import annotations

import random
import re
from collections import defaultdict
from dataclasses import dataclass
from functools import cache

from warmline.dialogue.safety.folded import is_han
from warmline.emotion.text.reader import table
from warmline.speech.runtime.errors import WeightsError

COMMONEST = 14_000
"""Words of the vocabulary, commonest first, that a recogniser may hear instead."""

_FILLERS = {
    "en": ("the", "a", "and", "uh", "to", "it", "in", "of", "um", "that"),
    "es": ("eh", "el", "la", "de", "y", "que", "a", "en"),
    "de": ("äh", "der", "die", "und", "das", "ja", "in", "es"),
}
_HOMOPHONES = (
    "死四似事", "想像向项", "杀沙纱傻", "命名明鸣", "活火货或", "生声升省", "不布部步", "我握卧窝", "自字子紫",
    "在再载", "他她它", "的得地", "做作坐", "意义易艺", "伤商上", "害孩还", "己几记", "没每美", "人认任", "要药腰咬",
)  # fmt: skip
_SOUNDS = tuple(
    (re.compile(said), heard)
    for said, heard in (
        (r"^(?:kn|gn|pn)", "n"), (r"^wr", "r"), (r"^wh", "w"), (r"^x", "z"), (r"mb$", "m"), (r"tch", "C"),
        (r"sch|sh|ti(?=on)|ci(?=al|an|ous)", "S"), (r"ch", "C"), (r"th", "T"), (r"ph", "f"), (r"gh(?=t|$)", ""),
        (r"gh", "g"), (r"ck|q", "k"), (r"c(?=[eiy])", "s"), (r"c", "k"), (r"dg(?=e)|g(?=[eiy])", "j"), (r"z", "s"),
        (r"x", "ks"), (r"e$", ""), (r"ed$", "d"), (r"y$", "i"), (r"(.)\1+", r"\1"),
        (r"oo|ou|ew|u", "u"), (r"ee|ea|ie|ei|i|y", "i"), (r"ai|ay|e", "e"), (r"oa|ow|o|au|aw", "o"),
    )
)  # fmt: skip


def sound(word: str) -> str:
    """A rough key of how an English word sounds: the same for here and hear, close for die and dye."""
    key = word.lower()
    for pattern, heard in _SOUNDS:
        key = pattern.sub(heard, key)
    return key


@dataclass(frozen=True, slots=True)
class Ears:
    """Words that sound the ``same`` or ``near`` (one sound apart), or whose first sounds are alike; commonest first."""

    same: dict[str, tuple[str, ...]]
    near: dict[str, tuple[str, ...]]
    begins: dict[str, tuple[str, ...]]

    def confuse(self, word: str, chance: random.Random) -> str:
        """A word that may be heard instead: recognisers write words. One that begins alike where none is near; the
        word itself where the vocabulary has nothing."""
        key = sound(word)
        alike = [other for other in self.same.get(key, ()) if other != word]
        for part in near_sounds(key):
            alike += [other for other in self.near.get(part, ())[:12] if other != word and other not in alike]
        if not alike:
            alike = [other for other in self.begins.get(key[:3], ())[:12] if other != word]
        if alike:
            # the commoner and the closer ones are likelier; a list of 12 is enough to be surprised by
            place = min(int(chance.expovariate(0.35)), len(alike) - 1)
            return alike[place]
        return word


@cache
def ears() -> Ears:
    """The confusions of English, from the text encoder's vocabulary; none where it is not to be had."""
    try:
        ranked = table().pieces.tokenizer.get_vocab()
    except WeightsError:
        return Ears({}, {}, {})
    words = [word for word in sorted(ranked, key=ranked.__getitem__) if re.fullmatch(r"[a-z]{2,14}|i|a", word)]
    same: dict[str, list[str]] = defaultdict(list)
    near: dict[str, list[str]] = defaultdict(list)
    begins: dict[str, list[str]] = defaultdict(list)
    for word in words[:COMMONEST]:
        key = sound(word)
        same[key].append(word)
        begins[key[:3]].append(word)
        if len(key) > 2:
            for part in near_sounds(key):
                near[part].append(word)
    return Ears(*({key: tuple(found) for key, found in index.items()} for index in (same, near, begins)))


def noisy(text: str, rate: float, chance: random.Random, language: str = "en") -> str:
    """A text as recognition might give it: about ``rate`` of the words wrong (six in ten heard as another word, the
    rest lost or joined by a small word), lower case, no punctuation. Chinese: characters."""
    if is_han(text):
        return _noisy_han(text, rate, chance)
    words = re.sub(r"[.,!?;:¿¡…\"]", " ", text.lower().replace("’", "'")).split()
    heard: list[str] = []
    for word in words:
        if chance.random() >= rate:
            heard.append(word)
            continue
        kind = chance.random()
        if kind < 0.60:
            heard.append(_misheard(word, chance, language))
        elif kind < 0.85:
            continue
        else:
            heard += [word, chance.choice(_FILLERS.get(language, _FILLERS["en"]))]
    return " ".join(heard)


def _misheard(word: str, chance: random.Random, language: str) -> str:
    if word.startswith("["):  # a placeholder stands for a word, which may be lost like one
        return "the"
    if language == "en":
        return ears().confuse(word, chance)
    if len(word) < 4:
        return word[:-1] if len(word) > 2 else word
    at = chance.randrange(1, len(word) - 1)
    return word[:at] + chance.choice(("", "e", "n", "s")) + word[at + 1 :]


def _noisy_han(text: str, rate: float, chance: random.Random) -> str:
    heard = []
    for letter in re.sub(r"[，。！？、；：]", "", text):
        if letter.isspace() or chance.random() >= rate:
            heard.append(letter)
            continue
        alike = next((row.replace(letter, "") for row in _HOMOPHONES if letter in row), "")
        if alike and chance.random() < 0.7:
            heard.append(chance.choice(alike))
    return "".join(heard)


def near_sounds(key: str) -> list[str]:
    """The key with each of its sounds left open in turn: two keys that share one are one sound apart."""
    return [key[:at] + "*" + key[at + 1 :] for at in range(len(key))]
