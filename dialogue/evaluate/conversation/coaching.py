"""Feedback for a person who practises being a supporter: turn by turn, then as a whole, kindly worded.

From the same readings that move the simulated seeker, so it teaches what those value. It is no assessment of a person:
the readings err on about one reply in six, and a good supporter does much that they do not see. Pure.
"""

from __future__ import annotations

import functools
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

from warmline.dialogue.evaluate.conversation.cards import Card
from warmline.dialogue.evaluate.conversation.heard import Ear
from warmline.dialogue.evaluate.conversation.seeker import Line, RuleSeeker, Told
from warmline.dialogue.evaluate.conversation.state import MET, State
from warmline.dialogue.types import Strategy

CODES = {"question": "question", "reflection": "reflection", "therapist_input": "input", "other": "other"}
FELT = 0.15
"""A change of intensity that is told as one."""
SHORT = 4


@dataclass(frozen=True, slots=True)
class Turn:
    """One reply of the person who practises. ``line``: what the seeker said before it. ``code``: of motivational
    interviewing; ``kind``: the strategy. ``moved``: intensity and trust by this reply. ``happened``: what it did;
    ``might``: what might have helped, () where nothing comes to mind."""

    line: str
    reply: str
    code: str
    kind: str
    intensity: float
    trust: float
    moved: tuple[float, float]
    happened: tuple[str, ...]
    might: tuple[str, ...]
    early: bool = False


@dataclass(frozen=True, slots=True)
class Practised:
    """The whole practice. ``reflections`` that met the seeker, ``questions``: replies with one."""

    turns: tuple[Turn, ...]
    begun: State
    ended: State
    reflections: int
    questions: int
    early: int
    opened: bool
    summary: tuple[str, ...]


def turn(line: Line, reply: str, told: Told, before: State) -> Turn:
    """The feedback on one reply."""
    rows = [_table()["why"][push.why] for push in told.moved.pushes]
    after, reading = told.moved.state, told.reading
    return Turn(
        line=line.text,
        reply=reply,
        code=CODES.get(reading.code, reading.code),
        kind=reading.kind.name.lower(),
        intensity=round(after.intensity, 2),
        trust=round(after.trust, 2),
        moved=(round(after.intensity - before.intensity, 2), round(after.trust - before.trust, 2)),
        happened=tuple(row[0] for row in rows) or ("It left them as they were.",),
        might=tuple(row[1] for row in rows if row[1]),
        early=told.early,
    )


def replayed(card: Card, seed: int, ear: Ear, replies: Sequence[str]) -> tuple[Line, Practised]:
    """The seeker's next line after these replies, and the feedback on them. The same replies give the same: nothing is
    kept between calls."""
    seeker = RuleSeeker(card, seed, ear)
    line, turns, readings = seeker.opens(), [], []
    for reply in replies:
        before = seeker.state
        told = seeker.hears(reply)
        turns.append(turn(line, reply, told, before))
        readings.append(told)
        line = seeker.says(told)
    return line, practised(turns, readings, seeker.begun, seeker.state)


def practised(turns: Sequence[Turn], told: Sequence[Told], begun: State, ended: State) -> Practised:
    """The practice as a whole."""
    met = (Strategy.REFLECTION, Strategy.RESTATEMENT)
    reflections = sum(one.reading.kind in met and one.reading.meets >= MET for one in told)
    questions = sum(one.reading.questions > 0 for one in told)
    early = sum(one.early for one in told)
    opened = ended.opened > 0
    summary = _summary(len(turns), reflections, questions, early, opened, ended.intensity - begun.intensity)
    return Practised(tuple(turns), begun, ended, reflections, questions, early, opened, summary)


def _summary(count: int, reflections: int, questions: int, early: int, opened: bool, change: float) -> tuple[str, ...]:
    says = _table()["summary"]
    found = []
    if reflections or questions:
        name = "reflects" if reflections > questions else "balanced" if reflections == questions else "asks"
        found.append(says[name])
    found.append(says["early"].format(count=early) if early else says["patient"])
    found.append(says["opened" if opened else "closed"])
    found.append(says["eased" if change < -FELT else "worse" if change > FELT else "same"])
    if count < SHORT:
        found.append(says["short"])
    return tuple(found)


@functools.cache
def _table() -> dict[str, Any]:
    """The sentences."""
    return tomllib.loads(files("warmline.dialogue.evaluate.conversation").joinpath("coaching.toml").read_text("utf-8"))
