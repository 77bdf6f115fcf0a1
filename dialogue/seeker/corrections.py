"""What a person takes back: "no, not my sister, my cousin", "I meant Tuesday". Pure; English."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Final

from warmline.dialogue.seeker.facts import Fact, Kind
from warmline.dialogue.seeker.tables import NAME, plain, relations
from warmline.dialogue.seeker.when import form_of

_WAY: Final = r"(?:(?:no|wait|sorry|actually|well|hang on|oh)[ ,.]+)*"
_BIT: Final = r"[\w'à-öø-ÿ -]{2,40}?"
_SHORT: Final = r"[\w'à-öø-ÿ-]+(?: [\w'à-öø-ÿ-]+)?"
_PAIRS: Final = tuple(
    re.compile(rf"^{_WAY}{pattern}\s*[.!]?$", re.IGNORECASE)
    for pattern in (
        rf"(?:it'?s |it was |i meant |i mean )?not (?P<wrong>{_BIT}), "
        rf"(?:but |it'?s |it was |i meant )?(?P<right>{_BIT})",
        rf"i (?:didn't|did not|never) say (?P<wrong>{_BIT})[,.] i said (?P<right>{_BIT})",
        rf"it (?:wasn't|isn't|was not|is not) (?P<wrong>{_BIT})[,.] (?:it was|it'?s) (?P<right>{_BIT})",
        rf"(?:i said |i meant |i mean |it'?s |it was |he'?s |she'?s )?(?P<right>{_BIT}), not (?P<wrong>{_BIT})",
        rf"(?:i said|i meant|i mean|it'?s|it was) (?P<right>{_SHORT}) not (?P<wrong>{_SHORT})",
    )
)
_ALONE: Final = re.compile(rf"^{_WAY}i (?:meant|mean)(?: to say)?,? (?P<right>{_BIT})\s*[.!]?$", re.IGNORECASE)
_MINE: Final = re.compile(r"^(?:my|our|the|on|a|an|in|her|his) ", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Correction:
    """``wrong`` may be "" where only the right word was said; ``right`` begins at ``start`` of the text."""

    wrong: str
    right: str
    start: int = 0


def correction_in(text: str) -> Correction | None:
    """What a turn takes back, or None. A turn that says more than its correction is looked at sentence by sentence."""
    said = plain(text)
    sentences = [(match.start(), match[0]) for match in re.finditer(r"\S.*?(?:[.!?]+(?=\s|$)|$)", said)]
    for place, piece in (*[(said.index(said.strip()), said.strip())][: len(sentences)], *sentences):
        for pattern in _PAIRS:
            match = pattern.match(piece)
            if match is not None:
                return Correction(match["wrong"].strip(), match["right"].strip(), place + match.start("right"))
        match = _ALONE.match(piece)
        if match is not None:
            return Correction("", match["right"].strip(), place + match.start("right"))
    return None


def corrected(facts: tuple[Fact, ...], correction: Correction, turn: int) -> tuple[Fact, ...]:
    """``facts`` with the newest one that fits set right, its old words kept in ``before``; the same where none fits."""
    for place in range(len(facts) - 1, -1, -1):
        new = _right(facts[place], correction)
        if new is not None:
            old = facts[place]
            changed = replace(
                new, words=correction.right, turn=turn, start=correction.start, before=(*old.before, old.words)
            )
            return (*facts[:place], *facts[place + 1 :], changed)
    return facts


def _right(fact: Fact, correction: Correction) -> Fact | None:
    wrong, right = _MINE.sub("", correction.wrong), _MINE.sub("", correction.right)
    if fact.kind is Kind.PERSON:
        return _person(fact, wrong, right)
    when = form_of(right)
    if fact.kind is Kind.EVENT and when:
        return replace(fact, when=when) if not wrong or form_of(wrong) == fact.when else None
    if wrong and wrong.lower() in fact.value:
        return replace(fact, value=fact.value.replace(wrong.lower(), right.lower()))
    return None


def _person(fact: Fact, wrong: str, right: str) -> Fact | None:
    relation = relations().get(right.lower())
    if relation is not None and (not wrong or relations().get(wrong.lower()) == fact.value):
        return replace(fact, value=relation)
    if re.fullmatch(NAME, right) and fact.name and (not wrong or wrong.lower() == fact.name.lower()):
        return replace(fact, name=right)
    return None
