"""The moments of a call that a reader looks for first: signs of danger, changes of mood, the heaviest moment, what was
remembered. Pure; in plain English, without anybody's words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from warmline.dialogue.safety.asks import Ask, asked
from warmline.dialogue.safety.open_question import vague
from warmline.dialogue.strategy.record import plan_of
from warmline.server.store.records import StoredTurn

HEAVY: Final = 3.5
"""Distress of 1 to 5 from which a moment is called heavy."""

RISK: Final = (
    "",
    "There were first signs that things may be very hard: it was asked how you are.",
    "There were signs of danger: it asked directly, and pointed to people who can help.",
    "There were signs of immediate danger: it pointed to emergency help.",
)
"""By level; what the protocol does at each is published at /protocol."""

LOOKED_INTO: Final = "Something you said could have meant that things are very hard: it asked about that."

_CHANGES: Final = {
    "easing": "From here on your voice sounded lighter.",
    "worsening": "From here on it sounded heavier.",
}


@dataclass(frozen=True, slots=True)
class Moment:
    """``kind``: risk, change, heavy, mixed or remembered; ``turn`` from 1; ``at_s`` on the call's clock."""

    turn: int
    at_s: float
    kind: str
    text: str


def moments_of(
    turns: Sequence[StoredTurn], disagree: Sequence[bool], notes: Mapping[int, int], changes: Mapping[int, str]
) -> tuple[Moment, ...]:
    """All moments in the order of the call. ``disagree``: by turn, whether voice and words said opposite things;
    ``notes``: how many things were remembered by turn's number; ``changes``: "easing" or "worsening" by number."""
    found: list[Moment] = []
    worst, looked, heaviest = 0, False, _heaviest(turns)
    for turn, mixed in zip(turns, disagree, strict=True):
        told: list[tuple[str, str]] = []
        opened = asked(turn.heard) in (Ask.OPEN, None)
        if opened and not (worst or looked) and vague(plan_of(turn.plan).risk):
            looked = True
            told.append(("risk", LOOKED_INTO))
        elif turn.risk > worst:
            worst = turn.risk
            told.append(("risk", RISK[min(turn.risk, len(RISK) - 1)]))
        if turn.number in changes:
            told.append(("change", _CHANGES[changes[turn.number]]))
        if turn.number == heaviest:
            told.append(("heavy", "This seemed to be the heaviest moment."))
        if mixed:
            told.append(("mixed", "The voice seemed to say something else than the words."))
        if count := notes.get(turn.number, 0):
            told.append(("remembered", f"{count} thing{'s' if count > 1 else ''} you said {_was(count)} remembered."))
        found += [Moment(turn.number, turn.began_s, kind, text) for kind, text in told]
    return tuple(found)


def _heaviest(turns: Sequence[StoredTurn]) -> int:
    """The number of the turn with the most distress, 0 where none was heavy."""
    by_distress = [(plan_of(turn.plan).intensity, -turn.number) for turn in turns]
    most, number = max(by_distress, default=(0.0, 0))
    return -number if most >= HEAVY else 0


def _was(count: int) -> str:
    return "were" if count > 1 else "was"
