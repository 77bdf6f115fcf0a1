"""The person's connection is lost, and comes back. Nothing is said to nobody; what they had said is not lost, and what
we had said counts as far as it was heard. The stream clock stands still meanwhile, so nothing falls due."""

from __future__ import annotations

from dataclasses import replace

from warmline.dialogue.floor import overlap, quiet
from warmline.dialogue.floor.commands import CancelReply, Commands, DiscardDraft, Greet, StartDraft, WelcomeBack
from warmline.dialogue.floor.events import Away
from warmline.dialogue.floor.state import Broken, Floor, Phase


def left(floor: Floor, event: Away) -> tuple[Floor, Commands]:
    """They are gone. A voice over our reply that was long enough for speech is their turn; a shorter one is not."""
    at = event.at
    match floor.phase:
        case Phase.HEARING:
            return _gone(floor, Broken.SPEAKING, at), ()
        case Phase.PAUSING:
            return _gone(floor, Broken.ANSWER, floor.since), (DiscardDraft(floor.turn),)
        case Phase.RELEASED:
            return _before_our_reply(floor), (DiscardDraft(floor.turn),)
        case Phase.DUCKED | Phase.YIELDING if at - floor.since >= floor.rules.likely_speech:
            taken, commands = overlap.take(floor)
            gone, more = left(taken, event)
            return gone, _without_draft((*commands, *more))
        case Phase.REPLYING | Phase.DUCKED | Phase.YIELDING | Phase.OVERHEARING:
            broken = Broken.REPLY if floor.owed is None else floor.broken
            return _gone(floor, broken, floor.owed), (CancelReply(floor.turn),)
        case Phase.LISTENING | Phase.HOLDING:
            return _gone(floor, Broken.REPLY if event.unheard else Broken.QUIET, None), ()
    return floor, ()


def back(floor: Floor, at: int) -> tuple[Floor, Commands]:
    """They are there again. We say so where anything had been said; then what was broken off goes on."""
    ours = replace(floor, phase=Phase.RELEASED, since=at, own=True)
    match floor.broken:
        case Broken.GREETING:
            return ours, (Greet(floor.turn),)
        case Broken.SPEAKING | Broken.ANSWER:
            return ours, (WelcomeBack(floor.turn, floor.broken),)
        case Broken.QUIET if not floor.turn:
            return quiet.after(replace(floor, own=False), at), ()
    next_turn = replace(ours, turn=floor.turn + 1)
    return next_turn, (WelcomeBack(next_turn.turn, floor.broken),)


def go_on(floor: Floor, at: int) -> tuple[Floor, Commands]:
    """We have said that the line is there again. Their turn stands as in a pause that begins now: they may go on with
    it, and if they do not it is answered."""
    assert floor.owed is not None
    paused = replace(floor, phase=Phase.PAUSING, since=at, wait=None, overlap_end=None, own=False, owed=None)
    return paused, (StartDraft(floor.turn, floor.owed),)


def _before_our_reply(floor: Floor) -> Floor:
    """Nothing of it had sounded. What nobody asked for is not said later, but for who we are."""
    if not floor.own:
        return _gone(floor, Broken.ANSWER, floor.since)
    if floor.owed is not None:
        return _gone(floor, floor.broken, floor.owed)
    return _gone(floor, floor.broken if floor.turn else Broken.GREETING, None)


def _gone(floor: Floor, broken: Broken, owed: int | None) -> Floor:
    return replace(
        floor, phase=Phase.AWAY, wait=None, overlap_end=None, own=False, broken=broken, owed=owed, checked_in=0
    )


def _without_draft(commands: Commands) -> Commands:
    """A draft that would be begun only to be thrown away is not begun."""
    drafted = any(isinstance(command, StartDraft) for command in commands)
    left_out = (StartDraft, DiscardDraft) if drafted else ()
    return tuple(command for command in commands if not isinstance(command, left_out))
