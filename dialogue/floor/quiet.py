"""What nobody says: ordinary silence, which is met with a few words after long, and crying, which is kept company."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from warmline.dialogue.floor.commands import CheckIn, Commands, Presence
from warmline.dialogue.floor.state import Broken, Floor, Phase

Act = Callable[[Floor, int], tuple[Floor, Commands]]


def after(floor: Floor, at: int) -> Floor:
    """Nobody speaks since ``at``: silence, or the company of somebody who cries."""
    calm = replace(floor, phase=Phase.LISTENING, since=at, wait=None, overlap_end=None)
    if not floor.crying_until(at):
        return calm
    held = floor.held if floor.held is not None else floor.cried
    return replace(calm, phase=Phase.HOLDING, held=held)


def crying(floor: Floor, at: int) -> Floor:
    """A sob ended at ``at``. In silence it is kept company; during a turn it makes us wait longer; over our reply it
    is remembered, and the judge says what it means."""
    if floor.cried is not None and at <= floor.cried:
        return floor
    cried = replace(floor, cried=at)
    match floor.phase:
        case Phase.LISTENING:
            return replace(cried, phase=Phase.HOLDING, since=max(floor.since, at), held=at)
        case Phase.HOLDING:
            return replace(cried, since=max(floor.since, at))
    return cried


def due(floor: Floor) -> tuple[int | None, Act]:
    """What falls due next in silence, and when."""
    rules = floor.rules
    match floor.phase:
        case Phase.LISTENING if floor.met and floor.checked_in < rules.check_ins:
            return floor.since + rules.check_in_after * (floor.checked_in + 1), _check_in
        case Phase.HOLDING:
            over = floor.since + rules.hold_for
            if floor.presences >= rules.presences or floor.held is None:
                return over, _calm
            # The second line comes much later than the first: nobody is hurried.
            waited = floor.held + rules.presence_after * (1 + 3 * floor.presences)
            soft = max(waited, floor.since + rules.presence_pause)
            return (soft, _presence) if soft <= over else (over, _calm)
    return None, _calm


def _check_in(floor: Floor, at: int) -> tuple[Floor, Commands]:
    count = floor.checked_in + 1
    begun = replace(_unasked(floor), checked_in=count)
    return begun, (CheckIn(begun.turn, count),)


def _presence(floor: Floor, at: int) -> tuple[Floor, Commands]:
    count = floor.presences + 1
    begun = replace(_unasked(floor), presences=count)
    return begun, (Presence(begun.turn, count),)


def _unasked(floor: Floor) -> Floor:
    return replace(floor, phase=Phase.RELEASED, turn=floor.turn + 1, own=True, broken=Broken.QUIET)


def _calm(floor: Floor, at: int) -> tuple[Floor, Commands]:
    """The crying is long over: ordinary silence begins now."""
    return replace(floor, phase=Phase.LISTENING, since=at, held=None, presences=0, cried=None), ()
