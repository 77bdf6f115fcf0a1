"""How a seeker is, and what a reply does to that: a deterministic score, after RLVER's idea of a verifiable emotion.

Pure. The numbers are ours, set by hand from what is known to help and to harm (advice before exploring, several
questions at once, playing down, copying); they were not fitted to people. How far they go along with what people
reported is measured by ``warmline eval relief TALKS``. A fall of this figure is no proof that a person
would feel better.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from warmline.dialogue.evaluate.conversation.heard import LONG, Reading
from warmline.dialogue.types import Strategy

EARLY = 3
"""Replies in which advice comes too soon, unless it was asked for."""

READY = 0.45
"""Trust from which on ideas are welcome without being asked for."""

MET = 0.3
"""From here on a reply takes up what was said."""


@dataclass(frozen=True, slots=True)
class State:
    """``intensity`` of the emotion in [1, 5]; ``trust`` and ``resistance`` in [0, 1]. ``asked``: the last line asked
    for ideas. ``opened``: replies since the hidden part was told, 0 before."""

    intensity: float
    trust: float
    resistance: float
    asked: bool = False
    opened: int = 0

    @property
    def bottled(self) -> bool:
        return self.opened == 0


@dataclass(frozen=True, slots=True)
class Push:
    """One thing about a reply, and what it does: ``relief`` takes from intensity, negative adds to it."""

    why: str
    relief: float = 0.0
    trust: float = 0.0
    resistance: float = 0.0


@dataclass(frozen=True, slots=True)
class Moved:
    """The state after a reply, and what moved it, strongest first."""

    state: State
    pushes: tuple[Push, ...]


def moved(state: State, past: Sequence[Reading], now: Reading) -> Moved:
    """What the reply ``now`` does; ``past``: the readings of the replies before it."""
    pushes = pushed(state, past, now)
    relief = sum(push.relief for push in pushes)
    if relief > 0.0:
        # who does not trust or holds back takes in less of what is good; what hurts comes through whole
        relief *= (0.45 + 0.55 * state.trust) * (1.0 - 0.6 * state.resistance)
    after = replace(
        state,
        intensity=_within(state.intensity - relief, 1.0, 5.0),
        trust=_within(state.trust + sum(push.trust for push in pushes), 0.0, 1.0),
        resistance=_within(state.resistance + sum(push.resistance for push in pushes), 0.0, 1.0),
        asked=False,
        opened=state.opened + 1 if state.opened else 0,
    )
    return Moved(after, tuple(sorted(pushes, key=lambda push: -abs(push.relief) - abs(push.trust))))


def pushed(state: State, past: Sequence[Reading], now: Reading) -> tuple[Push, ...]:
    """Everything about the reply that moves somebody."""
    if not now.words:
        return (Push("no reply came", -0.15, -0.10),)
    found = [*_kind(state, past, now), *_questions(past, now), *_faults(past, now)]
    if state.asked and not (now.advice or now.kind in (Strategy.SUGGESTION, Strategy.INFORMATION) or now.offers):
        found.append(Push("asked for ideas and got none", 0.0, -0.03, 0.03))
    return tuple(found)


def early(state: State, past: Sequence[Reading], now: Reading) -> bool:
    """Advice before it is welcome."""
    return now.advice and not state.asked and (len(past) < EARLY or state.trust < READY)


def _kind(state: State, past: Sequence[Reading], now: Reading) -> list[Push]:
    met = now.meets >= MET
    touched = 1.5 if 0 < state.opened <= 2 else 1.0
    if now.advice:
        return _ideas(state, past, now)
    if now.kind in (Strategy.REFLECTION, Strategy.RESTATEMENT):
        if now.parrots:
            return [Push("gave their own words back", 0.0, -0.03)]
        if not met:
            return [Push("a reflection that missed them", 0.0, -0.03, 0.02)]
        share = 1.0 if now.kind is Strategy.REFLECTION else 0.7
        return [Push("felt understood", 0.38 * share * touched * (0.5 + 0.5 * now.meets), 0.09 * share, -0.03)]
    if now.validates:
        before = sum(one.validates for one in past[-3:])
        worn = 1.0 / (1.0 + before)
        return [Push("something kind" if met else "something kind, in general", (0.3 if met else 0.18) * worn * touched,
                     0.06 * worn, -0.02)]  # fmt: skip
    if now.kind is Strategy.SELF_DISCLOSURE:
        return [Push("not the only one", 0.2 * touched, 0.04)]
    if now.kind is Strategy.INFORMATION:
        wanted = state.asked or (state.trust >= READY and len(past) >= EARLY)
        return [Push("knows more now", 0.22, 0.02)] if wanted else [Push("a fact nobody asked for", 0.0, -0.02, 0.03)]
    return []


def _ideas(state: State, past: Sequence[Reading], now: Reading) -> list[Push]:
    if early(state, past, now):
        return [Push("advice before they were ready", -0.08, -0.06, 0.10)]
    fits = 0.6 + 0.4 * now.meets
    return [Push("an idea they can use" if state.asked else "an idea, when they were ready", 0.42 * fits, 0.04, -0.03)]


def _questions(past: Sequence[Reading], now: Reading) -> list[Push]:
    if now.questions > 1:
        return [Push("several questions at once", 0.0, -0.05, 0.06)]
    if not now.questions:
        return []
    if sum(one.questions > 0 for one in past[-2:]) == 2:
        return [Push("question upon question", 0.0, -0.03, 0.04)]
    if now.open or now.offers:
        return [Push("an open question", 0.08, 0.06, -0.02)]
    return [Push("a closed question", 0.0, 0.02)]


def _faults(past: Sequence[Reading], now: Reading) -> list[Push]:
    found = []
    if now.hurts:
        found.append(Push("played it down", -0.25, -0.15, 0.10))
    if now.claims:
        found.append(Push("claimed a life it has not", 0.0, -0.08))
    if now.repeats:
        found.append(Push("said before", 0.0, -0.06, 0.04))
    if now.words > LONG:
        found.append(Push("more than they could take in", 0.0, -0.04))
    return found


def _within(value: float, low: float, high: float) -> float:
    return min(high, max(low, value))
