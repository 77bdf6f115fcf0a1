"""In which language is a short turn? Two opinions: py3langid's model of letters, and common words that we listed.

Made for turns of one to twenty words. A guess is *clear* only where both agree, or where one is sure and the other has
nothing against it, so that a name or one foreign word does not change the language of a call. Beside the four languages
that replies are written in, others are named so that they can be answered honestly. Pure but for reading its tables
once.
"""

from __future__ import annotations

import functools
import re
import tomllib
from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from importlib.resources import files
from typing import Any, Final

from warmline.dialogue.speakable import words_of

KNOWN: Final = ("en", "es", "de", "zh", "fr", "it", "pt", "nl", "ru", "uk", "ja", "ko", "ar", "pl", "tr", "he")
"""What py3langid may choose from: of its 97 languages most would only be mistakes."""

LIKELY, SURE, ALONE = 0.5, 0.6, 0.8
"""Probability by letters from which a language is guessed; is clear where listed words agree; is clear without any."""

WORDS_ALONE: Final = 4
"""Different words (or Chinese characters) from which letters alone may make it clear: names are shorter."""

LEAD, CLEAR = 0.35, 2.0
"""Listed words, each as 1 (less where several languages share it), by which one language must lead; and from which
they make it clear where the letters say nothing."""


@dataclass(frozen=True, slots=True)
class Guess:
    """``language``: ISO 639-1, "" where nothing speaks for any. ``clear``: the whole turn is in it, as far as one can
    tell; a guess that is not clear must not change a call."""

    language: str
    clear: bool


UNSURE: Final = Guess("", False)


def guess(text: str) -> Guess:
    """The language of ``text``. Never raises on odd text; a tenth of a millisecond, the first call half a second."""
    words = set(words_of(text))
    if not any(char.isalpha() for char in text):
        return UNSURE
    listed, weight = _by_words(words)
    spelt, share = _by_letters(text)
    if share < LIKELY:
        return Guess(listed, weight >= CLEAR) if listed else UNSURE
    if listed == spelt:
        return Guess(spelt, share >= SURE)
    if listed:
        return Guess(spelt if share >= ALONE else listed, False)
    return Guess(spelt, share >= ALONE and len(words) >= WORDS_ALONE)


def asked_for(text: str) -> str:
    """The language that ``text`` asks to go on in ("can we speak Spanish?"), or ""."""
    plain = text.replace("’", "'").strip()
    return next((code for code, forms in _requests().items() if any(form.search(plain) for form in forms)), "")


def warm() -> None:
    """Read the tables now, so that nobody's first turn waits for them."""
    guess("hello there")
    _requests()


def _by_words(words: Collection[str]) -> tuple[str, float]:
    """The language whose list leads, and by how much; "" where none does."""
    counted: Counter[str] = Counter()
    owners = _owners()
    for word in words:
        of = owners.get(word, ())
        for language in of:
            counted[language] += 1.0 / len(of) ** 1.5
    if not counted:
        return "", 0.0
    (best, most), *rest = counted.most_common(2)
    lead = most - (rest[0][1] if rest else 0.0)
    return (best, lead) if lead >= LEAD else ("", 0.0)


def _by_letters(text: str) -> tuple[str, float]:
    language, share = _letters().classify(text)
    return str(language), float(share)


@functools.cache
def _letters() -> Any:
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    model = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
    model.set_languages(list(KNOWN))
    return model


@functools.cache
def _table() -> Mapping[str, Any]:
    return tomllib.loads(files("warmline.dialogue").joinpath("language_words.toml").read_text(encoding="utf-8"))


@functools.cache
def _owners() -> Mapping[str, tuple[str, ...]]:
    """The languages that have a word in their list."""
    owners: dict[str, tuple[str, ...]] = {}
    for language, words in _table()["words"].items():
        for word in set(words.split()):
            owners[word] = (*owners.get(word, ()), language)
    return owners


@functools.cache
def _requests() -> Mapping[str, tuple[re.Pattern[str], ...]]:
    forms = _table()["asking"]["forms"]
    return {
        language: tuple(re.compile(form.replace("NAME", f"(?:{names})"), re.IGNORECASE) for form in forms)
        for language, names in _table()["names"].items()
    }
