"""Our own sentences and openings: which one next, so that none comes twice in a row. Pure but for reading the file."""

from __future__ import annotations

import functools
import re
import tomllib
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from warmline.dialogue.prompt.folder import ENGLISH, folder_of
from warmline.dialogue.speakable import words_of

RECENT = 6
"""Earlier replies whose beginnings are not used again."""

_HUMAN = re.compile(
    r"\b(?:are you|is (?:this|that)|am i (?:talking|speaking) (?:to|with))\b(?: \w+){0,3}? (?:real|human|robot|bot|"
    r"machine|computer|ai|recording|actual person|real person)\b",
    re.IGNORECASE,
)

Table = Literal["openings", "fallback", "after_lead", "closing", "human", "silence"]


@functools.cache
def table(kind: Table, language: str = ENGLISH) -> dict[str, tuple[str, ...]]:
    """One table of a language's file: rows of sentences by name."""
    data = tomllib.loads(folder_of(language).joinpath("words.toml").read_text(encoding="utf-8"))
    return {name: tuple(rows) for name, rows in data[kind].items()}


@dataclass(frozen=True, slots=True)
class Opening:
    """How a reply begins: ``lead`` is a clause that can be spoken at once, ``steer`` words that the model goes on from.
    Both may be empty."""

    lead: str
    steer: str


def opening(name: str, earlier: Sequence[str], text: str = "") -> Opening:
    """How a reply of this kind (``cue.kind``) begins. ``earlier``: our replies as heard, oldest first. ``text``: the
    person's words, so that not every call begins alike."""
    shift = zlib.crc32(" ".join(words_of(text)).encode("utf-8"))
    head, comma, rest = _fresh(table("openings")[name], earlier, shift).rpartition(",")
    return Opening(head + comma, rest.strip())


def fallback(name: str, lead: str, earlier: Sequence[str]) -> str:
    """A reply of this kind for when the model gave none: a whole one, or what goes on from a ``lead`` already said."""
    return _fresh(table("after_lead" if lead else "fallback")[name], earlier)


def closing(said: str, earlier: Sequence[str]) -> str:
    """A last piece for a reply whose rest had to be left out after ``said``."""
    name = "sentence" if said.rstrip().endswith((".", "!", "?", "…")) else "clause"
    return _fresh(table("closing")[name], earlier)


def silence(earlier: Sequence[str]) -> str:
    """What to say when the person said nothing."""
    return _fresh(table("silence")["lines"], earlier)


def human(text: str, earlier: Sequence[str]) -> str:
    """The truth, where ``text`` asks whether a person is speaking; otherwise ""."""
    return _fresh(table("human")["lines"], earlier) if _HUMAN.search(text) else ""


def _fresh(rows: tuple[str, ...], earlier: Sequence[str], shift: int = 0) -> str:
    """The rows in turn, by the number of earlier replies; one that stands in a recent reply only if all do."""
    turned = [rows[(len(earlier) + shift + at) % len(rows)] for at in range(len(rows))]
    recent = [" ".join(words_of(reply)) for reply in earlier[-RECENT:]]
    unused = [row for row in turned if not row or not any(_begins(row, old) for old in recent)] or turned
    return unused[0]


def _begins(row: str, old: str) -> bool:
    """Of an opening, what is spoken first counts, at the beginning of a reply; a whole sentence counts anywhere."""
    if row[-1:] in ".?":
        return " ".join(words_of(row)) in old
    return old.startswith(" ".join(words_of(row.rpartition(",")[0] or row)))
