"""Who is meant: names and pronouns in a sentence made plain by what is known of the person's people. Pure; English.

Only for the meaning of a memory, never for its words: "Ana called" is near "my sister rang" once Ana is known to be the
sister. A pronoun is taken for whoever was named last of that gender; it may be somebody else.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final

from warmline.dialogue.memory.items import Item
from warmline.dialogue.seeker.facts import Fact, Kind

_HER: Final = frozenset(
    (
        *("mother", "grandmother", "sister", "stepsister", "half-sister", "daughter", "stepdaughter", "granddaughter"),
        *("stepmother", "stepmum", "wife", "girlfriend", "fiancée", "ex-wife", "aunt", "niece", "mother-in-law"),
        *("sister-in-law", "godmother", "landlady", "midwife"),
    )
)
_HIS: Final = frozenset(
    (
        *(
            "father",
            "grandfather",
            "brother",
            "stepbrother",
            "half-brother",
            "son",
            "stepson",
            "grandson",
            "stepfather",
        ),
        *("stepdad", "husband", "boyfriend", "fiancé", "ex-husband", "uncle", "nephew", "father-in-law"),
        *("brother-in-law", "godfather", "landlord"),
    )
)
_PRONOUN = re.compile(r"^(?:(?:and|but|so|now|then|yesterday|today),? )?(?P<who>she|he|her|his)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Cast:
    """``relations``: of each known name, lower case. ``her`` and ``him``: who was named last in this call, or ""."""

    relations: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    her: str = ""
    him: str = ""

    def with_facts(self, facts: Iterable[Fact]) -> Cast:
        """The cast after a sentence in which ``facts`` were found."""
        relations, her, him = dict(self.relations), self.her, self.him
        for fact in facts:
            if fact.kind is Kind.PERSON:
                if fact.name:
                    relations[fact.name.lower()] = fact.value
                her = fact.value if fact.value in _HER else her
                him = fact.value if fact.value in _HIS else him
        return Cast(MappingProxyType(relations), her, him)

    def after(self, sentence: str) -> Cast:
        """The cast after a sentence that names people we know."""
        her, him = self.her, self.him
        for name, relation in self.relations.items():
            if re.search(rf"\b{re.escape(name)}\b", sentence, re.IGNORECASE):
                her = relation if relation in _HER else her
                him = relation if relation in _HIS else him
        return Cast(self.relations, her, him)

    def plain(self, sentence: str) -> str:
        """``sentence`` with relations beside names and in the place of a pronoun at its beginning."""
        out = sentence
        for name, relation in self.relations.items():
            named = re.search(rf"\b{re.escape(name)}\b", out, re.IGNORECASE)
            if named is not None and relation.lower() not in out.lower():
                out = f"{out[: named.start()]}my {relation} {out[named.start() :]}"
        pronoun = _PRONOUN.match(out)
        if pronoun is not None:
            who = self.her if pronoun["who"].lower() in {"she", "her"} else self.him
            if who:
                out = f"my {who}: {out}"
        return out


NOBODY: Final = Cast()


def cast_of(items: Iterable[Item]) -> Cast:
    """The names that memories know, nobody of this call."""
    relations: dict[str, str] = {}
    for item in items:
        for fact in item.facts:
            kind, _, text = fact.partition(": ")
            relation, _, name = text.rpartition(" ")
            if kind == Kind.PERSON.value and name[:1].isupper():
                relations[name.lower()] = relation
    return Cast(MappingProxyType(relations))
