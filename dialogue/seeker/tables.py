"""The seeker's word lists, read once, and what several of its rules share: clauses with places, numbers, trimming."""

from __future__ import annotations

import functools
import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from importlib.resources import files
from typing import Any, Final

I_AM: Final = r"(?:i'?m|i am|i have been|i'?ve been)"
NAME: Final = r"(?-i:[A-Z][a-zà-öø-ÿ'’-]+)"
"""A name, as recognition writes it: with a capital letter, whatever the rest of the pattern ignores."""

NOT_NAMES: Final = frozenset(
    (
        *("i", "i'm", "i've", "i'd", "i'll", "she", "he", "it", "they", "we", "you", "my", "and", "but", "so", "the"),
        *("a", "is", "was", "no", "yes", "january", "february", "march", "april", "may", "june", "july", "august"),
        *("september", "october", "november", "december", "monday", "tuesday", "wednesday", "thursday", "friday"),
        *("saturday", "sunday"),
    )
)

_CLAUSE = re.compile(
    r"[^.!?;]+?(?=[.!?;]|$|,\s+(?:and|but|so|because|which|then|now)\b|\s+(?:and|but|so|because)\s+"
    r"(?:i|i'm|i've|he|she|they|we|my|now|nobody|it's)\b|,\s+(?:i|it|she|he|they|we|i'm|it's|he's|she's|i've)\b)",
    re.IGNORECASE,
)
_ANY = (
    r"\b(?:not|no longer|never|n't|don't|doesn't|didn't|isn't|wasn't|if|wish|might|maybe|would|used to|should|nobody"
    r"|could have|i'd love|want to|wanted to|pretend\w*)\b"
)
_UNREAL = re.compile(_ANY.replace(r"|n't", "") + r"|n't\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Clause:
    """A piece of a text; ``start`` is its place there. ``asks``: it is part of a question."""

    text: str
    start: int
    asks: bool = False

    @property
    def unreal(self) -> bool:
        """Denied, wished or only possible: no fact."""
        return bool(_UNREAL.search(self.text))


@functools.cache
def rules() -> Mapping[str, Any]:
    """The file of word lists."""
    return tomllib.loads(files("warmline.dialogue.seeker").joinpath("rules.toml").read_text(encoding="utf-8"))


@functools.cache
def relations() -> Mapping[str, str]:
    """Each word for a relation, and the one that stands for it."""
    table = rules()["relations"]
    named = {word: name for name, words in table.items() if name != "plain" for word in words}
    return {**named, **{word: word for word in table["plain"]}}


def any_of(words: Iterable[str]) -> str:
    """A pattern for one of the words, longer ones first."""
    return "(?:" + "|".join(re.escape(word) for word in sorted(set(words), key=len, reverse=True)) + ")"


def plain(text: str) -> str:
    """The same text, letter for letter, with straight apostrophes and spaces."""
    return text.replace("’", "'").replace("\n", " ").replace("\t", " ")


def clauses(text: str) -> tuple[Clause, ...]:
    """The clauses of a text that was made :func:`plain`, in order."""
    out = []
    for match in _CLAUSE.finditer(text):
        rest = re.search(r"[.!?;]", text[match.end() :])
        piece = match[0].strip(" ,")
        if piece:
            start = match.start() + match[0].index(piece)
            out.append(Clause(piece, start, rest is not None and rest[0] == "?"))
    return tuple(out)


@functools.cache
def number_pattern() -> str:
    """A whole number, as digits or words."""
    tens, units = any_of(rules()["numbers"]), any_of(rules()["units"])
    return rf"(?:\d{{1,3}}|{tens}(?:[ -]{units})?|{units})"


def number(text: str) -> int:
    """What :func:`number_pattern` matched."""
    if text.isdigit():
        return int(text)
    known = {**rules()["numbers"], **rules()["units"]}
    return sum(known[part] for part in re.split(r"[ -]", text.lower()) if part)


_END = re.compile(
    r"\s*(?:[,.;!?]| (?:and|but|so|because|since|when|while|though|which|who|whatever|anyway|again|any ?more|right now|"
    r"at the moment|these days|all the time|a little|a lot|to death|for (?:weeks|months|years|days|a while|ages)|"
    r"at work|at night|every (?:day|night|evening|morning))\b).*$",
    re.IGNORECASE,
)


def trimmed(text: str, most: int) -> str:
    """The beginning of ``text`` up to where its phrase ends, at most so many words; a prefix of it but for spaces at
    its ends."""
    return " ".join(_END.sub("", " " + text).strip(" '\"-").split(" ")[:most])
