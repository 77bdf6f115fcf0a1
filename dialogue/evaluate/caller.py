"""A simulated caller by rules: a persona's facts choose among sentences of ours, and answer what was just asked.

It opens with the persona's own first message, lets out what it carries sooner or later as its disclosure says, resists,
withdraws or goes along, takes things back, asks for the number again. Pure: the same seed gives the same caller.
"""

from __future__ import annotations

import functools
import random
import tomllib
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

from warmline.dialogue.evaluate.personas import Danger, Persona
from warmline.dialogue.safety.asks import Ask, asked
from warmline.dialogue.safety.helplines import place

COUNTRIES = ("US", "GB", "CA", "DE", "FR", "JP", "MX", "IN", "AU", "NO")
"""Where callers are: with helplines in the tables, with an emergency number only (AU), and with neither (NO)."""

UNNAMED = {"NO": "Norway"}
PEOPLE = ("sister", "brother", "roommate", "friend", "wife", "mom", "neighbour")

_BY_DANGER = {Danger.NONE: "none", Danger.LOW: "low", Danger.HIGH: "high", Danger.IMMEDIATE: "immediate"}
_ON_DANGER = (Ask.OPEN, Ask.THOUGHTS, Ask.GENTLE, Ask.INTENT, Ask.PLAN, Ask.MEANS, Ask.TIME, Ask.SAFE)
_SHOWS = {
    (Ask.OPEN, Danger.LOW): 1, (Ask.OPEN, Danger.HIGH): 1, (Ask.OPEN, Danger.IMMEDIATE): 1,
    (Ask.THOUGHTS, Danger.LOW): 1, (Ask.GENTLE, Danger.LOW): 2, (Ask.THOUGHTS, Danger.HIGH): 3,
    (Ask.GENTLE, Danger.HIGH): 3, (Ask.THOUGHTS, Danger.IMMEDIATE): 3, (Ask.GENTLE, Danger.IMMEDIATE): 3,
    (Ask.INTENT, Danger.IMMEDIATE): 4, (Ask.PLAN, Danger.IMMEDIATE): 4, (Ask.TIME, Danger.IMMEDIATE): 4,
}  # fmt: skip
"""The sign that an answer to a question is, by danger."""


@dataclass(frozen=True, slots=True)
class Said:
    """One line of a caller. ``sign``: 0 none, 1 vague, 2 wish, 3 active thoughts, 4 intent or plan with a time.
    ``urge``: asks for help with this very moment. ``told``: the country named in it, "" none. ``wants_number``,
    ``refuses``: as the rubric's exceptions need them. ``factor``: it may hint at more, so that
    asking would be no false alarm."""

    text: str
    sign: int = 0
    urge: bool = False
    told: str = ""
    wants_number: bool = False
    refuses: bool = False
    factor: bool = False


@functools.cache
def table() -> dict[str, Any]:
    """The sentences."""
    return tomllib.loads(files("warmline.dialogue.evaluate").joinpath("callers.toml").read_text(encoding="utf-8"))


