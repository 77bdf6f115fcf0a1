"""A voice over our reply: lower, hold, judge, then give way or go on. What was said is judged elsewhere
(:mod:`warmline.dialogue.overlap`); here is only when to ask, and what each answer means."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from warmline.dialogue.floor.commands import (
    CancelReply,
    Commands,
    Duck,
    Hold,
    JudgeOverlap,
    OpenTurn,
    Restore,
    StartDraft,
    Withdraw,
)
from warmline.dialogue.floor.events import OverlapJudged
from warmline.dialogue.floor.state import Floor, Phase
from warmline.dialogue.overlap import STRANGERS, Verdict
from warmline.speech.turn.endpoint import VoicePaused, VoiceStarted

Act = Callable[[Floor, int], tuple[Floor, Commands]]


def begin(floor: Floor, at: int) -> Floor:
    """Our reply begins to sound."""
    wary = floor.strangers >= floor.rules.distrust_after
    return replace(floor, phase=Phase.REPLYING, since=at, audible=at, overlap_end=None, noises=0, wary=wary)


def opened(floor: Floor, onset: int) -> tuple[Floor, Commands]:
    """A new turn of the person's began at ``onset``; or they go on with the one that we owe an answer."""
    if floor.owed is not None:
        return replace(floor, phase=Phase.HEARING, wait=None, overlap_end=None, own=False, owed=None), ()
    turn = floor.turn + 1
    heard = replace(floor, phase=Phase.HEARING, turn=turn, wait=None, overlap_end=None, own=False, met=True)
    return heard, (OpenTurn(turn, onset),)


def voice_started(floor: Floor, event: VoiceStarted) -> tuple[Floor, Commands]:
    rules, onset = floor.rules, event.onset
    match floor.phase:
        case Phase.REPLYING:
            over = replace(floor, since=onset, overlap_end=None, ask_at=onset + rules.judge_after, excused=onset)
            over = replace(over, unsure=False)
            if floor.wary:
                return replace(over, phase=Phase.OVERHEARING), ()
            if over.early:
                # Both began at once, or they were not done: we are the one who gives way, without a word more.
                return replace(over, phase=Phase.YIELDING), (Duck(), Hold())
            return replace(over, phase=Phase.DUCKED), (Duck(),)
        case Phase.YIELDING | Phase.OVERHEARING:
            return replace(floor, overlap_end=None, unsure=False, ask_at=onset + rules.judge_after), ()
    return floor, ()


def voice_paused(floor: Floor, event: VoicePaused) -> tuple[Floor, Commands]:
    if floor.phase not in (Phase.DUCKED, Phase.YIELDING, Phase.OVERHEARING):
        return floor, ()
    if event.end - floor.since < floor.rules.blip:
        return _go_on(floor)
    judge = JudgeOverlap(floor.since, event.end, paused=True)
    if floor.phase is Phase.OVERHEARING:
        return replace(floor, overlap_end=event.end), (judge,)
    held: Commands = (Hold(),) if floor.phase is Phase.DUCKED else ()
    return replace(floor, phase=Phase.YIELDING, overlap_end=event.end), (*held, judge)


def due(floor: Floor) -> tuple[int | None, Act]:
    """What falls due next while a voice is over our reply, and when."""
    rules = floor.rules
    match floor.phase:
        case Phase.DUCKED:
            return floor.since + rules.hold_after, _hold
        case Phase.YIELDING | Phase.OVERHEARING if floor.overlap_end is not None:
            return floor.overlap_end + (rules.grace if floor.unsure else rules.verdict_within), _without_verdict
        case Phase.YIELDING:
            take_at = max(floor.since, floor.excused) + rules.take_after
            return (take_at, lambda floor, at: take(floor)) if take_at <= floor.ask_at else (floor.ask_at, _ask)
        case Phase.OVERHEARING:
            return floor.ask_at, _ask
    return None, _ask


