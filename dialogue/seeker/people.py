"""The people of a person's life, by relation and name: "my sister Ana", "Nadia, my manager". Rules; English."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator

from warmline.dialogue.seeker.facts import Fact, Kind
from warmline.dialogue.seeker.tables import NAME, NOT_NAMES, Clause, any_of, number_pattern, relations

_PRONOUN_NAME = re.compile(
    rf"\b(?:(?:she|he|they)(?:'s| is|'re| are) (?:called|named)|(?:her|his|their) name(?:'s| is)) (?P<name>{NAME})",
    re.IGNORECASE,
)
_NOT_HERS = re.compile(r"\b(?:don't|do not|never|didn't) (?:really )?(?:have|had|got) (?:a|an|any) $", re.IGNORECASE)


@functools.cache
def _mine() -> re.Pattern[str]:
    relation = any_of(relations())
    return re.compile(
        rf"(?:\b(?P<first>{NAME}), |\b)(?:(?P<my>my|our) (?:\w+ )??|"
        rf"(?P<have>(?:(?:i have|i've got|i've|there's|there is) "
        rf"|and )(?:my |a |an |one |{number_pattern()} )(?:\w+ )?)|(?<=and ))(?P<relation>{relation})"
        rf"\b(?!-| group| zone)"
        rf"(?:(?:'s name is|,? (?:who is |who's |is )?(?:called|named)|,)? (?P<name>{NAME})(?![\w'])(?P<mark>,?))?",
        re.IGNORECASE,
    )


def people(text: str, clauses: tuple[Clause, ...], turn: int) -> Iterator[Fact]:
    """The people named in ``text``, each once, with a name where one was said."""
    found: dict[str, Fact] = {}
    for match in _mine().finditer(text):
        fact = _fact(match, text, turn)
        if fact is not None and (fact.value not in found or (fact.name and not found[fact.value].name)):
            found[fact.value] = fact
    for match in _PRONOUN_NAME.finditer(text):
        before = [fact for fact in found.values() if fact.start < match.start()]
        if before and not before[-1].name and match["name"].lower() not in NOT_NAMES:
            last = before[-1]
            words = text[last.start : match.end()]
            found[last.value] = Fact(Kind.PERSON, last.value, words, turn, last.start, match["name"])
    yield from found.values()


def named_later(text: str) -> str:
    """The name of "she's called Ines", where the person was mentioned in an earlier turn; or ""."""
    match = _PRONOUN_NAME.search(text)
    return match["name"] if match is not None and match["name"].lower() not in NOT_NAMES else ""


def _fact(match: re.Match[str], text: str, turn: int) -> Fact | None:
    if _NOT_HERS.search(text[: match.start("relation")]):
        return None
    relation = relations()[match["relation"].lower()]
    name = match["name"] or ""
    comma = text[match.end("relation") : match.end("relation") + 1] == ","
    if name.lower() in NOT_NAMES or (comma and match["mark"] != "," and "called" not in match[0].lower()):
        name = ""  # "my sister, Ana said": Ana may be somebody else
    first = match["first"] or ""
    if first and first.lower() not in NOT_NAMES and not name:
        return Fact(Kind.PERSON, relation, match[0], turn, match.start(), first)
    start = match.start("my") if match["my"] else match.start("relation")
    end = match.end("name") if name else match.end("relation")
    return Fact(Kind.PERSON, relation, text[start:end], turn, start, name)
