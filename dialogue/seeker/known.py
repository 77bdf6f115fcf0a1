"""What is known of the person so far in a call: facts folded turn by turn, the newer word counting. Pure.

Nothing is lost: a fact that replaced another keeps the words of before. It does not know what earlier calls knew.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

from warmline.dialogue.seeker.corrections import corrected, correction_in
from warmline.dialogue.seeker.extract import facts_in
from warmline.dialogue.seeker.facts import Fact, Kind
from warmline.dialogue.seeker.people import named_later
from warmline.dialogue.types import Turn

_ONE: Final = frozenset({Kind.AGE, Kind.WORK})
_MARRIAGE: Final = frozenset(["married", "divorced", "widowed", "engaged", "single", "separated"])
_SAME: Final = 0.6
"""Share of common words from which two texts tell the same."""


@dataclass(frozen=True, slots=True)
class Known:
    """``facts`` in the order they were last changed. ``intensity``: (turn, distress of 1 to 5) over the call."""

    facts: tuple[Fact, ...] = ()
    intensity: tuple[tuple[int, float], ...] = ()

    def of(self, kind: Kind) -> tuple[Fact, ...]:
        return tuple(fact for fact in self.facts if fact.kind is kind)


def known(turns: tuple[Turn, ...]) -> Known:
    """What the turns of a call tell; turns are counted from 1 in their order."""
    state = Known()
    for number, turn in enumerate(turns, 1):
        state = step(state, turn.user.text, number, turn.plan.intensity)
    return state


def step(state: Known, text: str, turn: int, intensity: float | None = None) -> Known:
    """``state`` after the person has said ``text`` in ``turn``."""
    facts = state.facts
    correction = correction_in(text)
    fixed = corrected(facts, correction, turn) if correction is not None else facts
    if fixed is not facts:
        facts = fixed
    else:
        name = named_later(text)
        new = facts_in(text, turn)
        if name and not any(fact.kind is Kind.PERSON for fact in new):
            facts = _name_last(facts, name, turn)
        for fact in new:
            facts = merged(facts, fact)
    course = state.intensity if intensity is None else (*state.intensity, (turn, intensity))
    return Known(facts, course)


def merged(facts: tuple[Fact, ...], new: Fact) -> tuple[Fact, ...]:
    """``facts`` with ``new`` in the place of what it replaces, or beside them."""
    for place, old in enumerate(facts):
        if old.kind is new.kind and replaces(new, old):
            kept = replace(new, name=new.name or old.name, when=new.when or old.when, before=(*old.before, old.words))
            return (*facts[:place], *facts[place + 1 :], kept)
    return (*facts, new)


def replaces(new: Fact, old: Fact) -> bool:
    """Does ``new`` take the place of ``old``, of the same kind?"""
    if new.kind in _ONE:
        return True
    if new.kind is Kind.LIVING:
        return new.value.startswith("in ") == old.value.startswith("in ")
    if new.kind is Kind.FAMILY:
        return (
            new.value == old.value or {new.value, old.value} <= _MARRIAGE or ("kid" in new.value and "kid" in old.value)
        )
    if new.kind is Kind.PERSON:
        return new.value == old.value and (not new.name or not old.name or new.name == old.name)
    return overlap(new.value, old.value) >= _SAME


def overlap(one: str, other: str) -> float:
    """Share of common words, over the shorter text's."""
    first, second = set(one.lower().split()), set(other.lower().split())
    return len(first & second) / max(1, min(len(first), len(second)))


def _name_last(facts: tuple[Fact, ...], name: str, turn: int) -> tuple[Fact, ...]:
    for place in range(len(facts) - 1, -1, -1):
        old = facts[place]
        if old.kind is Kind.PERSON and not old.name:
            named = replace(old, name=name, turn=turn, before=(*old.before, old.words))
            return (*facts[:place], *facts[place + 1 :], named)
    return facts
