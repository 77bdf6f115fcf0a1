"""Whole calls of our own writing, a caller's lines in order: calm ones, whose lines may sound dark by themselves, and
ones in which danger shows.

``calls.tsv`` has the columns of every set of calls (``text``, ``label``, ``language``, ``kind``, ``talk``), so
``warmline eval safety`` measures on it, and ``alone``: the level of the line for somebody who hears nothing else of the
call, judged by others than its writer from lines in no order. No line names a method.
"""

from __future__ import annotations

import csv
import hashlib
from dataclasses import dataclass
from functools import cache
from importlib import resources

from warmline.dialogue.safety.training.thoughts import HELD, VALID

_HELD = 15
"""Percent of the calls that are held apart."""


@dataclass(frozen=True, slots=True)
class Line:
    """``level``: in its call, ``alone``: by itself, 0-3."""

    text: str
    level: int
    alone: int
    kind: str
    language: str
    talk: str

    @property
    def plain(self) -> bool:
        """Whether the line says the same by itself as in its call: a reader of single lines can tell."""
        return bool(self.level) == bool(self.alone)

    @property
    def part(self) -> str:
        """HELD or VALID, by its call: heads and cut-offs are settled on them, the layers learn from none."""
        place = int(hashlib.md5(self.talk.encode(), usedforsecurity=False).hexdigest(), 16) % 100
        return HELD if place < _HELD else VALID


@cache
def lines() -> tuple[Line, ...]:
    """Every line of every call, in order."""
    text = (resources.files("warmline.dialogue.safety.training") / "calls.tsv").read_text(encoding="utf-8")
    return tuple(
        Line(row["text"], int(row["label"]), int(row["alone"]), row["kind"], row["language"], row["talk"])
        for row in csv.DictReader(text.splitlines(), delimiter="\t", quoting=csv.QUOTE_NONE)
    )
