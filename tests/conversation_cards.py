"""Cards, readings and talks of whole conversations, for tests: our own, and small."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from warmline.dialogue.evaluate.conversation.cards import Card
from warmline.dialogue.evaluate.conversation.heard import Ear, Reading
from warmline.dialogue.evaluate.conversation.state import State
from warmline.dialogue.evaluate.conversation.talk import Exchange, Talk
from warmline.dialogue.types import Strategy

CARD = Card(
    "mara",
    "The seeker lost her job at a bakery in May and feels ashamed. Her husband does not know that she still gets up at "
    "four. She has taken money from her daughter's savings.",
    gender="female",
)
FORM = [
    {"id": "mara", "card": f"Age: 41\nGender: Female\nOccupation: Baker\nProblem: {CARD.problem}"},
    {
        "id": 7,
        "card": "Age: Not mentioned\nGender: male\nOccupation: clerk\nProblem: Worried about his exam in June, "
        "unable to sleep, and afraid of his father's reaction.",
    },
]
READING = Reading(
    Strategy.REFLECTION, 0.9, "reflection", 0, False, False, False, 0.8, False, False, False, False, False, 12
)


def write(path: Path, rows: object = None) -> Path:
    path.write_text(json.dumps(FORM if rows is None else rows), encoding="utf-8")
    return path


def ear(*, near: bool = False) -> Ear:
    """Reads by a few plain words, so that a test says what a reply is; ``near``: each meets what was said."""

    def kinds(text: str, before: Sequence[tuple[bool, str]]) -> dict[Strategy, float]:
        for sign, kind in (
            ("?", Strategy.QUESTION),
            ("you could", Strategy.SUGGESTION),
            ("strength", Strategy.AFFIRMATION),
        ):
            if sign in text:
                return {kind: 1.0}
        return {Strategy.REFLECTION: 1.0}

    def codes(text: str, before: Sequence[tuple[bool, str]]) -> dict[str, float]:
        return {"question" if "?" in text else "reflection": 1.0}

    return Ear(kinds, codes, (lambda text: np.ones(1, np.float32)) if near else None)


def exchange(after: State, kind: str = "REFLECTION", **more: object) -> Exchange:
    known = {"said": "I lost it.", "heard": "I lost it.", "reply": "That sounds hard.", "caught": "That sounds hard."}
    base = Exchange(**known, label="sad", before=after, after=after, stage="exploration", strategy=kind, kind=kind,
                    code="reflection", words=3, meets=0.5)  # fmt: skip
    return replace(base, **more)  # type: ignore[arg-type]


def talk(card: str = "mara", seed: int = 0, fall: float = 1.0, turns: int = 2, **more: object) -> Talk:
    begun = State(4.0, 0.3, 0.2)
    steps = [replace(begun, intensity=4.0 - fall * (at + 1) / turns, trust=0.3 + 0.1 * at) for at in range(turns)]
    whole = Talk(card, seed, "warmline", "text", "rules", turns, CARD.problem, begun, tuple(map(exchange, steps)))
    return replace(whole, **more)  # type: ignore[arg-type]
