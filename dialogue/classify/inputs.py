"""How a conversation is put to the encoder for the mind's questions: what comes next, and what was just done.

One place for training, measuring and calls, so that the three cannot drift apart. Pure.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from warmline.dialogue.strategy.context import Context, Line
from warmline.dialogue.strategy.features import tokens
from warmline.dialogue.types import Strategy
from warmline.emotion.text.tokens import Packed, Passage, Pieces, Room

STRATEGIES = tuple(Strategy)
NEXT = Room(first=40, rest=20, total=80)
DONE = Room(first=60, rest=24, total=96)
BEFORE = 2
"""Lines read before an utterance whose strategy or code is asked."""

_MARKS = {
    Strategy.REFLECTION: "feelings",
    Strategy.SELF_DISCLOSURE: "myself",
    Strategy.QUESTION: "question",
    Strategy.AFFIRMATION: "comfort",
    Strategy.SUGGESTION: "advice",
    Strategy.RESTATEMENT: "restate",
    Strategy.INFORMATION: "facts",
    Strategy.OTHER: "other",
}
_TURNS = (1, 2, 3, 4, 6, 8, 11, 15, 20)
_LENGTHS = (1, 4, 8, 15, 30, 60)
FACTS = 2 * (len(STRATEGIES) + 1) + len(STRATEGIES) + len(_TURNS) + 1 + 4 + len(_LENGTHS) + 1 + 2


def coming(pieces: Pieces, context: Context) -> Packed:
    """What a supporter would do next: the person's words since the last reply first, then the lines before them."""
    pending = context.pending
    earlier = context.lines[: len(context.lines) - len(pending)]
    lines = [Passage(" ".join(pending) or "start", "person"), *(_marked(line) for line in reversed(earlier))]
    return pieces.pack(lines, NEXT)


def facts(context: Context) -> NDArray[np.float32]:
    """float32[1, FACTS]: the last two strategies, those in the window, how far the talk is, how the person spoke."""
    row = np.zeros(FACTS, np.float32)
    used = [STRATEGIES.index(strategy) for strategy in context.strategies]
    at = 0
    for back in (1, 2):
        row[at + (used[-back] if len(used) >= back else len(STRATEGIES))] = 1.0
        at += len(STRATEGIES) + 1
    row[[at + place for place in used]] = 1.0
    at += len(STRATEGIES)
    row[at + sum(context.index >= step for step in _TURNS)] = 1.0
    at += len(_TURNS) + 1
    pending = context.pending
    row[at + min(len(pending), 3)] = 1.0
    at += 4
    row[at + sum(sum(len(tokens(text)) for text in pending) >= step for step in _LENGTHS)] = 1.0
    at += len(_LENGTHS) + 1
    row[at] = float(any("?" in text for text in pending))
    row[at + 1] = float("?" in context.last_support)
    return row[None]


def done(pieces: Pieces, text: str, before: Sequence[tuple[bool, str]]) -> Packed:
    """What a supporter's ``text`` did; ``before``: the lines before it, oldest first, as (by the person, text)."""
    near = [Passage(said, "person" if own else "helper") for own, said in list(before)[-BEFORE:]]
    return pieces.pack([Passage(text), *reversed(near)], DONE)


def _marked(line: Line) -> Passage:
    return Passage(line.text, "person" if line.strategy is None else _MARKS[line.strategy])
