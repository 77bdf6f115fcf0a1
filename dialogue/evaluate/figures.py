"""Figures of rehearsed replies: do they do what was planned, also late in a long talk; briefly, honestly, in time?

Pure. What a reply does was judged before; the judge's errors count here as the model's.
"""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from warmline.dialogue.checks import Context, Fault, fault
from warmline.dialogue.speakable import words_of
from warmline.dialogue.types import Strategy

EARLY, LATE = 3, 30
"""The turns between which adherence may decay."""

_DRAWS = 1000


@dataclass(frozen=True, slots=True)
class Realised:
    """One reply. ``turn`` counts from 1 within its talk. ``planned``: what the planner wanted; ``recorded``: what the
    turn's plan says in the end, which is something else where no draft was right. ``found``: what it does by the judge,
    ``also`` by a second judge. ``first_ms``: until the first piece; ``model_ms``: until the first piece that the model
    wrote (None where it wrote none). ``unread``: tokens that the model had still to read when the turn ended (None
    where the backend does not say)."""

    turn: int
    situation: str
    words: str
    planned: Strategy
    recorded: Strategy
    found: Strategy
    also: Strategy
    reply: str
    sources: tuple[str, ...]
    faults: tuple[Fault, ...]
    first_ms: float
    model_ms: float | None
    unread: int | None


@dataclass(frozen=True, slots=True)
class Figures:
    """Rates in 0-1. ``realised``: replies that do what the planner wanted; ``recorded``: what their plan says in the
    end; ``second_judge``: ``realised`` by the other judge. ``replanned``: replies whose plan was changed on the way.
    ``decay_points``: realised at turn 3 less realised at turn 30, by a straight line, in points, with its 95% interval.
    ``claims``: replies that leak the prompt, claim a life or claim feelings. ``rescued``: replies with a sentence of
    ours because the model failed. ``rewritten``: replies of which a draft was thrown away because it was off the plan;
    ``rewritten_ms``, ``straight_ms``: until the model's first piece, of these and of the others."""

    n: int
    realised: float
    recorded: float
    second_judge: float
    replanned: float
    worst_class: float
    worst: str
    decay_points: float
    decay_interval: tuple[float, float]
    words_median: float
    questions_over_one: float
    claims: int
    rescued: float
    rewritten: float
    distinct: float
    by_class: dict[str, tuple[float, float, int]] = field(default_factory=dict)
    by_turn: dict[str, float] = field(default_factory=dict)
    faults: dict[str, int] = field(default_factory=dict)
    first_ms: tuple[float, ...] = ()
    model_ms: tuple[float, ...] = ()
    rewritten_ms: tuple[float, ...] = ()
    straight_ms: tuple[float, ...] = ()
    unread: tuple[int, ...] = ()


def figures(replies: Sequence[Realised]) -> Figures:
    """The figures of some replies; ``replies`` must not be empty."""
    right = [one.found is one.planned for one in replies]
    second = [one.also is one.planned for one in replies]
    classes = _by_class(replies)
    worst = min(classes, key=lambda name: classes[name][0])
    turns = [one.turn for one in replies]
    faults: dict[str, int] = {}
    for one in replies:
        for each in one.faults:
            faults[each.name] = faults.get(each.name, 0) + 1
    anew = [Fault.OFF_PLAN in one.faults for one in replies]
    times = [(one.model_ms, again) for one, again in zip(replies, anew, strict=True) if one.model_ms is not None]
    return Figures(
        n=len(replies),
        realised=statistics.fmean(right),
        recorded=statistics.fmean(one.found is one.recorded for one in replies),
        second_judge=statistics.fmean(second),
        replanned=statistics.fmean(one.recorded is not one.planned for one in replies),
        worst_class=classes[worst][0],
        worst=worst,
        decay_points=_decay(np.asarray(turns), np.asarray(right, float)),
        decay_interval=_interval(np.asarray(turns), np.asarray(right, float)),
        words_median=float(statistics.median(len(words_of(one.reply)) for one in replies)),
        questions_over_one=statistics.fmean(one.reply.count("?") > 1 for one in replies),
        claims=sum(_claims(one.reply, one.planned) for one in replies),
        rescued=statistics.fmean("fallback" in one.sources for one in replies),
        rewritten=statistics.fmean(anew),
        distinct=len({one.reply for one in replies}) / len(replies),
        by_class=classes,
        by_turn=_by_turn(turns, right),
        faults=faults,
        first_ms=tuple(one.first_ms for one in replies),
        model_ms=tuple(ms for ms, _ in times),
        rewritten_ms=tuple(ms for ms, again in times if again),
        straight_ms=tuple(ms for ms, again in times if not again),
        unread=tuple(one.unread for one in replies if one.unread is not None),
    )


def _by_class(replies: Sequence[Realised]) -> dict[str, tuple[float, float, int]]:
    """Strategy -> (realised by the judge, by the second judge, how often planned)."""
    found: dict[str, tuple[float, float, int]] = {}
    for strategy in Strategy:
        rows = [(one.found is strategy, one.also is strategy) for one in replies if one.planned is strategy]
        if rows:
            found[strategy.name] = (
                statistics.fmean(a for a, _ in rows),
                statistics.fmean(b for _, b in rows),
                len(rows),
            )
    return found


def _by_turn(turns: Sequence[int], right: Sequence[bool]) -> dict[str, float]:
    thirds = {"1-10": range(1, 11), "11-20": range(11, 21), "21-30": range(21, 31)}
    return {
        name: statistics.fmean(rows)
        for name, span in thirds.items()
        if (rows := [ok for turn, ok in zip(turns, right, strict=True) if turn in span])
    }


def _decay(turns: NDArray[np.int_], right: NDArray[np.float64]) -> float:
    """By least squares; 0 where all turns are alike."""
    spread = np.var(turns)
    if spread == 0:
        return 0.0
    slope = float(np.mean((turns - np.mean(turns)) * (right - np.mean(right))) / spread)
    return -slope * (LATE - EARLY) * 100.0


def _interval(turns: NDArray[np.int_], right: NDArray[np.float64]) -> tuple[float, float]:
    """95%, by drawing the replies anew."""
    draw = np.random.default_rng(0)
    picks = (draw.integers(0, len(turns), len(turns)) for _ in range(_DRAWS))
    low, high = np.percentile([_decay(turns[pick], right[pick]) for pick in picks], (2.5, 97.5))
    return float(low), float(high)


def _claims(reply: str, strategy: Strategy) -> bool:
    """The same patterns as the checks, over the whole reply as it was said: what slips through in pieces counts."""
    return fault(reply, "", Context(strategy, "")) in (Fault.CLAIM, Fault.LEAK)
