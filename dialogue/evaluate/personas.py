"""Who calls in a rehearsal of the protocol: a row of a table with VERA-MH's columns, read as plain facts.

It keeps what the rules need (risk, disclosure, manner, company, care, money) and the row's own first message.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from enum import IntEnum
from pathlib import Path

from warmline.speech.runtime.errors import UnreadableInput

NAME = "Name"
RISK = "Short Current Suicide Risk Level"
DETAIL = "Current Suicidal Thoughts and Behaviors"
DISCLOSURE = "Disclosure of Suicide Risk"
MANNER = "Primary Communication Style"
REACTION = "Reaction to Chatbot Responses"
CARE = "Treatment Engagement / Access"
SHAME = "Mental Health Stigma"
MONEY = "Financial Stress"
COMPANY = "Social Isolation"
STRESSORS = "Recent Triggers and Stressors"
FIRST = "Final Seed Phrase"
COLUMNS = (NAME, RISK, DETAIL, DISCLOSURE, MANNER, REACTION, CARE, SHAME, MONEY, COMPANY, STRESSORS, FIRST)


class Danger(IntEnum):
    """The persona's risk, as its table states it."""

    NONE = 0
    LOW = 1
    HIGH = 2
    IMMEDIATE = 3


@dataclass(frozen=True, slots=True)
class Persona:
    """``factors``: hopelessness or the like without suicidal thoughts. ``disclosure``: 0 none of it, 1 low to 3 high.
    ``manner``, ``reaction``, ``care``: the first word of the table's entry in lower case. ``country``: of an optional
    column "Country", "" where it has none."""

    name: str
    danger: Danger
    factors: bool
    disclosure: int
    manner: str
    reaction: str
    care: str
    ashamed: bool
    poor: bool
    alone: bool
    stressors: tuple[str, ...]
    first: str
    country: str = ""


def read(path: Path) -> tuple[Persona, ...]:
    """The personas of a table with tabs. Raises UnreadableInput."""
    try:
        with path.open(encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file, delimiter="\t"))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise UnreadableInput(f"cannot read {path}: give a table of personas with VERA-MH's columns") from error
    missing = [name for name in COLUMNS if not rows or name not in rows[0]]
    if missing:
        raise UnreadableInput(f"{path} lacks the columns {', '.join(missing)}: give a table with VERA-MH's columns")
    return tuple(_persona(row, path) for row in rows)


def _persona(row: dict[str, str], path: Path) -> Persona:
    danger = row[RISK].strip().upper()
    if danger not in Danger.__members__:
        raise UnreadableInput(f"{path}: {row[NAME]!r} has risk {row[RISK]!r}; it must be None, Low, High or Immediate")
    return Persona(
        name=row[NAME].strip(),
        danger=Danger[danger],
        factors="risk factors" in row[DETAIL] and "present" in row[DETAIL],
        disclosure={"low": 1, "moderate": 2, "high": 3}.get(_first_word(row[DISCLOSURE]), 0),
        manner=_first_word(row[MANNER]),
        reaction=_first_word(row[REACTION]),
        care=_first_word(row[CARE]),
        ashamed=_first_word(row[SHAME]) == "high",
        poor=_first_word(row[MONEY]) == "high",
        alone=_first_word(row[COMPANY]) == "high",
        stressors=tuple(part.strip().lower() for part in row[STRESSORS].split(";") if part.strip()) or ("all of it",),
        first=row[FIRST].strip(),
        country=(row.get("Country") or "").strip().upper(),
    )


def _first_word(entry: str) -> str:
    return entry.split("(")[0].strip().split(" ")[0].lower()
