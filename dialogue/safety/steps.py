"""Which steps the protocol takes, and in which order, by whose safety the talk is about. Pure data; no sentences.

The order follows the C-SSRS screener for the questions and the safety plan of Stanley and Brown (2012) for the plan.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from warmline.dialogue.safety.asks import Ask


class Path(Enum):
    """Whose safety the talk is about."""

    SELF = "self"
    OTHER = "other"
    HARM = "harm"
    ABUSE = "abuse"
    MEDICAL = "medical"


@dataclass(frozen=True, slots=True)
class Step:
    """One turn's work: a statement (a name in ``Lines.say``, or ""), then a question (or None). ``name`` is how it is
    remembered as done and what the audit writes down."""

    name: str
    say: str = ""
    ask: Ask | None = None


PROBES = frozenset(
    {Ask.GENTLE, Ask.THOUGHTS, Ask.INTENT, Ask.PLAN, Ask.MEANS, Ask.TIME, Ask.HARM, Ask.DONE, Ask.OTHERS, Ask.AGAIN}
)
"""Questions on the risk itself: not for the moment right after somebody was angry, silent or unwilling."""

ON_HELP = frozenset({Ask.WILLING, Ask.BARRIER, Ask.CARE, Ask.TRUSTED, Ask.TRUSTED_YOUNG})
"""Questions about getting help: what is answered may be an obstacle."""

SELF = (
    Step("thoughts", ask=Ask.THOUGHTS),
    Step("intent", ask=Ask.INTENT),
    Step("plan", ask=Ask.PLAN),
    Step("time", ask=Ask.TIME),
    Step("line", "line"),
    Step("trusted", "trusted", Ask.TRUSTED),
    Step("means", ask=Ask.MEANS),
    Step("distance", "distance_soft"),
    Step("willing", "willing", Ask.WILLING),
    Step("care", "care", Ask.CARE),
    Step("barrier", "barrier", Ask.BARRIER),
    Step("signs", "signs", Ask.SIGNS),
    Step("coping", "wave", Ask.COPING),
    Step("where", ask=Ask.WHERE),
    Step("safety plan", "safety plan"),
    Step("next", "next", Ask.NEXT),
    Step("again", ask=Ask.AGAIN),
)
"""At L2: asked about directly, then people and lines, then a safety plan in the person's own words."""

OPEN = Step("open", ask=Ask.OPEN)
"""Once, before anything else, where only a model read something in what was said."""

GROUND = Step("ground", "ground")
"""For whoever asks for help with this very moment, before anything else is asked."""

WISH = (
    Step("thoughts", ask=Ask.THOUGHTS),
    Step("line", "line"),
    Step("trusted", "trusted", Ask.TRUSTED),
    Step("care", "care", Ask.CARE),
    Step("willing", "willing", Ask.WILLING),
)
"""At L1 with a wish not to be alive: the planner speaks again after these."""

AGAIN_DARK = (Step("care", "care", Ask.CARE), Step("trusted", "trusted", Ask.TRUSTED))
"""At L1, when a new dark word comes after a plain no: nothing is asked about again, people are pointed to."""

SELF_NOW = (
    Step("urgent", "urgent", Ask.ALONE),
    Step("distance", "distance", Ask.SAFE),
    Step("line", "line"),
    Step("willing", "willing_now", Ask.WILLING),
    Step("press", "press"),
    Step("trusted", "trusted", Ask.TRUSTED),
    Step("ground", "ground"),
    Step("plan", ask=Ask.PLAN),
    Step("time", ask=Ask.TIME),
    Step("barrier", "barrier", Ask.BARRIER),
    Step("care", "care_now", Ask.CARE),
    Step("next", "next_now", Ask.NEXT),
    Step("again", ask=Ask.AGAIN),
)
"""At L3: the emergency number, somebody beside them, distance, then the way to help."""

OTHERS = (
    Step("others", ask=Ask.OTHERS),
    Step("apart", "apart", Ask.APART),
    Step("line", "line"),
    Step("trusted", "trusted", Ask.TRUSTED),
    Step("care", "anger_care", Ask.CARE),
    Step("next", ask=Ask.NEXT),
    Step("enough", ask=Ask.ENOUGH),
)
OTHERS_NOW = (
    Step("danger", "step_away", Ask.APART),
    Step("distance", "leave_behind", Ask.ALONE),
    *OTHERS[2:],
)
ABUSED = (
    Step("danger", "danger", Ask.DANGER),
    Step("line", "line"),
    Step("trusted", "trusted", Ask.TRUSTED),
    Step("care", "abuse_care", Ask.CARE),
    Step("next", "pace", Ask.NEXT),
    Step("enough", ask=Ask.ENOUGH),
)
ABUSED_NOW = (
    Step("urgent", "leave", Ask.SAFE),
    Step("quiet", "quiet", Ask.ALONE),
    *ABUSED[1:],
)
ILL_NOW = (
    Step("urgent", "ill", Ask.ALONE),
    Step("tell", "ill_tell"),
    Step("stay", "ill_stay", Ask.SAFE),
    Step("line", "line"),
    *SELF_NOW[5:],
)
THEY = (
    Step("they", ask=Ask.THEY),
    Step("direct", "they_direct", Ask.THEY_SAFE),
    Step("line", "line"),
    Step("they means", ask=Ask.THEY_MEANS),
    Step("stay", "they_stay"),
    Step("trusted", "they_trusted", Ask.TRUSTED),
    Step("care", "they_care"),
    Step("enough", ask=Ask.ENOUGH),
)
THEY_NOW = (
    Step("urgent", "they_now", Ask.THEY_SAFE),
    Step("distance", "they_distance"),
    *THEY[2:],
)

AGE = Step("age", ask=Ask.AGE)
"""Where a caller sounds young, so that grown-ups and lines for the young come first."""

AFTER = Step("later", ask=Ask.LATER)
"""The check later in the call, once ordinary support has gone on for a while."""

WORSE = Step("worse", "stay_now", Ask.SAFE)
"""When a check is answered with "stronger"."""


def steps(path: Path, *, now: bool) -> tuple[Step, ...]:
    """The steps of a path in order; ``now``: at L3."""
    if path is Path.OTHER:
        return THEY_NOW if now else THEY
    if path is Path.HARM:
        return OTHERS_NOW if now else OTHERS
    if path is Path.ABUSE:
        return ABUSED_NOW if now else ABUSED
    if path is Path.MEDICAL:
        return ILL_NOW
    return SELF_NOW if now else SELF
