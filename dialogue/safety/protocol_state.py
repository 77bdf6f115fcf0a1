"""Where the protocol stands in a call, and what each turn's words tell it beside the risk. Pure.

The names of the screen's rules are read here and nowhere else in the protocol: a name it does not know counts as a
sign about the person's own life.
"""

from __future__ import annotations

import re
import zlib
from dataclasses import dataclass, field, replace

from warmline.dialogue.safety import minors
from warmline.dialogue.safety.answers import Heard
from warmline.dialogue.safety.asks import Ask
from warmline.dialogue.safety.helplines import country_in
from warmline.dialogue.safety.own_words import SLOTS, SafetyPlan, said_back
from warmline.dialogue.safety.steps import Path
from warmline.dialogue.types import Risk, RiskLevel

EXPLICIT = ("thoughts of killing", "intends", "has a plan", "an attempt", "preparations", "asks how",
             "answer: thoughts")  # fmt: skip
WISHES = ("wishes not", "answer: gentle", "taken back: ")
_PLANNED = ("intends", "has a plan", "a plan, beside", "preparations", "an attempt", "answer: intent", "answer: plan")
MERE = ("earlier", "checked", "voice", "answer", "overruled")
"""Evidence that only carries on what was known, or no longer counts."""
_KIND = re.compile(r"^(?:long ago: |taken back: )?(other|harm|abuse|medical): ")
WORSE_SAID = re.compile(
    r"\b(?:stronger|worse|louder|heavier|more (?:intense|of them)|más fuertes?|peor|stärker|schlimmer|lauter)\b"
    r"|更强|更糟|更重",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class ProtocolState:
    """Where the protocol stands. ``country``: two-letter code, "" unknown. ``level``: the last it answered. ``done``:
    names of steps taken. ``asked``: names of questions. ``said``: sentences spoken. ``pending``: the question that
    awaits an answer. ``turns``: replies of ours; ``quiet``: the planner's since. ``eased``: the last reply asked
    nothing because the person was angry, silent or unwilling; ``urged``: it pointed to help at once. ``start``: where
    this call begins in each pool of sentences. ``young``: something sounded like a young person's day."""

    country: str = ""
    minor: bool | None = None
    path: Path | None = None
    level: RiskLevel = RiskLevel.L0
    done: frozenset[str] = field(default_factory=frozenset)
    asked: frozenset[str] = field(default_factory=frozenset)
    said: frozenset[str] = field(default_factory=frozenset)
    pending: Ask | None = None
    turns: int = 0
    quiet: int = 0
    eased: bool = False
    urged: bool = False
    start: int | None = None
    plan: SafetyPlan = field(default_factory=SafetyPlan)
    young: bool = False


def noted(state: ProtocolState, text: str, heard: Heard, risk: Risk, language: str) -> ProtocolState:
    """What these words tell beside the risk: country, age, words for the safety plan, steps that need not be taken."""
    start = zlib.crc32(text.encode()) % 997 if state.start is None and risk.level > RiskLevel.L0 else state.start
    country = (
        (country_in(text) or state.country) if state.pending is Ask.COUNTRY or not state.country else state.country
    )
    said = minors.says_minor(text)
    if said is None and state.pending is Ask.AGE and (heard.yes or heard.no):
        said = heard.yes
    minor = state.minor if said is None else said
    done = state.done | _answered(state, risk, heard)
    if risk.level is RiskLevel.L3 and state.level < RiskLevel.L3 and "urgent" in done:
        done -= {"urgent", "distance", "press"}
    plan = _with_words(state, text, heard, risk, language)
    young = state.young or minors.might_be(text)
    return replace(state, start=start, country=country, minor=minor, young=young, done=done, plan=plan)


def _with_words(state: ProtocolState, text: str, heard: Heard, risk: Risk, language: str) -> SafetyPlan:
    """The safety plan with what was just said to a question of it."""
    slot = SLOTS.get(state.pending) if state.pending is not None else None
    away = heard.no or heard.unsure or heard.refuses_help or heard.turns_away or heard.takes_back or heard.closed
    new = any(not name.startswith(MERE) for name in risk.evidence)
    words = said_back(text, language) if slot is not None and not away and not new else ""
    return replace(state.plan, **{slot: words}) if slot is not None and words else state.plan


def _answered(state: ProtocolState, risk: Risk, heard: Heard) -> frozenset[str]:
    """Steps that need not be taken any more, because the person has said it already."""
    done: set[str] = set()
    evidence = risk.evidence
    if any(name.startswith(EXPLICIT) for name in evidence):
        done.add("thoughts")
    if any(name.startswith(WISHES[:2]) for name in evidence):
        done.add("wish")
    if any(name.startswith(_PLANNED) for name in evidence):
        done |= {"intent", "plan", "thoughts"}
    if any(name.startswith(("intends", "answer: time")) for name in evidence):
        done |= {"time", "plan"}
    if heard.no_plan:
        done |= {"plan", "time"}
    if any(name.startswith("a means at hand") for name in evidence):
        done.add("means")
    if any("other: someone else at risk" in name for name in evidence):
        done.add("they")
    if state.pending in {Ask.INTENT, Ask.PLAN} and heard.no:
        done |= {"time", *({"plan"} if state.pending is Ask.PLAN else ())}
    if state.pending is Ask.WILLING:
        done |= {"barrier", "press"} if heard.yes else set()
    if state.pending is Ask.MEANS and heard.no:
        done.add("distance")
    return frozenset(done)


def path_of(state: ProtocolState, risk: Risk) -> Path | None:
    """Whose safety it is: the person's own life first, then what the evidence names, then what it was before."""
    if risk.level is RiskLevel.L0:
        return None
    new = [name for name in risk.evidence if not name.startswith(MERE)]
    kinds = [match[1] if (match := _KIND.match(name)) else "" for name in new]
    if "medical" in kinds:
        return Path.MEDICAL
    if any(not kind and name.startswith(EXPLICIT) for kind, name in zip(kinds, new, strict=True)):
        return Path.SELF
    for kind in ("abuse", "harm", "other"):
        if kind in kinds and (state.path in {None, Path.OTHER} or state.path is Path(kind)):
            return Path(kind)
    return state.path or (None if risk.level is RiskLevel.L1 else Path.SELF)
