"""Measures the seeker's rules on labelled talks: precision and recall of facts, by kind.

A table with tabs: ``part``, ``talk`` (turns with " || " between), ``facts`` ("kind=value; ..."; of an event
"what@when"), what is known after the last turn. Our own sentences ship as ``labelled.tsv``: part "tune" is what the
rules were written on, "held" was written at the same time and looked at only to be counted.
"""

from __future__ import annotations

import csv
import re
from dataclasses import dataclass, field
from importlib.resources import files
from pathlib import Path

from warmline.dialogue.seeker.facts import Fact, Kind
from warmline.dialogue.seeker.known import Known, step
from warmline.speech.runtime.errors import UnreadableInput

LOOSE = frozenset({Kind.EVENT, Kind.PROBLEM, Kind.VALUE, Kind.HELPS})
"""Kinds whose value is a phrase: half of its words in common (F1) count as found; an event's time must be the same."""

_SMALL = frozenset(["a", "an", "the", "my", "our", "i", "to", "of", "in", "on", "at", "is"])


@dataclass(frozen=True, slots=True)
class Labelled:
    """One talk and what should be known after it."""

    part: str
    turns: tuple[str, ...]
    facts: tuple[tuple[Kind, str], ...]


@dataclass(slots=True)
class Score:
    """Counts of facts."""

    found: int = 0
    missed: int = 0
    wrong: int = 0

    @property
    def precision(self) -> float:
        return self.found / max(1, self.found + self.wrong)

    @property
    def recall(self) -> float:
        return self.found / max(1, self.found + self.missed)


@dataclass(slots=True)
class Figures:
    """``all`` and by kind; ``errors``: for each talk that is not right, what was missed and what was wrong."""

    n: int = 0
    all: Score = field(default_factory=Score)
    kinds: dict[Kind, Score] = field(default_factory=lambda: {kind: Score() for kind in Kind})
    errors: list[str] = field(default_factory=list)


def read(path: Path | None = None) -> tuple[Labelled, ...]:
    """Labelled talks; None for ours. Raises UnreadableInput."""
    try:
        if path is None:
            text = files("warmline.dialogue.seeker").joinpath("labelled.tsv").read_text(encoding="utf-8")
        else:
            text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise UnreadableInput(f"cannot read {path}: it should be a table with tabs: part, talk, facts") from error
    rows = list(csv.DictReader(text.splitlines(), delimiter="\t", quoting=csv.QUOTE_NONE))
    if not rows or not {"part", "talk", "facts"} <= set(rows[0]):
        raise UnreadableInput(f"{path} is no table with tabs and the columns part, talk, facts")
    return tuple(
        Labelled(row["part"], tuple(row["talk"].split(" || ")), _facts(row["facts"] or "", str(path))) for row in rows
    )


def measure(talks: tuple[Labelled, ...]) -> Figures:
    """Each labelled fact is found by at most one of ours."""
    figures = Figures(len(talks))
    for talk in talks:
        state = Known()
        for number, text in enumerate(talk.turns, 1):
            state = step(state, text, number)
        left = list(state.facts)
        missed: list[str] = []
        for kind, value in talk.facts:
            hit = next((fact for fact in left if _fits(fact, kind, value)), None)
            if hit is None:
                missed.append(f"{kind.value}={value}")
                _count(figures, kind, "missed")
            else:
                left.remove(hit)
                _count(figures, kind, "found")
        for fact in left:
            _count(figures, fact.kind, "wrong")
        if missed or left:
            wrong = [f"{fact.kind.value}={fact.text}" for fact in left]
            figures.errors.append(f"{' || '.join(talk.turns)}  missed {missed}  wrong {wrong}")
    return figures


def _count(figures: Figures, kind: Kind, what: str) -> None:
    for score in (figures.all, figures.kinds[kind]):
        setattr(score, what, getattr(score, what) + 1)


def _facts(text: str, path: str) -> tuple[tuple[Kind, str], ...]:
    out = []
    for item in filter(None, (piece.strip() for piece in text.split(";"))):
        name, equals, value = item.partition("=")
        try:
            out.append((Kind(name), value.strip().lower()))
        except ValueError:
            raise UnreadableInput(
                f"{path}: {item!r} is no fact: kind=value, kinds: {[k.value for k in Kind]}"
            ) from None
        if not equals:
            raise UnreadableInput(f"{path}: {item!r} is no fact: kind=value")
    return tuple(out)


def _fits(fact: Fact, kind: Kind, value: str) -> bool:
    if fact.kind is not kind:
        return False
    if kind is Kind.EVENT:
        what, _, when = value.partition("@")
        return fact.when == when and alike(fact.value, what) >= 0.5
    if kind in LOOSE:
        return alike(fact.value, value) >= 0.5
    return fact.text.lower() == value


def alike(one: str, other: str) -> float:
    """F1 of the words of two texts, without the smallest words."""
    first, second = (set(re.findall(r"[\w']+", text.lower())) - _SMALL for text in (one, other))
    common = len(first & second)
    return 2 * common / max(1, len(first) + len(second))
