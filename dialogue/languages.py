"""The languages that replies can be written in, and what differs in counting, joining and ending sentences.

Which language a reply is in is decided in :mod:`warmline.dialogue.language_choice`; the words themselves lie in
``prompt/<code>``, ``strategy/tables`` and ``checks_<code>.toml``. Knows nothing about models.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

ENGLISH: Final = "en"


@dataclass(frozen=True, slots=True)
class Language:
    """``own``: its name in itself; ``english``: its name in English. ``stretch``: counted words that say as much as one
    English word (of Chinese every character counts as a word)."""

    code: str
    own: str
    english: str
    stretch: float = 1.0
    comma: str = ", "
    end: str = "."
    between: str = " "


LANGUAGES: Final = MappingProxyType(
    {
        each.code: each
        for each in (
            Language("en", "English", "English"),
            Language("es", "español", "Spanish"),
            Language("de", "Deutsch", "German"),
            Language("zh", "中文", "Chinese", 1.6, "，", "。", ""),
        )
    }
)
"""By ISO 639-1 code: all that replies are written in here."""

ENDS: Final = ".!?…。！？"
"""Marks that end a sentence."""

_CJK = r"\u3400-\u9fff\uf900-\ufaff\u3000-\u303f\uff01-\uff60"
_NO_SPACE = re.compile(rf"(?<=[{_CJK}])\s+(?=[{_CJK}])")


def of(code: str) -> Language:
    """The language of ``code``; of one that is not written here, English."""
    return LANGUAGES.get(code, LANGUAGES[ENGLISH])


def scaled(words: int, code: str) -> int:
    """So many English words as counted words of ``code``."""
    return math.ceil(words * of(code).stretch)


def joined(parts: Iterable[str]) -> str:
    """Pieces of one reply as one text: with a space between them, but none between Chinese characters."""
    return _NO_SPACE.sub("", " ".join(part for part in parts if part)).strip()


def length(text: str, code: str) -> int:
    """How long ``text`` is, in words as English would have them."""
    han = sum(1 for char in text if "\u3400" <= char <= "\u9fff")
    return len(text.split()) if not han else max(1, round(han / of(code).stretch))


def asks(text: str) -> bool:
    return "?" in text or "？" in text


def ended(text: str) -> bool:
    """Does ``text`` end with a mark that ends a sentence?"""
    return text.rstrip().endswith(tuple(ENDS))
