"""What the floor is told. Frozen values; voices come as :mod:`warmline.speech.turn.endpoint` reports them."""

from __future__ import annotations

from dataclasses import dataclass

from warmline.dialogue.overlap import Verdict
from warmline.dialogue.types import TurnId
from warmline.speech.turn.endpoint import VoicePaused, VoiceStarted


@dataclass(frozen=True, slots=True)
class CallBegan:
    """The line is open, and we speak first."""


@dataclass(frozen=True, slots=True)
class Tick:
    """The stream clock reached ``at``."""

    at: int


@dataclass(frozen=True, slots=True)
class TurnScored:
    """The pause of ``turn`` deserves ``wait`` samples of silence, counted from the last voiced sample."""

    turn: TurnId
    wait: int


@dataclass(frozen=True, slots=True)
class NothingHeard:
    """The voice of ``turn`` held no words of the caller's: a cough, a noise, somebody else, our own echo."""

    turn: TurnId


@dataclass(frozen=True, slots=True)
class CryingHeard:
    """Sobs or crying were heard, the last of them ending at ``at``."""

    at: int


@dataclass(frozen=True, slots=True)
class ReplyAudible:
    """The first sample of the reply to ``turn`` was played."""

    turn: TurnId
    at: int


@dataclass(frozen=True, slots=True)
class ReplyFinished:
    """The reply to ``turn`` was played to its end, or had nothing to play."""

    turn: TurnId
    at: int


@dataclass(frozen=True, slots=True)
class OverlapJudged:
    """What was said over our reply in [onset, end), the span of a JudgeOverlap."""

    onset: int
    end: int
    verdict: Verdict


@dataclass(frozen=True, slots=True)
class Typed:
    """The person wrote something instead of saying it, and waits for the answer."""

    at: int


@dataclass(frozen=True, slots=True)
class Stopped:
    """The person's client wants us to say no more of this reply."""

    at: int


@dataclass(frozen=True, slots=True)
class Away:
    """The person's connection is lost, and may come back. ``unheard``: the end of our last reply did not reach them."""

    at: int
    unheard: bool = False


@dataclass(frozen=True, slots=True)
class Returned:
    """They are connected again."""

    at: int


@dataclass(frozen=True, slots=True)
class HangUp:
    """The call is over."""


Event = (
    CallBegan
    | VoiceStarted
    | VoicePaused
    | Tick
    | TurnScored
    | NothingHeard
    | CryingHeard
    | ReplyAudible
    | ReplyFinished
    | OverlapJudged
    | Typed
    | Stopped
    | Away
    | Returned
    | HangUp
)
