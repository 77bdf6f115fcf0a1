"""The caller's voice, learned over the first turns of a call, and whether somebody else is speaking now. Pure.

    caller = Caller()
    caller = enrolled(caller, diariser.voiceprint(turn_audio), diariser)       # after each turn that was answered
    evidence = judged(caller, diariser.voiceprint(overlap_audio), diariser)    # who.CALLER, SOMEONE_ELSE or UNKNOWN

It is evidence, never a lock: crying, whispering and shouting change a voice, and a wrong SOMEONE_ELSE would silence the
very person the call is for. So SOMEONE_ELSE needs a clear likeness to nobody we know, enough voice on both sides, and a
caller who is in doubt three turns in a row is learned anew. Held for one call, in memory only, and only where
``diarize.backend`` is not ``none``: consent is the server's matter.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Final

from warmline.speech.diarize.base import Diariser, Voiceprint, unit

MOST_S: Final = 60.0
"""Voice that is remembered at most: beyond it the oldest fades, as the caller's voice changes in a call."""

ENROL_FROM: Final = 0.3
"""A turn less likely than this to be the caller's is not learned from."""

DOUBTS: Final = 3


class Who(Enum):
    CALLER = "caller"
    SOMEONE_ELSE = "someone else"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class CallerRules:
    """``least_known_s``: voice of the caller that must be known before anybody is told from them. ``least_heard_s``:
    voice that must be heard to tell. Below ``else_below`` it is somebody else, from ``caller_from`` on the caller. The
    probability takes either to be as likely beforehand. That fits a voice over our reply; where the caller is far
    likelier, as for a turn that answers us, be stricter: with one stranger in twenty, 0.1 becomes 0.006."""

    least_known_s: float = 3.0
    least_heard_s: float = 0.8
    else_below: float = 0.1
    caller_from: float = 0.5


@dataclass(frozen=True, slots=True)
class Caller:
    """What is known of the caller's voice. ``doubts``: turns in a row that did not sound like them."""

    voice: Voiceprint | None = None
    doubts: int = 0

    @property
    def known_s(self) -> float:
        return self.voice.voiced_s if self.voice is not None else 0.0


@dataclass(frozen=True, slots=True)
class Evidence:
    """``probability`` that it is the caller, 0.5 where nothing can be said; ``score`` None then."""

    who: Who
    probability: float = 0.5
    score: float | None = None


UNKNOWN: Final = Evidence(Who.UNKNOWN)


def enrolled(caller: Caller, heard: Voiceprint | None, diariser: Diariser) -> Caller:
    """The caller after one more of their turns; ``heard`` is its voiceprint."""
    if heard is None:
        return caller
    if caller.voice is None:
        return Caller(heard)
    strange = caller.voice.encoder != heard.encoder
    if strange or diariser.likeness(caller.voice, heard).probability < ENROL_FROM:
        return Caller(heard) if caller.doubts + 1 >= DOUBTS else Caller(caller.voice, caller.doubts + 1)
    known_s = min(caller.known_s, MOST_S - min(heard.voiced_s, MOST_S / 2))
    mixed = caller.voice.values * known_s + heard.values * heard.voiced_s
    return Caller(Voiceprint(unit(mixed), min(MOST_S, known_s + heard.voiced_s), heard.encoder))


def judged(
    caller: Caller, heard: Voiceprint | None, diariser: Diariser, rules: CallerRules = CallerRules()
) -> Evidence:
    """Whether what is heard is the caller."""
    known = caller.voice
    if known is None or heard is None or known.encoder != heard.encoder:
        return UNKNOWN
    if known.voiced_s < rules.least_known_s or heard.voiced_s < rules.least_heard_s:
        return UNKNOWN
    found = diariser.likeness(known, heard)
    if found.probability < rules.else_below:
        who = Who.SOMEONE_ELSE
    else:
        who = Who.CALLER if found.probability >= rules.caller_from else Who.UNKNOWN
    return Evidence(who, found.probability, found.score)
