"""Role cards of simulated seekers, in ESC-Eval's form: a JSON list of objects with ``id`` and ``card``.

A card is lines of ``Name: value``; ``Problem`` is the one that must be there. A card object may also name ``hidden``,
what the person tells only when they trust. English. It does not know whether a card is true of anybody.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from warmline.dialogue.language_id import guess
from warmline.dialogue.languages import ENGLISH
from warmline.speech.runtime.errors import UnreadableInput

FORM = 'a JSON list such as [{"id": 1, "card": "Age: 40\\nGender: Female\\nOccupation: Nurse\\nProblem: ..."}]'
_UNKNOWN = frozenset(("", "not mentioned", "unknown", "n/a", "none", "not specified"))
LEAST_WORDS = 3


@dataclass(frozen=True, slots=True)
class Card:
    """``gender``: "female", "male" or "" where it is not told; ``age`` and ``occupation`` likewise "". ``problem``:
    in the card's own words, of the seeker in the third person. ``hidden``: told late; () lets the last fact be it."""

    id: str
    problem: str
    age: str = ""
    gender: str = ""
    occupation: str = ""
    hidden: tuple[str, ...] = ()


def read(path: Path, only: Sequence[str] = ()) -> tuple[Card, ...]:
    """The cards of a file, those of ``only`` if it names some. Raises UnreadableInput that says which card is bad."""
    try:
        rows = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise UnreadableInput(f"cannot read {path}: give {FORM}") from error
    except ValueError as error:
        raise UnreadableInput(f"{path} is no JSON ({error}): give {FORM}") from error
    if not isinstance(rows, list) or not rows:
        raise UnreadableInput(f"{path} holds no cards: give {FORM}")
    cards = tuple(_card(row, number, path) for number, row in enumerate(rows, 1))
    ids = [card.id for card in cards]
    if twice := sorted({name for name in ids if ids.count(name) > 1}):
        raise UnreadableInput(f"{path}: two cards have the id {', '.join(twice)}; give each its own")
    if missing := [name for name in only if name not in ids]:
        raise UnreadableInput(f"{path} has no card {', '.join(missing)}; its first ids are {', '.join(ids[:5])}")
    return tuple(card for card in cards if not only or card.id in only)


def _card(row: Any, number: int, path: Path) -> Card:
    where = f"{path}: card {number}"
    if not isinstance(row, dict) or "id" not in row or "card" not in row:
        raise UnreadableInput(f"{where} lacks id or card: give {FORM}")
    name = str(row["id"]).strip()
    if not name or not isinstance(row["card"], str) or not row["card"].strip():
        raise UnreadableInput(f"{where} is empty: give {FORM}")
    fields = _fields(row["card"])
    problem = fields.get("problem", "")
    if problem.lower() in _UNKNOWN:
        raise UnreadableInput(f"{where} ({name}) says nothing after 'Problem:', and that is what the seeker speaks of")
    if len(problem.split()) < LEAST_WORDS or not any(char.isalpha() for char in problem):
        raise UnreadableInput(f"{where} ({name}): {problem!r} is too little to speak of; tell it in a sentence")
    language = guess(problem)
    if language.clear and language.language != ENGLISH:
        raise UnreadableInput(f"{where} ({name}) is not in English, and seekers speak only English: translate it")
    hidden = row.get("hidden", ())
    if isinstance(hidden, str):
        hidden = (hidden,)
    if not isinstance(hidden, list | tuple) or not all(isinstance(item, str) for item in hidden):
        raise UnreadableInput(f"{where} ({name}): hidden must be a sentence or a list of sentences")
    gender = fields.get("gender", "").lower()
    told = tuple(text.strip() for text in hidden if text.strip())
    age, occupation = fields.get("age", ""), fields.get("occupation", "")
    return Card(name, problem, age, gender if gender in ("female", "male") else "", occupation, told)


def _fields(text: str) -> dict[str, str]:
    found: dict[str, str] = {}
    name = ""
    for line in text.splitlines():
        head, colon, value = line.partition(":")
        key = head.strip().lower()
        if colon and key.isalpha() and len(key) <= 12:
            name = key
            found[name] = value.strip()
        elif name:
            found[name] = f"{found[name]} {line.strip()}".strip()
    return {key: "" if value.lower().rstrip(".") in _UNKNOWN else value for key, value in found.items()}
