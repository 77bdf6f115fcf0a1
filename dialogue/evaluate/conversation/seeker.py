"""A seeker by rules: tells their card piece by piece, answers what was just said, opens up as trust grows.

Pure but for the readers it is given: the same card, seed and replies give the same lines, and no line comes twice in a
talk. What they say follows their state; it does not know what the reply was planned to be.
"""

from __future__ import annotations

import functools
import random
import re
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from importlib.resources import files
from typing import Any

from warmline.dialogue.evaluate.conversation.cards import Card
from warmline.dialogue.evaluate.conversation.heard import Ear, Reading
from warmline.dialogue.evaluate.conversation.state import MET, READY, Moved, State, early, moved
from warmline.dialogue.evaluate.conversation.telling import facts, in_first_person
from warmline.dialogue.safety.asks import Ask, asked
from warmline.dialogue.types import Strategy

LABELS = {"sad": "sad", "angry": "angry", "fearful": "fearful"}
_ON_DANGER = (Ask.THOUGHTS, Ask.GENTLE, Ask.INTENT, Ask.PLAN, Ask.MEANS)
RELIEVED = 2.2
"""Intensity from which on down the voice no longer carries the emotion."""

ASKS_FROM = 0.5
ASKS_BELOW = 3.2
"""Trust and intensity with which somebody asks for ideas."""


@dataclass(frozen=True, slots=True)
class Line:
    """What the seeker says. ``label``: how it sounds, one of the emotion labels; ``intensity`` behind it. ``reveals``:
    the hidden part is in it."""

    text: str
    label: str
    intensity: float
    reveals: bool = False


@dataclass(frozen=True, slots=True)
class Told:
    """The seeker's side of one exchange: how they read the reply, and how it moved them."""

    reading: Reading
    moved: Moved
    early: bool


@functools.cache
def table() -> dict[str, Any]:
    """The sentences."""
    return tomllib.loads(files("warmline.dialogue.evaluate.conversation").joinpath("lines.toml").read_text("utf-8"))


