"""Our own sentences and openings: which one next, so that none comes twice in a row. Pure but for reading the file."""

from __future__ import annotations

import functools
import tomllib
from collections.abc import Sequence
from importlib.resources import files
from typing import Literal

from warmline.dialogue.speakable import words_of

RECENT = 6
"""Earlier replies whose beginnings are not used again."""

Table = Literal["openings", "fallback", "closing", "silence"]


@functools.cache
def table(kind: Table) -> dict[str, tuple[str, ...]]:
    """One table of the file: rows of sentences by name."""
    data = tomllib.loads(files("warmline.dialogue.prompt").joinpath("words.toml").read_text(encoding="utf-8"))
    return {name: tuple(rows) for name, rows in data[kind].items()}


def opening(name: str, earlier: Sequence[str], attempt: int = 0) -> str:
    """How a reply of this kind (``cue.kind``) begins; "" leaves it to the model. ``earlier``: our replies as heard,
    oldest first."""
    return _fresh(table("openings")[name], earlier, attempt)


def fallback(name: str, earlier: Sequence[str]) -> str:
    """A whole reply of this kind for when the model gave none."""
    return _fresh(table("fallback")[name], earlier)


def closing(said: str, earlier: Sequence[str]) -> str:
    """A last piece for a reply whose rest had to be left out after ``said``."""
    name = "sentence" if said.rstrip().endswith((".", "!", "?", "…")) else "clause"
    return _fresh(table("closing")[name], earlier)


def silence(earlier: Sequence[str]) -> str:
    """What to say when the person said nothing."""
    return _fresh(table("silence")["lines"], earlier)


def _fresh(rows: tuple[str, ...], earlier: Sequence[str], attempt: int = 0) -> str:
    """The rows in turn, by the number of earlier replies; one that stands in a recent reply only if all do."""
    turned = [rows[(len(earlier) + at) % len(rows)] for at in range(len(rows))]
    recent = [" ".join(words_of(reply)) for reply in earlier[-RECENT:]]
    unused = [row for row in turned if not row or not any(_begins(row, old) for old in recent)] or turned
    return unused[attempt % len(unused)]


def _begins(row: str, old: str) -> bool:
    """Short rows are openings and count at the beginning only; whole sentences count anywhere."""
    words = " ".join(words_of(row))
    return old.startswith(words) if len(row.split()) < 4 and row[-1:] not in ".?" else words in old
