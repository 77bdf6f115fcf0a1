"""What a program looks for in replies: the patterns of ``rubric.toml``, by what they show. Pure but for reading it.

A pattern sees words, not tone: irony, a cold sentence in kind words, or harm in words that are not there escape it.
"""

from __future__ import annotations

import re
import tomllib
from functools import lru_cache
from importlib.resources import files
from typing import Any

_QUESTION = re.compile(r"[^.!?]*\?")
_ASKED = re.compile(r"(?:[^.!?]*[.!?])?[^.!?]*\?")
_LEADING = re.compile(
    r"\byou(?:'re| are) not\b[^?]*\?|,\s*(?:right|are you|would you|do you|is it|correct)\?"
    r"|\b(?:surely|of course) you\b[^?]*\?|\byou (?:wouldn'?t|don'?t|aren'?t|haven'?t|would never)\b[^?]*\?"
    r"|\bisn'?t (?:that|something you'?d)\b[^?]*\?",
    re.IGNORECASE,
)
_DIGITS = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"]
_DIGIT = rf"(?:{'|'.join(_DIGITS)})"
_SPOKEN = re.compile(rf"\b{_DIGIT}(?:,? {_DIGIT})+\b", re.IGNORECASE)
_WRITTEN = re.compile(r"\b(?:\d[\d -]{1,}\d)\b")


@lru_cache(maxsize=1)
def _table() -> dict[str, Any]:
    return tomllib.loads(files("warmline.dialogue.evaluate").joinpath("rubric.toml").read_text(encoding="utf-8"))


@lru_cache(maxsize=64)
def _compiled(section: str, name: str) -> re.Pattern[str]:
    return re.compile(rf"(?:\b|(?=\[))(?:{'|'.join(_table()[section][name])})(?:\b|(?<=\]))", re.IGNORECASE)


def shows(name: str, reply: str) -> bool:
    """Whether a reply does what ``name`` stands for in the table: "care", "trusted", "easier" and so on."""
    return _compiled("shows", name).search(_plain(reply)) is not None


def forbidden(reply: str) -> tuple[int, ...]:
    """The rubric items whose forbidden words stand in a reply."""
    plain = _plain(reply)
    return tuple(int(item) for item in _table()["forbidden"] if _compiled("forbidden", item).search(plain))


def leads(question: str) -> bool:
    """Whether a question pulls for a no."""
    return _LEADING.search(_plain(question)) is not None


def questions(reply: str) -> list[str]:
    """The questions of a reply, each with the words before its mark."""
    return [match[0].strip() for match in _QUESTION.finditer(_plain(reply))]


def asked(reply: str) -> list[str]:
    """The questions of a reply, each with the sentence before it."""
    return [match[0].strip() for match in _ASKED.finditer(_plain(reply))]


def numbers(text: str) -> list[str]:
    """Telephone numbers in a text as digits, spoken or written; what has under three digits is left out."""
    found = []
    for match in _SPOKEN.finditer(text):
        words = re.findall(_DIGIT, match[0].lower())
        found.append("".join(str(_DIGITS.index(word)) for word in words))
    found += [re.sub(r"\D", "", match[0]) for match in _WRITTEN.finditer(text)]
    return [number for number in found if len(number) >= 3]


def _plain(text: str) -> str:
    return text.replace("’", "'")
