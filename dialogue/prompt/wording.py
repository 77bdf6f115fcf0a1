"""Our own sentences and openings: which one next, so that none comes twice in a row. Pure but for reading the file."""

from __future__ import annotations

import functools
import re
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from warmline.dialogue.languages import ENGLISH, ended
from warmline.dialogue.prompt.folder import words_file
from warmline.dialogue.speakable import words_of

RECENT = 6
"""Earlier replies whose beginnings are not used again."""

Table = Literal["openings", "fallback", "after_lead", "closing", "human", "silence", "call", "language"]


@functools.cache
def table(kind: Table, language: str = ENGLISH) -> dict[str, tuple[str, ...]]:
    """One table of a language's file: rows of sentences by name."""
    return {name: tuple(rows) for name, rows in words_file(language)[kind].items()}


@dataclass(frozen=True, slots=True)
class Opening:
    """How a reply begins: ``lead`` is a clause that can be spoken at once, ``steer`` words that the model goes on from.
    Both may be empty."""

    lead: str
    steer: str


def opening(name: str, earlier: Sequence[str], text: str = "", language: str = ENGLISH) -> Opening:
    """How a reply of this kind (``cue.kind``) begins. ``earlier``: our replies as heard, oldest first. ``text``: the
    person's words, so that not every call begins alike."""
    shift = zlib.crc32(" ".join(words_of(text)).encode("utf-8"))
    head, comma, rest = _parted(fresh(table("openings", language)[name], earlier, shift))
    return Opening(head + comma, rest.strip())


@functools.cache
def leads(language: str = ENGLISH) -> tuple[str, ...]:
    """Every first clause that a reply may begin with."""
    parted = (_parted(row) for rows in table("openings", language).values() for row in rows)
    return tuple(dict.fromkeys(head + comma for head, comma, _ in parted if head))


def steer(name: str, earlier: Sequence[str], attempt: int, language: str = ENGLISH) -> str:
    """Words that a reply of this kind can go on from after any lead, for try ``attempt`` (from 1); "" where the
    language has none."""
    rows = words_file(language).get("steers", {}).get(name, ())
    return fresh(tuple(rows), earlier, attempt) if rows else ""


def fallback(name: str, lead: str, earlier: Sequence[str], language: str = ENGLISH) -> str:
    """A reply of this kind for when the model gave none: a whole one, or what goes on from a ``lead`` already said."""
    return fresh(table("after_lead" if lead else "fallback", language)[name], earlier)


def closing(said: str, earlier: Sequence[str], language: str = ENGLISH) -> str:
    """A last piece for a reply whose rest had to be left out after ``said``."""
    return fresh(table("closing", language)["sentence" if ended(said) else "clause"], earlier)


def silence(earlier: Sequence[str], language: str = ENGLISH) -> str:
    """What to say when the person said nothing."""
    return fresh(table("silence", language)["lines"], earlier)


def human(text: str, earlier: Sequence[str], language: str = ENGLISH) -> str:
    """The truth, where ``text`` asks whether a person is speaking; otherwise ""."""
    rows = table("human", language)
    return fresh(rows["lines"], earlier) if any(asking.search(text) for asking in _asking(language)) else ""


def line(kind: Table, name: str, earlier: Sequence[str] = (), language: str = ENGLISH) -> str:
    """One of our own sentences; "" where the language has none by that name."""
    rows = table(kind, language).get(name, ())
    return fresh(rows, earlier) if rows else ""


@functools.cache
def _asking(language: str) -> tuple[re.Pattern[str], ...]:
    return tuple(re.compile(pattern, re.IGNORECASE) for pattern in table("human", language)["ask"])


def fresh(rows: tuple[str, ...], earlier: Sequence[str], shift: int = 0) -> str:
    """The rows in turn, by the number of earlier replies. One that stands in an earlier reply only where all do, one
    that stands in a recent reply only where all of those do."""
    turned = [rows[(len(earlier) + shift + at) % len(rows)] for at in range(len(rows))]
    said = [" ".join(words_of(reply)) for reply in earlier]
    for before in (said, said[-RECENT:]):
        unused = [row for row in turned if not row or not any(_begins(row, old) for old in before)]
        if unused:
            return unused[0]
    return turned[0]


def _parted(row: str) -> tuple[str, str, str]:
    """At its last comma."""
    return row.rpartition("，" if "，" in row else ",")


def _begins(row: str, old: str) -> bool:
    """Of an opening, what is spoken first counts, at the beginning of a reply; a whole sentence counts anywhere."""
    if ended(row):
        return " ".join(words_of(row)) in old
    return old.startswith(" ".join(words_of(_parted(row)[0] or row)))