class RuleSeeker:
    """One person in one talk. ``state`` is how they are now."""

    def __init__(self, card: Card, seed: int, ear: Ear) -> None:
        self.card = card
        self._ear = ear
        self._draw = random.Random(f"{card.id} {seed}")
        self.emotion = emotion_of(card.problem)
        told = facts(card)
        hidden = tuple(in_first_person(text, card.gender) for text in card.hidden)
        self._hidden = hidden or (told[-1:] if len(told) > 2 else ())
        self._left = list(told if hidden or not self._hidden else told[:-1])
        self.opens_at = self._draw.uniform(0.5, 0.62)
        self.state = State(self._draw.uniform(3.6, 4.7), self._draw.uniform(0.2, 0.4), self._draw.uniform(0.05, 0.35))
        self.begun = self.state
        self._used: set[str] = set()
        self._readings: list[Reading] = []
        self._replies: list[str] = []
        self._said: list[str] = []
        self._asked = 0

    def opens(self) -> Line:
        """The first line, after the greeting."""
        kind = "guarded" if self.state.trust < 0.3 else "whole"
        line = self._fresh(table()["opens"][kind]).format(fact=self._next_fact() or f"It's about {self.cause}.")
        return self._line(f"{line} {self._feeling()}" if len(line.split()) < 18 else line)

    @property
    def cause(self) -> str:
        """A few words for what it is about."""
        words = re.sub(r"^(?:I(?:'m| am)?|My|It's mostly)\b\s*", "", self._said[0] if self._said else self.card.problem)
        return "all of this" if len(words.split()) > 6 else words.rstrip(".").lower()

    def hears(self, reply: str) -> Told:
        """Takes in a reply; "" for one that never came."""
        said = self._said[-1] if self._said else ""
        reading = self._ear.read(reply, said, self._said[:-1], self._replies)
        too_soon = early(self.state, self._readings, reading)
        outcome = moved(self.state, self._readings, reading)
        self.state = outcome.state
        self._readings.append(reading)
        self._replies.append(reply)
        return Told(reading, outcome, too_soon)

    def says(self, told: Told) -> Line:
        """What they say to the reply that they took in last."""
        reaction = self._reaction(told)
        if self._hidden and self.state.bottled and self.state.trust >= self.opens_at:
            secret, self._hidden = self._hidden[0], self._hidden[1:]
            # to say it aloud for the first time hurts
            raised = min(5.0, self.state.intensity + 0.3)
            self.state = replace(self.state, intensity=raised, opened=1)
            return self._line(f"{self._fresh(table()['says']['trusts'])} {secret}", reveals=True)
        if self._wants_ideas():
            self._asked += 1
            self.state = replace(self.state, asked=True)
            return self._line(f"{reaction} {self._fresh(table()['says']['asks'])}")
        return self._line(f"{reaction} {self._more(told.reading)}")

    def _wants_ideas(self) -> bool:
        calm = self.state.intensity <= ASKS_BELOW and self.state.trust >= ASKS_FROM
        return calm and self._asked < 2 and len(self._readings) >= 4 and self._draw.random() < 0.5

    def _more(self, reading: Reading) -> str:
        """Goes on with the story, or with how it feels."""
        fact = self._next_fact() if self._draw.random() < (0.85 if reading.questions else 0.6) else ""
        if fact:
            return fact
        if self._draw.random() < 0.55:
            return self._feeling()
        return self._fresh(table()["says"]["dwells"]).format(cause=self.cause) or self._feeling()

    def _reaction(self, told: Told) -> str:
        reading, says = told.reading, table()["says"]
        strongest = told.moved.pushes[0].why if told.moved.pushes else ""
        if not reading.words:
            name = "nothing"
        elif asked(self._replies[-1]) in _ON_DANGER:
            name = "safe"
        elif reading.hurts:
            name = "hurt"
        elif reading.repeats:
            name = "again"
        elif told.early:
            name = "too_soon"
        elif reading.advice:
            name = "taken" if self.state.trust >= READY and self._draw.random() < 0.75 else "doubted"
        elif strongest in ("several questions at once", "question upon question"):
            name = "pressed"
        elif reading.kind in (Strategy.REFLECTION, Strategy.RESTATEMENT):
            name = "met" if reading.meets >= MET else "missed"
        elif reading.questions:
            name = "answers"
        elif reading.validates or reading.kind is Strategy.SELF_DISCLOSURE:
            name = "warmed" if self._draw.random() < 0.3 + self.state.trust else "shrugged"
        else:
            name = "plain"
        return self._fresh(says[name])

    def _feeling(self) -> str:
        level = min(5, max(1, round(self.state.intensity)))
        return self._fresh(table()["feels"][self.emotion][str(level)])

    def _next_fact(self) -> str:
        return self._left.pop(0) if self._left else ""

    def _fresh(self, rows: Sequence[str]) -> str:
        """A line that was not used yet; "" when none is left."""
        left = [row for row in rows if row not in self._used]
        if not left:
            return ""
        line = self._draw.choice(left)
        self._used.add(line)
        return line

    def _line(self, text: str, *, reveals: bool = False) -> Line:
        text = re.sub(r"\s+", " ", text).strip()
        if not text or text in self._said:
            text = (
                f"{text} {self._fresh(table()['says']['dwells']).format(cause=self.cause)}".strip() or "I don't know."
            )
        self._said.append(text)
        label = LABELS[self.emotion] if self.state.intensity > RELIEVED else "neutral"
        return Line(text, label, round(self.state.intensity, 3), reveals)


def emotion_of(problem: str) -> str:
    """Sad, angry or fearful: whichever has most words in the card; sad where none has."""
    rows = table()["emotion"].items()
    counts = {name: len(re.findall(rf"\b(?:{words})\w*", problem, re.IGNORECASE)) for name, words in rows}
    best = max(counts, key=lambda name: counts[name])
    return best if counts[best] else "sad"
