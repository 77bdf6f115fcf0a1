"""What the floor orders; the driver does it at once and decides nothing.

Every StartDraft ends in one DiscardDraft or Release; every reply that is let out (Release, Answer, Greet, CheckIn,
Presence, WelcomeBack) ends in one of: told as finished, CancelReply, Withdraw, DiscardDraft.
"""

from __future__ import annotations

from dataclasses import dataclass

from warmline.dialogue.floor.state import Broken
from warmline.dialogue.types import TurnId


@dataclass(frozen=True, slots=True)
class Greet:
    """Say, as ``turn``, who we are."""

    turn: TurnId


@dataclass(frozen=True, slots=True)
class OpenTurn:
    """Collect audio for ``turn`` from ``onset`` on."""

    turn: TurnId
    onset: int


@dataclass(frozen=True, slots=True)
class StartDraft:
    """Prepare a reply to ``turn``, whose voice ended at ``end``, up to audio, and hold it."""

    turn: TurnId
    end: int


@dataclass(frozen=True, slots=True)
class DiscardDraft:
    """Drop the reply to ``turn``, of which nothing was heard."""

    turn: TurnId


@dataclass(frozen=True, slots=True)
class Release:
    """Let the reply to ``turn`` be heard, now or as soon as it is ready."""

    turn: TurnId


@dataclass(frozen=True, slots=True)
class Answer:
    """Prepare the reply to the words that were written, as ``turn``, and let it be heard as soon as it is ready."""

    turn: TurnId


@dataclass(frozen=True, slots=True)
class Duck:
    """Lower our voice at once."""


@dataclass(frozen=True, slots=True)
class Hold:
    """Fall silent, but keep the place."""


@dataclass(frozen=True, slots=True)
class Restore:
    """Our voice is free again: go on from where we held, or be ready for the next reply."""


@dataclass(frozen=True, slots=True)
class JudgeOverlap:
    """Decide what was said over our reply in [onset, end); ``paused``: the voice has paused, and that was all."""

    onset: int
    end: int
    paused: bool


@dataclass(frozen=True, slots=True)
class CancelReply:
    """Drop the reply to ``turn``; what was heard of it stays in history."""

    turn: TurnId


@dataclass(frozen=True, slots=True)
class Withdraw:
    """Drop the reply to ``turn``, which had barely begun while the person went on: it was never said."""

    turn: TurnId


@dataclass(frozen=True, slots=True)
class CheckIn:
    """Nobody has spoken for long: say, as ``turn``, that we are still here. ``count`` from 1."""

    turn: TurnId
    count: int


@dataclass(frozen=True, slots=True)
class Presence:
    """Somebody has been crying without words for long: say softly, as ``turn``, that they are not alone."""

    turn: TurnId
    count: int


@dataclass(frozen=True, slots=True)
class WelcomeBack:
    """Say, as ``turn``, that the line is there again; ``broken``: what its loss broke off."""

    turn: TurnId
    broken: Broken


Command = (
    Greet
    | OpenTurn
    | StartDraft
    | DiscardDraft
    | Release
    | Answer
    | Duck
    | Hold
    | Restore
    | JudgeOverlap
    | CancelReply
    | Withdraw
    | CheckIn
    | Presence
    | WelcomeBack
)
Commands = tuple[Command, ...]
