"""One turn and its reply: heard, paused, drafted, released, spoken. What happens over the reply is in ``overlap``."""

from __future__ import annotations

from dataclasses import replace

from warmline.dialogue.floor import away, overlap, quiet
from warmline.dialogue.floor.commands import (
    Answer,
    CancelReply,
    Commands,
    DiscardDraft,
    Greet,
    Release,
    StartDraft,
)
from warmline.dialogue.floor.events import (
    Away,
    CallBegan,
    CryingHeard,
    Event,
    HangUp,
    NothingHeard,
    OverlapJudged,
    ReplyAudible,
    ReplyFinished,
    Returned,
    Stopped,
    Tick,
    TurnScored,
    Typed,
)
from warmline.dialogue.floor.overlap import opened
from warmline.dialogue.floor.state import Floor, Phase
from warmline.speech.turn.endpoint import VoicePaused, VoiceStarted

DRAFTED = (Phase.PAUSING, Phase.RELEASED)


def step(floor: Floor, event: Event) -> tuple[Floor, Commands]:
    """The next state, and what the driver must do. An event that does not fit the state changes nothing."""
    match event:
        case _ if floor.phase is Phase.ENDED:
            return floor, ()
        case CallBegan() if not floor.met and floor.phase is Phase.LISTENING:
            return replace(floor, phase=Phase.RELEASED, own=True, met=True), (Greet(floor.turn),)
        case VoiceStarted():
            return _voice_started(floor, event)
        case VoicePaused():
            return _voice_paused(floor, event)
        case Tick(at):
            return _tick(floor, at)
        case TurnScored(turn, wait) if floor.phase is Phase.PAUSING and turn == floor.turn:
            return replace(floor, wait=wait), ()
        case NothingHeard(turn) if floor.phase in DRAFTED and turn == floor.turn and not floor.own:
            return quiet.after(floor, floor.since), (DiscardDraft(turn),)
        case CryingHeard(at):
            return quiet.crying(floor, at), ()
        case ReplyAudible(turn, at) if floor.phase is Phase.RELEASED and turn == floor.turn:
            return overlap.begin(floor, at), ()
        case ReplyFinished(turn, at) if turn == floor.turn:
            return _reply_finished(floor, at)
        case OverlapJudged():
            return overlap.judged(floor, event)
        case Typed(at):
            return _typed(floor, at)
        case Stopped(at):
            return _stopped(floor, at)
        case Away():
            return away.left(floor, event)
        case Returned(at) if floor.phase is Phase.AWAY:
            return away.back(floor, at)
        case HangUp():
            return _hang_up(floor)
    return floor, ()


def _typed(floor: Floor, at: int) -> tuple[Floor, Commands]:
    """Written words take their turn when nobody speaks, and stop us when we do; while a voice is being heard or
    answered they wait: the driver tells of them again."""
    match floor.phase:
        case Phase.LISTENING | Phase.HOLDING:
            before: Commands = ()
        case Phase.REPLYING:
            before = (CancelReply(floor.turn),)
        case Phase.RELEASED if floor.own:
            before = (DiscardDraft(floor.turn),)
        case _:
            return floor, ()
    turn = floor.turn + 1
    answering = replace(floor, phase=Phase.RELEASED, turn=turn, since=at, wait=None, own=False, met=True, owed=None)
    return replace(answering, checked_in=0, presences=0, held=None), (*before, Answer(turn))


def _stopped(floor: Floor, at: int) -> tuple[Floor, Commands]:
    floor = replace(floor, owed=None) if floor.phase in (Phase.RELEASED, Phase.REPLYING) else floor
    match floor.phase:
        case Phase.RELEASED:
            return quiet.after(replace(floor, own=False), at), (DiscardDraft(floor.turn),)
        case Phase.REPLYING:
            return quiet.after(replace(floor, own=False), at), (CancelReply(floor.turn),)
        case Phase.DUCKED | Phase.YIELDING | Phase.OVERHEARING:
            return overlap.take(floor)
    return floor, ()


def _voice_started(floor: Floor, event: VoiceStarted) -> tuple[Floor, Commands]:
    match floor.phase:
        case Phase.LISTENING | Phase.HOLDING:
            return opened(floor, event.onset)
        case Phase.RELEASED if floor.own:
            heard, commands = opened(floor, event.onset)
            return heard, (DiscardDraft(floor.turn), *commands)
        case Phase.PAUSING | Phase.RELEASED:
            # Nothing of our reply was heard yet: the person simply goes on with the same turn.
            return replace(floor, phase=Phase.HEARING, wait=None), (DiscardDraft(floor.turn),)
    return overlap.voice_started(floor, event)


def _voice_paused(floor: Floor, event: VoicePaused) -> tuple[Floor, Commands]:
    if floor.phase is Phase.HEARING:
        paused = replace(floor, phase=Phase.PAUSING, since=event.end, wait=None)
        return paused, (StartDraft(floor.turn, event.end),)
    return overlap.voice_paused(floor, event)


def _tick(floor: Floor, at: int) -> tuple[Floor, Commands]:
    """Everything that falls due up to ``at``, each at its own moment, so that it does not matter how often we look."""
    commands: Commands = ()
    while True:
        for due, act in ((_pause_over(floor), _release), overlap.due(floor), quiet.due(floor)):
            if due is not None and due <= at:
                floor, more = act(floor, due)
                commands += more
                break
        else:
            return floor, commands


def _pause_over(floor: Floor) -> int | None:
    """When the pause has lasted long enough. Sobs in the pause make it last until they are over."""
    if floor.phase is not Phase.PAUSING:
        return None
    rules = floor.rules
    over = floor.since + (rules.longest_wait if floor.wait is None else floor.wait)
    crying = floor.cried is not None and floor.crying_until(floor.since)
    return max(over, floor.cried + rules.crying_wait) if crying and floor.cried is not None else over


def _release(floor: Floor, at: int) -> tuple[Floor, Commands]:
    released = replace(floor, phase=Phase.RELEASED, checked_in=0, presences=0, held=None)
    return released, (Release(floor.turn),)


def _reply_finished(floor: Floor, at: int) -> tuple[Floor, Commands]:
    if floor.phase in (Phase.RELEASED, Phase.REPLYING):
        if floor.owed is not None:
            return away.go_on(floor, at)
        return quiet.after(replace(floor, own=False), at), ()
    return overlap.reply_finished(floor)


def _hang_up(floor: Floor) -> tuple[Floor, Commands]:
    ended = replace(floor, phase=Phase.ENDED)
    match floor.phase:
        case Phase.PAUSING | Phase.RELEASED:
            return ended, (DiscardDraft(floor.turn),)
        case Phase.REPLYING | Phase.DUCKED | Phase.YIELDING | Phase.OVERHEARING:
            return ended, (CancelReply(floor.turn),)
    return ended, ()
