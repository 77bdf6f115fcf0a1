"""How a hand-off goes, as a pure state machine on the stream clock: events in, commands out.

It is offered and begins only with a spoken yes; while it rings the caller is told now and then that we are still there;
when nobody answers in time, they get the number instead. It knows no network and no words.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import Enum
from typing import Final

from warmline.speech.types import samples_of

TELL_EVERY: Final = samples_of(20.0)
"""While it rings, the caller hears from us at least so often."""


class Stage(Enum):
    """Where a hand-off stands."""

    NONE = "none"
    OFFERED = "offered"
    RINGING = "ringing"
    ANSWERED = "answered"
    MISSED = "missed"
    DECLINED = "declined"


@dataclass(frozen=True, slots=True)
class State:
    """``since``: when the stage began; ``told``: when the caller last heard of it. ``offers``: how often it was
    offered."""

    stage: Stage = Stage.NONE
    since: int = 0
    told: int = 0
    offers: int = 0


@dataclass(frozen=True, slots=True)
class Offered:
    """The offer was heard."""

    at: int


@dataclass(frozen=True, slots=True)
class Said:
    """The caller's answer to the offer. Only a plain yes is consent."""

    at: int
    yes: bool


@dataclass(frozen=True, slots=True)
class Answered:
    at: int


@dataclass(frozen=True, slots=True)
class Left:
    """Whoever answered has gone, and the caller has not."""

    at: int


@dataclass(frozen=True, slots=True)
class Missed:
    """Nobody there, or the line failed."""

    at: int


@dataclass(frozen=True, slots=True)
class Tick:
    at: int


@dataclass(frozen=True, slots=True)
class HungUp:
    at: int


class Command(Enum):
    """What is to be done: call for somebody, stop that, or tell the caller."""

    RING = "ring"
    STOP = "stop"
    TELL_WAITING = "handoff_waiting"
    TELL_HERE = "handoff_here"
    TELL_LEFT = "handoff_left"
    TELL_MISSED = "handoff_failed"


Event = Offered | Said | Answered | Left | Missed | Tick | HungUp


def step(state: State, event: Event, wait: int) -> tuple[State, tuple[Command, ...]]:
    """The next state, and what to do. ``wait``: samples until a ring counts as missed."""
    ringing = state.stage is Stage.RINGING
    match event:
        case Offered(at) if state.stage not in (Stage.RINGING, Stage.ANSWERED):
            return State(Stage.OFFERED, at, at, state.offers + 1), ()
        case Said(at, True) if state.stage is Stage.OFFERED:
            return replace(state, stage=Stage.RINGING, since=at, told=at), (Command.RING,)
        case Said(at, False) if state.stage is Stage.OFFERED:
            return replace(state, stage=Stage.DECLINED, since=at), ()
        case Answered(at) if ringing:
            return replace(state, stage=Stage.ANSWERED, since=at, told=at), (Command.TELL_HERE,)
        case Left(at) if state.stage is Stage.ANSWERED:
            return replace(state, stage=Stage.NONE, since=at, told=at), (Command.TELL_LEFT,)
        case Missed(at) if ringing:
            return replace(state, stage=Stage.MISSED, since=at, told=at), (Command.TELL_MISSED,)
        case Tick(at) if ringing and at - state.since >= wait:
            return replace(state, stage=Stage.MISSED, since=at, told=at), (Command.STOP, Command.TELL_MISSED)
        case Tick(at) if ringing and at - state.told >= TELL_EVERY:
            return replace(state, told=at), (Command.TELL_WAITING,)
        case HungUp(at) if ringing:
            return replace(state, stage=Stage.MISSED, since=at), (Command.STOP,)
    return state, ()
