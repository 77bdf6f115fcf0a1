"""The safety plan in the person's own words: what they said, turned so that it can be said back to them.

Pure. It keeps a few words of the running call only; nothing of it is stored. It repeats no word for a means of harm.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from warmline.dialogue.safety.asks import Ask
from warmline.dialogue.safety.means import ACT, THING
from warmline.dialogue.safety.normal import normal

MOST_WORDS = 9
MOST_SIGNS = 24
"""Longest answer that is repeated, where a script has no spaces."""

SLOTS = {
    Ask.SIGNS: "signs",
    Ask.COPING: "helps",
    Ask.TRUSTED: "person",
    Ask.TRUSTED_YOUNG: "person",
    Ask.WHERE: "where",
    Ask.NEXT: "next",
}

_LEAD = re.compile(
    r"^\W*(?:(?:um+|uh+|well|i mean|i guess|maybe|probably|honestly|okay|ok|yes|yeah|yep|sure|oh|like|so|just"
    r"|sí|quizás?|tal vez|bueno|pues|ja|vielleicht|also|naja)(?!\w)\W*|(?:嗯|也许|可能)\W*)+",
    re.IGNORECASE,
)
_TRAIL = re.compile(
    r"[\s,]+(?:i (?:guess|think|suppose)|maybe|probably|or something|creo|supongo|glaub(?:e)? ich|vielleicht)$",
    re.IGNORECASE,
)
_TURNED = {
    "i": "you", "i'm": "you're", "i've": "you've", "i'd": "you'd", "i'll": "you'll", "me": "you", "my": "your",
    "mine": "yours", "myself": "yourself", "am": "are",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class SafetyPlan:
    """Warning signs, what helps, whom to turn to, where it is easier, the next step: "" where nothing was said."""

    signs: str = ""
    helps: str = ""
    person: str = ""
    where: str = ""
    next: str = ""

    @property
    def parts(self) -> tuple[str, ...]:
        """The names of what is there, in order."""
        return tuple(name for name in ("signs", "helps", "person", "where", "next") if getattr(self, name))


def said_back(text: str, language: str) -> str:
    """An answer as it is repeated to the person, or "" where it should not be: too long, empty, or naming a means."""
    plain = normal(text)
    if f" {THING} " in plain or f" {ACT} " in plain:
        return ""
    words = _LEAD.sub("", text.replace("’", "'")).strip(" .,!?;:…。，！？")
    words = re.split(r"[.!?;。！？]|…", words)[0].strip(" ,")
    words = _TRAIL.sub("", words)
    if not re.search(r"\w", words):
        return ""
    if re.search(r"[\u3400-\u9fff]", words):
        return words if len(words) <= MOST_SIGNS else ""
    tokens = words.split()
    if not 0 < len(tokens) <= MOST_WORDS:
        return ""
    if language == "en":
        tokens = [_TURNED.get(token.lower(), token) for token in tokens]
    return " ".join(tokens)