def judged(floor: Floor, event: OverlapJudged) -> tuple[Floor, Commands]:
    """A verdict. Speech takes the floor whenever it is found; of the others only those on all that was said count,
    and a stranger's voice need not end before we go on."""
    if floor.phase not in (Phase.YIELDING, Phase.OVERHEARING) or event.onset != floor.since:
        return floor, ()
    if event.verdict is Verdict.SPEECH:
        return take(floor)
    over = floor.overlap_end is not None and event.end >= floor.overlap_end
    if event.verdict is Verdict.UNSURE:
        return replace(floor, unsure=over), ()
    stranger = event.verdict in STRANGERS
    if over or (stranger and floor.overlap_end is None):
        counted = _counted(floor, event.verdict)
        if over:
            return _go_on(counted)
        restored: Commands = (Restore(),) if floor.phase is Phase.YIELDING else ()
        return replace(counted, phase=Phase.OVERHEARING), restored
    return replace(floor, excused=max(floor.excused, event.end)), ()


def _counted(floor: Floor, verdict: Verdict) -> Floor:
    """Who was lowered by strangers, or by noises again and again, becomes wary."""
    if verdict is Verdict.NOISE:
        return replace(floor, noises=floor.noises + 1, wary=floor.wary or floor.noises >= 1)
    if verdict in STRANGERS:
        return replace(floor, strangers=floor.strangers + 1, wary=True)
    return floor


def reply_finished(floor: Floor) -> tuple[Floor, Commands]:
    """All was said before the voice was judged: what they say is their turn, and nothing was cut."""
    if floor.phase not in (Phase.DUCKED, Phase.YIELDING, Phase.OVERHEARING):
        return floor, ()
    freed: Commands = () if floor.phase is Phase.OVERHEARING else (Restore(),)
    heard, commands = opened(floor, floor.since)
    return _drafted(heard, floor.overlap_end, (*freed, *commands))


def take(floor: Floor) -> tuple[Floor, Commands]:
    """The person has the floor. Our reply is dropped and their words since the overlap began open a new turn; but a
    reply that had only just begun is taken back, and they go on with the turn that it was to answer."""
    end = floor.overlap_end
    trusted = replace(floor, strangers=0, wary=False)
    if not floor.early:
        heard, commands = opened(trusted, floor.since)
        return _drafted(heard, end, (CancelReply(floor.turn), *commands))
    if floor.own:
        heard, commands = opened(trusted, floor.since)
        return _drafted(heard, end, (Withdraw(floor.turn), *commands))
    same = replace(trusted, phase=Phase.HEARING, wait=None, overlap_end=None)
    return _drafted(same, end, (Withdraw(floor.turn),))


def _drafted(heard: Floor, end: int | None, commands: Commands) -> tuple[Floor, Commands]:
    """Where the voice has paused already, the turn is in its pause."""
    if end is None:
        return heard, commands
    return replace(heard, phase=Phase.PAUSING, since=end), (*commands, StartDraft(heard.turn, end))


def _go_on(floor: Floor) -> tuple[Floor, Commands]:
    restored: Commands = () if floor.phase is Phase.OVERHEARING else (Restore(),)
    return replace(floor, phase=Phase.REPLYING, overlap_end=None), restored


def _hold(floor: Floor, at: int) -> tuple[Floor, Commands]:
    return replace(floor, phase=Phase.YIELDING), (Hold(),)


def _ask(floor: Floor, at: int) -> tuple[Floor, Commands]:
    asked = replace(floor, ask_at=at + floor.rules.judge_every)
    return asked, (JudgeOverlap(floor.since, at, paused=False),)


def _without_verdict(floor: Floor, at: int) -> tuple[Floor, Commands]:
    """Nobody could say what it was: its length decides, as seen from the side on which we stand."""
    end = floor.overlap_end
    assert end is not None
    long = end - floor.since >= floor.rules.likely_speech
    return take(floor) if long and floor.phase is Phase.YIELDING else _go_on(floor)