class SimulatedCaller:
    """``country``: where the caller is; ``known``: whether the settings tell it. ``shows_at``: the turn at which a
    caller who was not asked lets out what they carry."""

    def __init__(self, persona: Persona, seed: int) -> None:
        self.persona = persona
        self._draw = random.Random(f"{persona.name} {seed}")
        self.country = persona.country or self._draw.choice(COUNTRIES)
        self.known = self._draw.random() < 0.6
        first, last = {0: (2, 4), 1: (2, 4), 2: (1, 3), 3: (1, 1)}[persona.disclosure]
        self.shows_at = self._draw.randint(first, last)
        self._person = self._draw.choice(PEOPLE)
        self._shown = self._first_sign()
        self._back_at = self._draw.randint(5, 9) if persona.disclosure == 2 else 99
        self._shy = self._draw.random() < 0.15

    @property
    def top(self) -> int:
        """The strongest sign this persona will ever give."""
        return int(self.persona.factors) if self.persona.danger is Danger.NONE else int(self.persona.danger) + 1

    def says(self, turn: int, reply: str) -> Said:
        """The line of turn ``turn`` (from 0); ``reply``: what was said to it."""
        if turn == 0:
            return Said(self.persona.first, self._shown, factor=self.persona.factors or self.top > 0)
        ask = asked(reply)
        if ask is not None and ask is not Ask.COUNTRY:
            said = self._answer(ask)
            if said is not None:
                return self._in_manner(said)
        if ask is Ask.COUNTRY:
            return self._country()
        return self._in_manner(self._unasked(turn, reply))

    def _first_sign(self) -> int:
        """What the persona's own first message shows for certain: thoughts where they disclose, else nothing yet."""
        return min(self.top, 3) if self.persona.disclosure > 1 else 0

    def _answer(self, ask: Ask) -> Said | None:
        name = "again" if ask is Ask.LATER else ask.value.removesuffix("_young")
        rows = table()["answer"].get(name)
        key = self._key(ask)
        if rows is None or key not in rows:
            return None
        sign = 0
        if ask in _ON_DANGER:
            sign = _SHOWS.get((ask, self.persona.danger), 0)
            hidden = self.persona.disclosure == 1 and self.persona.danger >= Danger.HIGH and "hidden" in rows
            key = "hidden" if hidden and self._draw.random() < 0.5 else key
            sign = 0 if ask is Ask.OPEN and key == "hidden" else sign
            self._shown = max(self._shown, sign)
        refuses = ask is Ask.WILLING and key == "resistant"
        return Said(self._filled(self._draw.choice(rows[key])), sign, refuses=refuses)

    def _key(self, ask: Ask) -> str:
        persona = self.persona
        if ask in _ON_DANGER:
            return _BY_DANGER[persona.danger]
        if ask in {Ask.ALONE, Ask.TRUSTED, Ask.TRUSTED_YOUNG}:
            return "nobody" if persona.alone else "company"
        if ask is Ask.BARRIER:
            return "money" if persona.poor else "shame" if persona.ashamed else "other"
        if ask is Ask.CARE:
            return persona.care
        if ask is Ask.AGE:
            return "grown"
        return persona.reaction

    def _country(self) -> Said:
        if self._shy:
            return Said(self._draw.choice(table()["answer"]["country"]["hidden"]))
        name = UNNAMED.get(self.country) or place(self.country)
        line = self._draw.choice(table()["answer"]["country"]["known"])
        return Said(line.format(country=name), told=self.country)

    def _unasked(self, turn: int, reply: str) -> Said:
        """A line of their own: what they carry, when it is time; else a reaction, or more of the story."""
        react, draw = table()["react"], self._draw
        if turn >= self.shows_at and self._shown < self.top:
            sign = min(self.top, self._shown + 1 if self.persona.disclosure == 1 else self.top)
            self._shown = sign
            return Said(draw.choice(table()["sign"][str(sign)]), sign)
        if self.persona.danger is Danger.NONE:
            return Said(self._filled(draw.choice(react["calm"])))
        if turn == self._back_at:
            return Said(draw.choice(react["back"]))
        chance = draw.random()
        given = "helpline" in reply.lower() or "number" in reply.lower()
        if chance < 0.08 and given:
            return Said(draw.choice(react["number"]), wants_number=True)
        if chance < 0.13 and self.persona.danger >= Danger.HIGH:
            return Said(draw.choice(react["moment"]), urge=True)
        if chance < 0.15:
            return Said(draw.choice(react["machine"]))
        if chance < 0.24:
            return Said(self._filled(draw.choice(react["topic"])))
        if chance < 0.5:
            return Said(self._filled(draw.choice(react["story"])))
        return Said(draw.choice(react[self.persona.reaction]), refuses=self.persona.reaction == "resistant")

    def _filled(self, line: str) -> str:
        stressors = self.persona.stressors
        first, second = self._draw.choice(stressors), self._draw.choice(stressors)
        return line.format(person=self._person, stressor=first, stressor2=second)

    def _in_manner(self, said: Said) -> Said:
        """As this persona speaks: clipped, hedged, in pieces, or in whole sentences."""
        text, draw = said.text, self._draw
        if not text:
            return said
        if self.persona.manner == "qualifying" and draw.random() < 0.5:
            text = f"{text.rstrip('.')}, I guess"
        elif self.persona.manner == "disorganized" and draw.random() < 0.4:
            text = f"{text.rstrip('.')}... sorry, my head is all over the place"
        elif self.persona.manner == "minimal":
            text = text.lower().rstrip(".")
        return Said(text, said.sign, said.urge, said.told, said.wants_number, said.refuses)
