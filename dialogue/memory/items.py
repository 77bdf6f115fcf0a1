"""What a memory consists of: the person's own sentence, what it tells, how they felt, when it was. Frozen values."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import cast

import numpy as np
from numpy.typing import NDArray

Vector = NDArray[np.float32]

FURTHEST = 2.0 * math.sqrt(2.0)
"""Between two moods in the square of valence and arousal."""


class ItemKind(Enum):
    """A sentence that tells something; something with a date; what helps them; a call in a few sentences."""

    FACT = "fact"
    EVENT = "event"
    HELPED = "what helped"
    SUMMARY = "summary"


@dataclass(frozen=True, slots=True)
class Mood:
    """How it was said: ``valence`` and ``arousal`` in [-1, 1], ``sure`` in [0, 1] says how far to trust them (0: not
    read). ``intensity``: distress of 1 to 5."""

    valence: float = 0.0
    arousal: float = 0.0
    sure: float = 0.0
    intensity: float = 1.0

    def near(self, other: Mood) -> float:
        """1 for the same mood, 0 for opposite corners; only as far as both are sure."""
        away = math.hypot(self.valence - other.valence, self.arousal - other.arousal) / FURTHEST
        return (1.0 - away) * min(self.sure, other.sure)


@dataclass(frozen=True, slots=True)
class Item:
    """``text``: the person's own words, one sentence (of a summary several). ``facts``: what the seeker read in it, as
    "kind: text". ``call`` and ``turn`` (from 1): where it was said; ``at``: when, seconds since 1970. ``due``: of an
    event its day as ISO date, "" where it cannot be told. ``vector``: float32[D] of length 1, the meaning.
    ``id``: of its row in the store, 0 before it has one."""

    kind: ItemKind
    text: str
    call: str
    turn: int
    at: float
    vector: Vector
    mood: Mood = field(default_factory=Mood)
    facts: tuple[str, ...] = ()
    due: str = ""
    id: int = 0


def content_of(item: Item) -> dict[str, object]:
    """What of an item is written down, as JSON knows it; its place and time have columns of their own."""
    mood = item.mood
    return {
        "text": item.text,
        "facts": list(item.facts),
        "due": item.due,
        "mood": [mood.valence, mood.arousal, mood.sure, mood.intensity],
        "vector": [round(float(value), 4) for value in item.vector],
    }


def item_of(row: Mapping[str, object], content: Mapping[str, object]) -> Item:
    """The item of a row (kind, call, turn, at, id) and its opened content."""
    vector = np.asarray(content["vector"], np.float32)
    return Item(
        kind=ItemKind(row["kind"]),
        text=str(content["text"]),
        call=str(row["call"]),
        turn=cast(int, row["turn"]),
        at=cast(float, row["at"]),
        vector=vector / max(float(np.linalg.norm(vector)), 1e-9),
        mood=Mood(*cast(list[float], content["mood"])),
        facts=tuple(cast(list[str], content["facts"])),
        due=str(content["due"]),
        id=cast(int, row["id"]),
    )
