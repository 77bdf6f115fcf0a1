"""Consent to be remembered, in speech: when to ask, how an answer is read, and what a person says to take it back.

Pure. Rules over our own words, in the languages of replies. An answer that is not clear counts as none, and none counts
as no. It is asked once in a call, never at risk, in high distress or beside another question.
"""

from __future__ import annotations

import functools
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from importlib.resources import files
from typing import Final

from warmline.dialogue.languages import ENGLISH, LANGUAGES
from warmline.dialogue.types import Plan, Purpose, RiskLevel, Turn

CALM_ENOUGH: Final = 4.0
"""Distress from which nobody is asked."""

FIRST, AGAIN = 3, 2
"""Exchanges after which a goodbye is late enough to ask, and after which somebody who has called before is asked."""

SHORT: Final = 9
"""Words of an answer that says nothing else."""


class Wish(Enum):
    """What a turn says about being remembered."""

    NONE = "nothing"
    YES = "yes"
    NO = "no"
    FORGET = "forget"


@dataclass(frozen=True, slots=True)
class Standing:
    """Where consent stands in a call. ``ask``: it may be asked for. ``asked``: it has been, in this call.
    ``returning``: the person has called before."""

    ask: bool = False
    asked: bool = False
    returning: bool = False


def wish(text: str, last_heard: str, language: str = ENGLISH) -> Wish:
    """What ``text`` says; ``last_heard`` is what was heard of us before it: only an answer to our question is a yes."""
    said = text.lower().replace("’", "'")
    table = _table(language)
    if table["forget"].search(said) and not table["not_forget"].search(said):
        return Wish.FORGET
    if not is_question(last_heard):
        return Wish.NONE
    if table["no"].search(said):
        return Wish.NO
    return Wish.YES if table["yes"].search(said) else Wish.NONE


def only_answers(text: str) -> bool:
    """Does the turn say little beside its answer, so that a short word of ours is enough?"""
    return len(text.split()) <= SHORT and len(text) <= 12 * SHORT


def reply(found: Wish, language: str = ENGLISH) -> str:
    """What we say to it."""
    names = {Wish.YES: "agreed", Wish.NO: "refused", Wish.FORGET: "erased"}
    return str(_words(language)[names[found]])


def question(standing: Standing, turns: tuple[Turn, ...], plan: Plan) -> str:
    """The question, where this is the moment for it: at a goodbye of a first call, or early where somebody calls again;
    else ""."""
    risk = max([plan.risk.level, *(turn.plan.risk.level for turn in turns)])
    if not standing.ask or standing.asked or risk >= RiskLevel.L1 or plan.intensity >= CALM_ENOUGH:
        return ""
    words = _words(plan.language)
    if plan.purpose is Purpose.GOODBYE and len(turns) >= FIRST - 1:
        return str(words["question"])
    if standing.returning and len(turns) >= AGAIN:
        return str(words["question_back"])
    return ""


def is_question(heard: str) -> bool:
    """Does what was heard of us end with this question?"""
    ends = [str(_words(code)[name]) for code in LANGUAGES for name in ("question", "question_back")]
    said = heard.rstrip()
    return any(said.endswith((end, re.split(r"(?<=[?？])", end)[0])) for end in ends)


@functools.cache
def _file() -> Mapping[str, Mapping[str, str]]:
    return tomllib.loads(files("warmline.dialogue.memory").joinpath("words.toml").read_text(encoding="utf-8"))


def _words(language: str) -> Mapping[str, str]:
    return _file().get(language, _file()[ENGLISH])


@functools.cache
def _table(language: str) -> dict[str, re.Pattern[str]]:
    words = _words(language)
    return {name: re.compile(words[name], re.IGNORECASE) for name in ("yes", "no", "forget", "not_forget")}
