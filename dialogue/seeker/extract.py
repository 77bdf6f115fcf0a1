"""All facts of one turn. Pure and fast (well under a millisecond); knows English only."""

from __future__ import annotations

from dataclasses import replace

from warmline.dialogue.seeker.concerns import concerns
from warmline.dialogue.seeker.events import events
from warmline.dialogue.seeker.facts import Fact
from warmline.dialogue.seeker.people import people
from warmline.dialogue.seeker.persona import persona
from warmline.dialogue.seeker.tables import clauses, plain

LONGEST = 4_000
"""Characters of a turn that are looked at."""


def facts_in(text: str, turn: int = 1) -> tuple[Fact, ...]:
    """The facts that ``text`` states, in the order of their places; each quotes a substring of it. Never raises on odd
    text."""
    said = plain(text[:LONGEST])
    parts = clauses(said)
    found = list(people(said, parts, turn))
    for clause in parts:
        for rule in (persona, concerns, events):
            found += rule(clause, turn)
    first: dict[tuple[object, ...], Fact] = {}
    for one in found:
        quoted = replace(one, words=text[one.start : one.start + len(one.words)])
        first.setdefault((one.kind, one.value, one.name, one.when), quoted)
    return tuple(sorted(first.values(), key=lambda one: one.start))
