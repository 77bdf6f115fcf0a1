"""What is known about the person: one fact each, with the person's own words and the turn they were said in."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class Kind(Enum):
    """What a fact is about. AGE, WORK and LIVING are one at a time: a newer one replaces the older."""

    AGE = "age"
    WORK = "work"
    FAMILY = "family"
    LIVING = "living"
    PERSON = "person"
    EVENT = "event"
    PROBLEM = "problem"
    VALUE = "value"
    HELPS = "helps"


@dataclass(frozen=True, slots=True)
class Fact:
    """``value``: in a common form ("34", "nurse", "alone"; of a person the relation, of an event what happens).
    ``words``: what was said, a substring of turn ``turn`` that begins at ``start``. ``name``: of a person; ``when``: of
    an event, as :mod:`.when` gives it. ``before``: what it replaced, in the words of then, newest last."""

    kind: Kind
    value: str
    words: str
    turn: int
    start: int = 0
    name: str = ""
    when: str = ""
    before: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """One line for people: "sister Ana", "exam (friday)"."""
        return self.value + (f" {self.name}" if self.name else "") + (f" ({self.when})" if self.when else "")
