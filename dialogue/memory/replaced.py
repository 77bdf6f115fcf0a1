"""Which earlier memories no longer hold, because the person has since said otherwise: moved, married. Pure.

A memory that no longer holds stays as evidence with the day from which it does not ("until: 2026-03-02"), and never
comes to mind. Only what can be but one thing at a time is looked at; a sentence that also tells something else stays.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Final

from warmline.dialogue.memory.items import Item
from warmline.dialogue.memory.timeline import day_of
from warmline.dialogue.seeker.facts import Fact, Kind
from warmline.dialogue.seeker.known import replaces

UNTIL: Final = "until"
_ONE: Final = frozenset({Kind.AGE, Kind.WORK, Kind.LIVING, Kind.FAMILY})


def set_aside(items: Iterable[Item], new: Item) -> tuple[tuple[Item, Item], ...]:
    """Those of ``items`` that ``new`` puts an end to, each with itself as it is then."""
    now = tuple(fact for fact in facts_of(new) if fact.kind in _ONE)
    if not now:
        return ()
    found = []
    for item in items:
        then = tuple(fact for fact in facts_of(item) if fact.kind is not Kind.PERSON)
        if not over(item) and item is not new and then and all(_ended(old, now) for old in then):
            found.append((item, replace(item, facts=(*item.facts, f"{UNTIL}: {day_of(new.at).isoformat()}"))))
    return tuple(found)


def over(item: Item) -> bool:
    """Does it no longer hold?"""
    return any(fact.startswith(f"{UNTIL}: ") for fact in item.facts)


def facts_of(item: Item) -> tuple[Fact, ...]:
    """The facts of a memory, as far as they were written down."""
    kinds = {kind.value: kind for kind in Kind}
    pairs = (fact.partition(": ") for fact in item.facts)
    return tuple(Fact(kinds[name], text, text, item.turn) for name, _, text in pairs if name in kinds)


def _ended(old: Fact, now: tuple[Fact, ...]) -> bool:
    return any(new.kind is old.kind and new.value != old.value and replaces(new, old) for new in now)
