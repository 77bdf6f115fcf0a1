"""English text as the words that count: for word error rates, in the manner of Whisper's evaluation.

Pure; our own tables. Case, punctuation, fillers, contractions, number words, some symbols and British spelling make
no difference after it. It knows nothing about other languages and keeps their letters as they are.
Source of the idea: Radford et al. (2022), appendix C.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Final

from warmline.speech.asr.numerals import with_digits

_FILLERS: Final = frozenset(("uh", "um", "uhm", "hm", "hmm", "mm", "mmm", "mhm", "er", "erm", "ah"))

_WORDS: Final = {
    "mr": "mister",
    "mrs": "missus",
    "dr": "doctor",
    "prof": "professor",
    "etc": "et cetera",
    "ok": "okay",
    "alright": "all right",
    "gonna": "going to",
    "wanna": "want to",
    "gotta": "got to",
    "kinda": "kind of",
    "em": "them",
    "cos": "because",
    "cannot": "can not",
    "wont": "will not",
    "cant": "can not",
    "shant": "shall not",
    "aint": "is not",
    "lets": "let us",
    "cuz": "because",
    "mum": "mom",
    "grey": "gray",
    "per cent": "percent",
}
"""Whole words; apostrophes are gone by then."""

_IS: Final = frozenset(
    ("it", "he", "she", "that", "this", "what", "there", "who", "where", "here", "how", "when", "why", "everything")
)

_SYMBOLS: Final = {
    "%": " percent ",
    "&": " and ",
    "+": " plus ",
    "=": " equals ",
    "×": " times ",
    "@": " at ",
}

_ENDINGS: Final = (
    (re.compile(r"\b(can|won|sha|ai)'t\b"), r"\1t"),
    (re.compile(r"n't\b"), " not"),
    (re.compile(r"'re\b"), " are"),
    (re.compile(r"'ve\b"), " have"),
    (re.compile(r"'ll\b"), " will"),
    (re.compile(r"'m\b"), " am"),
    (re.compile(r"'d\b"), " would"),
    (re.compile(rf"\b({'|'.join(sorted(_IS))})'s\b"), r"\1 is"),
    (re.compile(r"\blet's\b"), "let us"),
)

_OUR = "col|fav|hon|lab|neighb|behavi|hum|harb|rum|flav|endeav|vap|arm|sav"
_ISE = "apolog|real|recogn|organ|emphas|critic|minim|maxim|special|character|final|normal|personal|priorit|social"
_BRITISH: Final = (
    (re.compile(rf"\b((?:dis|un|mis)?(?:{_OUR}))our"), r"\1or"),
    (re.compile(rf"\b((?:dis|un|re)?(?:{_ISE}))is(e|ed|es|er|ing|ation)\b"), r"\1iz\2"),
    (re.compile(r"\b(travel|cancel|counsel)l(ed|ing|or|er)\b"), r"\1\2"),
    (re.compile(r"\b(cent|theat|met)re(s?)\b"), r"\1er\2"),
)


def words_of(text: str) -> list[str]:
    """The words that count, lower case, in order."""
    text = unicodedata.normalize("NFKC", text).lower().replace("’", "'").replace("‘", "'")
    text = re.sub(r"\[[^\]]*\]|\([^)]*\)|<[^>]*>", " ", text)
    for pattern, replacement in _ENDINGS:
        text = pattern.sub(replacement, text)
    text = _numbers_in_figures(text)
    for symbol, name in _SYMBOLS.items():
        text = text.replace(symbol, name)
    text = re.sub(r"(?<=\w)'(?=\w)|'", "", text)
    text = re.sub(r"(?<=\d)\.(?=\d)", " point ", text)
    text = re.sub(r"[^\w\s]|_", " ", text).replace("per cent", "percent")
    for pattern, replacement in _BRITISH:
        text = pattern.sub(replacement, text)
    words = [word for word in text.split() if word not in _FILLERS]
    words = " ".join(_WORDS.get(word, word) for word in words).split()
    return with_digits(words)


def _numbers_in_figures(text: str) -> str:
    text = re.sub(r"(?<=\d),(?=\d{3}\b)", "", text)
    text = re.sub(r"\b([ap])\.\s?m\b\.?", r"\1m", text)
    text = re.sub(r"(\d)(am|pm)\b", r"\1 \2", text)
    text = re.sub(r"\b(\d{1,2}):(\d{2})\b|\b(\d{1,2})\.(\d{2})\b(?=\.?\s*[ap]m\b)", _time, text)
    return re.sub(r"([$£€])\s?(\d+(?:\.\d+)?)", _money, text)


def _time(found: re.Match[str]) -> str:
    """A time of day without its separator: 2:30 and 2.30 pm are read as 230."""
    return "".join(part for part in found.groups() if part)


def _money(found: re.Match[str]) -> str:
    unit = {"$": "dollar", "£": "pound", "€": "euro"}[found[1]]
    return f"{found[2]} {unit}{'' if found[2] == '1' else 's'}"
