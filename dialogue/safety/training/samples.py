"""The first sentences of our own writing, and what a linear model learns from one.

``said.tsv``: what callers say, label 0-3. ``requests.tsv``: what is asked of us, safe or unsafe. Three columns beside
the label: text, language, kind. None names a method: ``[means]`` and ``[method]`` stand for them. ``segments.tsv``,
what we might say, safe or unsafe, is what the guard's rules were made with.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources


@dataclass(frozen=True, slots=True)
class Sample:
    """``answers``: yes or no by label; a label that is not there is not learnt from this text. ``group``: of copies of
    one sentence, so that no fold is measured on what it learnt. ``level``: 0-3, -1 where there is none."""

    text: str
    answers: Mapping[str, bool]
    group: int
    weight: float = 1.0
    level: int = -1
    clean: bool = True
    kind: str = ""
    language: str = "en"


def said() -> list[dict[str, str]]:
    """Rows of what callers say."""
    return _rows("said.tsv")


def requests() -> list[dict[str, str]]:
    """Rows of what is asked of us."""
    return [{**row, "text": row["prompt"]} for row in _rows("requests.tsv")]


def _rows(name: str) -> list[dict[str, str]]:
    text = (resources.files("warmline.dialogue.safety.training") / name).read_text(encoding="utf-8")
    return list(csv.DictReader(text.splitlines(), delimiter="\t", quoting=csv.QUOTE_NONE))
