"""A stream of written text -> pieces that can be spoken by themselves, the first as early as it sounds natural.

Decides character by character, so any split of the stream gives the same pieces. Pure; knows nothing about models,
plans or voices. Of joining words and abbreviations it knows English, Spanish and German; Chinese, without spaces, ends
at its own marks.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from warmline.dialogue.languages import ENDS, ENGLISH
from warmline.dialogue.speakable import speakable, words_of

FIRST_WORDS = 3
"""Words after which the first piece may end at a comma."""

FIRST_CHARS = 12
"""... or characters, for long words."""

BREATH_WORDS = 5
"""Words after which the first piece may end before a joining word, where there is no comma."""

LATER_WORDS = 12
"""Words after which a later piece may end inside a sentence, at a comma."""

_QUOTE_LIMIT = 120
_CLAUSE = ",;:—–，；："
_CLOSERS = "\"”’')」』）"
_WIDE = "，；：。！？"
"""Marks after which Chinese goes on without a space."""

_JOINING: Final = {
    "en": frozenset(
        ("and", "but", "because", "when", "while", "so", "since", "especially", "even", "after", "until", "though")
    ),
    "es": frozenset(("pero", "porque", "cuando", "mientras", "aunque", "sobre", "incluso", "hasta", "aun")),
}
_ABBREVIATIONS: Final = {
    "en": frozenset(
        (
            "mr",
            "mrs",
            "ms",
            "dr",
            "st",
            "prof",
            "jr",
            "sr",
            "vs",
            "etc",
            "e.g",
            "i.e",
            "a.m",
            "p.m",
            "approx",
            "u.s",
            "u.k",
        )
    ),
    "es": frozenset(("sr", "sra", "srta", "dr", "dra", "ud", "uds", "etc", "p.ej", "ej", "aprox", "núm", "tel")),
    "de": frozenset(
        (
            "dr",
            "prof",
            "hr",
            "fr",
            "nr",
            "bzw",
            "usw",
            "etc",
            "ca",
            "evtl",
            "ggf",
            "vgl",
            "str",
            "tel",
            "z.b",
            "d.h",
            "u.a",
        )
    ),
}


@dataclass(frozen=True, slots=True)
class Segment:
    """``ends``: it ends a sentence (or the text)."""

    text: str
    ends: bool


class Segmenter:
    """Feed it pieces of one reply, then finish it.

    A piece that ends a sentence comes out when more text follows or at :meth:`finish`, so whoever reads knows whether
    it is the last; a first clause comes out at once. ``first`` False: the reply goes on, nothing need come early.
    ``breath`` False: the first piece ends at the text's own commas only, never before a joining word.
    """

    def __init__(self, first: bool = True, language: str = ENGLISH, *, breath: bool = True) -> None:
        self._joining = _JOINING.get(language, frozenset())
        self._language = language
        self._raw = ""
        self._first = first
        self._breath = breath
        self._said: set[tuple[str, ...]] = set()

    def feed(self, piece: str) -> list[Segment]:
        found: list[Segment] = []
        for char in piece:
            self._take(char, found)
        return found

    def finish(self) -> list[Segment]:
        found: list[Segment] = []
        self._emit(self._raw, True, found)
        self._raw = ""
        return found

    def _take(self, char: str, found: list[Segment]) -> None:
        held = self._raw.rstrip()
        spaced = len(held) < len(self._raw) or _goes_on(held, char)
        if spaced and not char.isspace() and held and not _inside(held, self._language):
            newline = "\n" in self._raw[len(held) :]
            if newline or _sentence_end(held, self._language):
                self._emit(held, True, found)
                self._raw = ""
            elif self._clause_end(held):
                self._emit(held, False, found)
                self._raw = ""
        self._raw += char
        if self._first:
            self._early(char, found)

    def _clause_end(self, held: str) -> bool:
        if held[-1] not in _CLAUSE and not held.endswith(" -"):
            return False
        return len(words_of(speakable(held))) >= (FIRST_WORDS if self._first else LATER_WORDS)

    def _early(self, char: str, found: list[Segment]) -> None:
        """The first piece: at a comma that follows a letter, or before a joining word after a good breath."""
        raw = self._raw
        if _inside(raw, self._language):
            return
        if char in _CLAUSE and len(raw) > 1 and raw[-2].isalpha():
            text = speakable(raw)
            count = len(words_of(text))
            if count >= FIRST_WORDS or (count >= 2 and len(text) > FIRST_CHARS):
                self._emit(raw, False, found)
                self._raw = ""
        elif self._breath and char.isspace() and not raw[:-1].endswith(" "):
            head, _, word = raw.rstrip().rpartition(" ")
            if word.lower() in self._joining and len(words_of(speakable(head))) >= BREATH_WORDS and head[-1].isalpha():
                self._emit(head + ",", False, found)
                self._raw = word + char

    def _emit(self, raw: str, ends: bool, found: list[Segment]) -> None:
        text = speakable(raw)
        if not ends and text and text[-1] in "–—-:;：；":
            text = text[:-1].rstrip() + ("，" if text[-1] in _WIDE else ",")
        key = tuple(words_of(text))
        if not text or not key or (len(key) > 2 and key in self._said):
            return
        self._said.add(key)
        self._first = False
        found.append(Segment(text, ends))


def _goes_on(held: str, char: str) -> bool:
    """Chinese: does ``char`` begin something new after a wide mark?"""
    core = held.rstrip(_CLOSERS)
    return bool(core) and core[-1] in _WIDE and char not in _WIDE and char not in _CLOSERS


def _inside(text: str, language: str) -> bool:
    """Is the end of ``text`` inside a quotation, a bracket or a direction that may still close?"""
    quotation = ("„", "“") if language == "de" else ("“", "”")
    for opening, closing in (("[", "]"), ("(", ")"), ("{", "}"), ("（", "）"), ("「", "」"), quotation):
        at = text.rfind(opening)
        if at >= 0 and closing not in text[at:] and len(text) - at < _QUOTE_LIMIT:
            return True
    quotes = [match.start() for match in re.finditer('"', text)]
    return len(quotes) % 2 == 1 and len(text) - quotes[-1] < _QUOTE_LIMIT


def _sentence_end(held: str, language: str) -> bool:
    core = held.rstrip(_CLOSERS + "“" if language == "de" else _CLOSERS)
    if not core or core[-1] not in ENDS:
        return False
    if core[-1] != "." or core.endswith(".."):
        return True
    word = core[:-1].rpartition(" ")[2].lower().lstrip("\"“('")
    lone_initial = len(word) == 1 and word.isalpha() and word not in "ai"
    ordinal = language == "de" and word.isdigit() and len(word) <= 2
    return word not in _ABBREVIATIONS.get(language, frozenset()) and not lone_initial and not ordinal
