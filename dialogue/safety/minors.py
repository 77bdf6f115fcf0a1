"""Is the caller a child or a young person? Only what they say themselves counts, and then stricter rules hold.

Pure rules over words. It never guesses from a voice, and it cannot know who says nothing about it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from warmline.dialogue.types import RiskLevel

OF_AGE = 18

_WORDS = {
    "eight": 8, "nine": 9, "ten": 10, "eleven": 11, "twelve": 12, "thirteen": 13, "fourteen": 14, "fifteen": 15,
    "sixteen": 16, "seventeen": 17, "eighteen": 18, "nineteen": 19, "twenty": 20,
    "trece": 13, "catorce": 14, "quince": 15, "dieciséis": 16, "diecisiete": 17,
    "dreizehn": 13, "vierzehn": 14, "fünfzehn": 15, "sechzehn": 16, "siebzehn": 17,
}  # fmt: skip
_NUMBER = r"(\d{1,2}|" + "|".join(_WORDS) + r")"
_END = r"(?=\s*(?:$|[.,;!?]|and\b|but\b|so\b|y\b|pero\b|und\b|aber\b))"
_AGE = re.compile(
    rf"\b(?:i'?m|i am|im) (?:only |just |like )?{_NUMBER}(?:{_END}| (?:years?|yrs?)(?: old)?\b| ?yo\b)"
    rf"|\b(?:my age is|i (?:just )?turned) {_NUMBER}{_END}"
    rf"|\btengo (?:solo )?{_NUMBER} años|\bich bin (?:erst )?{_NUMBER}(?:{_END}| jahre)"
    r"|我(?:今年|才|只有)?\s*(\d{1,2})\s*岁",
    re.IGNORECASE,
)
_SCHOOL = re.compile(
    r"\b(?:in (?:middle school|(?:fifth|sixth|seventh|eighth|ninth|tenth|eleventh|[5-9]th|1[01]th) grade|year "
    r"(?:[7-9]|10|11))|i'?m (?:a )?(?:minor|kid|teenager|under ?age|freshman in high school)|underage"
    r"|soy menor|en (?:la )?(?:primaria|la eso)|ich bin minderjährig|in der (?:[5-9]|10)\. klasse)\b"
    r"|我(?:还没成年|是未成年|上初)",
    re.IGNORECASE,
)
_HINT = re.compile(
    r"\b(?:my teachers?|(?<!therapy )home ?work|recess|grounded|(?:kids|girls|boys|people) (?:at|in|from) "
    r"(?:my )?school|high ?school|my class"
    r"|school counsell?or|mis profes|el instituto|meine (?:lehrer|klasse|mitschüler)\w*|in der schule)\b"
    r"|老师|班上|同学|作业",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Policy:
    """What holds in a call. ``guarded_as``: the least risk at which the guard looks at what the model says.
    ``emotion``: whether emotion may be read from the voice with the caller's own consent. ``memory``: whether anything
    may be kept. ``trusted_adults``: point to grown-ups, and to lines for the young first."""

    guarded_as: RiskLevel
    emotion: bool
    memory: bool
    trusted_adults: bool


ADULT = Policy(RiskLevel.L0, emotion=True, memory=True, trusted_adults=False)
MINOR = Policy(RiskLevel.L1, emotion=False, memory=False, trusted_adults=True)
"""A young person cannot consent alone to either (GDPR art. 8 leaves the age to the member states: 13 to 16)."""


def policy(minor: bool) -> Policy:
    """The rules that hold for a caller."""
    return MINOR if minor else ADULT


def age_said(text: str) -> int | None:
    """The age that a caller says they have, or None."""
    match = _AGE.search(text.replace("’", "'"))
    if match is None:
        return None
    said = next(group for group in match.groups() if group)
    return int(said) if said.isdigit() else _WORDS[said.lower()]


def says_minor(text: str) -> bool | None:
    """Whether a caller says that they are under 18; None where nothing is said about it."""
    age = age_said(text)
    if age is not None:
        return 4 <= age < OF_AGE
    return True if _SCHOOL.search(text.replace("’", "'")) else None


def known(said: tuple[str, ...]) -> bool:
    """Whether a caller has said in these turns, oldest first, that they are under 18; the last word counts."""
    found = [minor for text in said if (minor := says_minor(text)) is not None]
    return bool(found) and found[-1]


def might_be(text: str) -> bool:
    """Whether what is said sounds like a young person's day, so that it is worth asking."""
    return bool(_HINT.search(text))
