"""Who has the floor: a pure state machine, ``step(Floor, Event) -> (Floor, Commands)``. Knows no model and no clock.

    LISTENING --voice--> HEARING --pause--> PAUSING --waited--> RELEASED --first sound--> REPLYING --done--> LISTENING
                            ^---- voice ------'                     |                        |
                            ^---------------- voice ----------------'                      voice
                            |                                                                v
                            '------ real speech: cancel ---- YIELDING <--0.2 s-- DUCKED <----'
                                                                '---- "mm-hm": restore ----> REPLYING

A draft of the reply is begun at every pause and thrown away when the person goes on. Over our own reply, a voice
first lowers it (duck), then holds it silent, and only real speech cancels it; a backchannel lets it go on.
All times are stream-clock samples.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import Enum

from warmline.dialogue.types import TurnId
from warmline.speech.turn.endpoint import VoicePaused, VoiceStarted
from warmline.speech.types import samples_of


class Phase(Enum):
    LISTENING = "listening"
    HEARING = "hearing"
    PAUSING = "pausing"
    RELEASED = "released"
    REPLYING = "replying"
    DUCKED = "ducked"
    YIELDING = "yielding"
    ENDED = "ended"


# --- events -----------------------------------------------------------------------------------------------------


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
    """The voice of ``turn`` held no words: a cough, a noise."""

    turn: TurnId


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
    """What was said over our reply: ``takes_floor`` is False for a backchannel, a cough, a noise, our own echo."""

    takes_floor: bool


@dataclass(frozen=True, slots=True)
class HangUp:
    """The call is over."""


Event = (
    VoiceStarted
    | VoicePaused
    | Tick
    | TurnScored
    | NothingHeard
    | ReplyAudible
    | ReplyFinished
    | OverlapJudged
    | HangUp
)

# --- commands ---------------------------------------------------------------------------------------------------


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
    turn: TurnId


@dataclass(frozen=True, slots=True)
class Release:
    """Let the reply to ``turn`` be heard, now or as soon as it is ready."""

    turn: TurnId


@dataclass(frozen=True, slots=True)
class Duck:
    """Lower our voice at once."""


@dataclass(frozen=True, slots=True)
class Hold:
    """Fall silent, but keep the place."""


@dataclass(frozen=True, slots=True)
class Restore:
    """Go on speaking from where we held."""


@dataclass(frozen=True, slots=True)
class JudgeOverlap:
    """Decide what was said over our reply in [onset, end)."""

    onset: int
    end: int


@dataclass(frozen=True, slots=True)
class CancelReply:
    """Drop the reply to ``turn``; what was heard of it stays in history."""

    turn: TurnId


@dataclass(frozen=True, slots=True)
class CheckIn:
    """Nobody has spoken for long: say, as ``turn``, that we are still here. ``count`` from 1."""

    turn: TurnId
    count: int


Command = OpenTurn | StartDraft | DiscardDraft | Release | Duck | Hold | Restore | JudgeOverlap | CancelReply | CheckIn
Commands = tuple[Command, ...]


@dataclass(frozen=True, slots=True)
class FloorRules:
    """In samples. ``blip``: a voice shorter than this, over our reply, was none. ``hold_after``: a voice over our
    reply makes us fall silent after this much; ``take_after``: this much is real speech whatever it says.
    ``longest_wait``: a pause that nobody scored ends the turn all the same. ``check_in_after``: silence before we
    say that we are still here, at most ``check_ins`` times."""

    blip: int = samples_of(0.08)
    hold_after: int = samples_of(0.16)
    take_after: int = samples_of(0.9)
    longest_wait: int = samples_of(4.0)
    check_in_after: int = samples_of(25.0)
    check_ins: int = 2


@dataclass(frozen=True, slots=True)
class Floor:
    """``turn``: the turn being heard or answered. ``since``: last voiced sample (PAUSING), start of the overlap
    (DUCKED, YIELDING), or when it fell quiet (LISTENING). ``wait``: None until the pause was scored.
    ``overlap_end``: where the voice over our reply paused, None while it lasts. ``own``: we speak unasked (the
    greeting, a check-in), so that a voice opens a new turn instead of going on with an old one."""

    phase: Phase = Phase.LISTENING
    turn: TurnId = 0
    since: int = 0
    wait: int | None = None
    overlap_end: int | None = None
    checked_in: int = 0
    own: bool = False
    rules: FloorRules = FloorRules()


def step(floor: Floor, event: Event) -> tuple[Floor, Commands]:
    """The next state, and what the driver must do. An event that does not fit the state changes nothing."""
    match event:
        case VoiceStarted():
            return _voice_started(floor, event)
        case VoicePaused():
            return _voice_paused(floor, event)
        case Tick(at):
            return _tick(floor, at)
        case TurnScored(turn, wait) if floor.phase is Phase.PAUSING and turn == floor.turn:
            return replace(floor, wait=wait), ()
        case NothingHeard(turn) if floor.phase in (Phase.PAUSING, Phase.RELEASED) and turn == floor.turn:
            return replace(floor, phase=Phase.LISTENING, since=floor.since, wait=None), (DiscardDraft(turn),)
        case ReplyAudible(turn, at) if floor.phase is Phase.RELEASED and turn == floor.turn:
            return replace(floor, phase=Phase.REPLYING, since=at), ()
        case ReplyFinished(turn, at) if turn == floor.turn:
            return _reply_finished(floor, at)
        case OverlapJudged(takes_floor) if floor.phase in (Phase.DUCKED, Phase.YIELDING):
            return _overlap_judged(floor, takes_floor)
        case HangUp():
            return _hang_up(floor)
    return floor, ()


def _voice_started(floor: Floor, event: VoiceStarted) -> tuple[Floor, Commands]:
    match floor.phase:
        case Phase.LISTENING:
            return _open(floor, event.onset)
        case Phase.RELEASED if floor.own:
            opened, commands = _open(floor, event.onset)
            return opened, (DiscardDraft(floor.turn), *commands)
        case Phase.PAUSING | Phase.RELEASED:
            # Nothing of our reply was heard yet: the person simply goes on with the same turn.
            return replace(floor, phase=Phase.HEARING, wait=None), (DiscardDraft(floor.turn),)
        case Phase.REPLYING:
            return replace(floor, phase=Phase.DUCKED, since=event.onset, overlap_end=None), (Duck(),)
        case Phase.DUCKED | Phase.YIELDING:
            return replace(floor, overlap_end=None), ()
    return floor, ()


def _voice_paused(floor: Floor, event: VoicePaused) -> tuple[Floor, Commands]:
    match floor.phase:
        case Phase.HEARING:
            paused = replace(floor, phase=Phase.PAUSING, since=event.end, wait=None)
            return paused, (StartDraft(floor.turn, event.end),)
        case Phase.DUCKED if event.end - floor.since < floor.rules.blip:
            return replace(floor, phase=Phase.REPLYING), (Restore(),)
        case Phase.DUCKED | Phase.YIELDING:
            held: Commands = () if floor.phase is Phase.YIELDING else (Hold(),)
            judged = replace(floor, phase=Phase.YIELDING, overlap_end=event.end)
            return judged, (*held, JudgeOverlap(floor.since, event.end))
    return floor, ()


def _tick(floor: Floor, at: int) -> tuple[Floor, Commands]:
    rules = floor.rules
    match floor.phase:
        case Phase.PAUSING:
            wait = rules.longest_wait if floor.wait is None else floor.wait
            if at - floor.since >= wait:
                return replace(floor, phase=Phase.RELEASED), (Release(floor.turn),)
        case Phase.DUCKED if at - floor.since >= rules.hold_after:
            return replace(floor, phase=Phase.YIELDING), (Hold(),)
        case Phase.YIELDING if floor.overlap_end is None and at - floor.since >= rules.take_after:
            return _take(floor)
        case Phase.LISTENING if floor.turn > 0 and floor.checked_in < rules.check_ins:
            if at - floor.since >= rules.check_in_after * (floor.checked_in + 1):
                count = floor.checked_in + 1
                begun = replace(floor, phase=Phase.RELEASED, turn=floor.turn + 1, checked_in=count, own=True)
                return begun, (CheckIn(begun.turn, count),)
    return floor, ()


def _reply_finished(floor: Floor, at: int) -> tuple[Floor, Commands]:
    if floor.phase in (Phase.RELEASED, Phase.REPLYING):
        return replace(floor, phase=Phase.LISTENING, since=at, own=False), ()
    if floor.phase is Phase.DUCKED or (floor.phase is Phase.YIELDING and floor.overlap_end is None):
        return _take(floor)
    return floor, ()


def _overlap_judged(floor: Floor, takes_floor: bool) -> tuple[Floor, Commands]:
    if floor.overlap_end is None:
        return floor, ()  # they went on speaking while we judged: the longer voice will be judged again
    if not takes_floor:
        return replace(floor, phase=Phase.REPLYING, overlap_end=None), (Restore(),)
    end = floor.overlap_end
    taken, commands = _take(floor)
    return replace(taken, phase=Phase.PAUSING, since=end), (*commands, StartDraft(taken.turn, end))


def _take(floor: Floor) -> tuple[Floor, Commands]:
    """The person has the floor: our reply is dropped, and their words since the overlap began open a new turn."""
    opened, commands = _open(floor, floor.since)
    return opened, (CancelReply(floor.turn), *commands)


def _open(floor: Floor, onset: int) -> tuple[Floor, Commands]:
    turn = floor.turn + 1
    heard = replace(floor, phase=Phase.HEARING, turn=turn, wait=None, overlap_end=None, checked_in=0, own=False)
    return heard, (OpenTurn(turn, onset),)


def _hang_up(floor: Floor) -> tuple[Floor, Commands]:
    ended = replace(floor, phase=Phase.ENDED)
    match floor.phase:
        case Phase.PAUSING | Phase.RELEASED:
            return ended, (DiscardDraft(floor.turn),)
        case Phase.REPLYING | Phase.DUCKED | Phase.YIELDING:
            return ended, (CancelReply(floor.turn),)
    return ended, ()
