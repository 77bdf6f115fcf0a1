"""What the floor remembers, and the lengths that it goes by."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Final

from warmline.dialogue.types import TurnId
from warmline.speech.types import samples_of


class Phase(Enum):
    LISTENING = "listening"
    HOLDING = "holding"
    """Somebody cries without words: we are silent and present."""
    HEARING = "hearing"
    PAUSING = "pausing"
    RELEASED = "released"
    """The reply may be heard and has not begun to sound."""
    REPLYING = "replying"
    DUCKED = "ducked"
    YIELDING = "yielding"
    """We are held silent in the middle of a reply, until the voice over it has been judged."""
    OVERHEARING = "overhearing"
    """We speak on while a voice sounds that is probably not the caller's."""
    AWAY = "away"
    """Their connection is lost: nothing is said, and nothing falls due, until they are back."""
    ENDED = "ended"


class Broken(Enum):
    """What the loss of a connection broke off."""

    SPEAKING = "the person was speaking"
    ANSWER = "they had spoken and were not answered yet"
    REPLY = "we were speaking"
    GREETING = "we had not said who we are"
    QUIET = "nobody was speaking"


OVER_REPLY: Final = (Phase.REPLYING, Phase.DUCKED, Phase.YIELDING, Phase.OVERHEARING)
"""Our reply can be heard, or was a moment ago."""


@dataclass(frozen=True, slots=True)
class FloorRules:
    """In samples, but for counts.

    Over our reply: a voice shorter than ``blip`` was none; ``hold_after`` so much voice we fall silent, after
    ``judge_after`` it is first judged, then again every ``judge_every``. Without a verdict it is real speech from
    ``take_after`` on while it lasts, and after it paused we wait ``verdict_within`` for one, then go on if it was
    shorter than ``likely_speech``. A voice of which the judge is unsure is given ``grace`` to go on. ``early``: a voice
    that begins so soon after our first sound goes on with its own turn: people need 0.2 s to react, so it began before
    it heard us. After two noises over one reply, or one voice that was not the caller's, we do not duck before we have
    judged; after ``distrust_after`` such voices in a row not in the next reply either.

    Before it: ``longest_wait``, a pause that nobody scored ends the turn all the same; ``crying_wait``, silence after
    the last sob before we speak.

    In silence: ``check_in_after`` so long we say that we are still here, at most ``check_ins`` times. After crying
    nobody is asked to speak: we wait ``presence_after`` before the first and the later soft lines, at most
    ``presences``, each in a pause of ``presence_pause``; it is ordinary silence again ``hold_for`` after the last
    sob."""

    blip: int = samples_of(0.08)
    hold_after: int = samples_of(0.064)
    judge_after: int = samples_of(0.4)
    judge_every: int = samples_of(0.4)
    take_after: int = samples_of(2.5)
    verdict_within: int = samples_of(2.0)
    grace: int = samples_of(0.6)
    likely_speech: int = samples_of(0.7)
    early: int = samples_of(0.3)
    distrust_after: int = 3
    longest_wait: int = samples_of(4.0)
    crying_wait: int = samples_of(3.0)
    check_in_after: int = samples_of(25.0)
    check_ins: int = 2
    presence_after: int = samples_of(20.0)
    presence_pause: int = samples_of(2.0)
    presences: int = 2
    hold_for: int = samples_of(45.0)


@dataclass(frozen=True, slots=True)
class Floor:
    """``turn``: the turn being heard or answered. ``since``: last voiced sample (PAUSING, RELEASED), when our reply
    began to sound (REPLYING), start of the voice over it (DUCKED, YIELDING, OVERHEARING), or when it fell quiet
    (LISTENING, HOLDING). ``wait``: None until the pause was scored. ``own``: we speak unasked (greeting, check-in),
    so that a voice opens a new turn instead of going on with an old one. ``met``: somebody has spoken, we or they.

    ``audible``: when the reply began to sound. ``overlap_end``: where the voice over it paused, None while it lasts.
    ``ask_at``: when it is judged next. ``excused``: up to where it was judged to be no claim. ``strangers``: voices in
    a row that were not the caller's. ``noises`` over this reply. ``wary``: we judge before we duck. ``unsure``: the
    judge could not tell.

    ``cried``: end of the last sob. ``held``: since when somebody has been crying without words.

    ``broken``: what the loss of their connection broke off. ``owed``: where the voice ended of a turn that we have yet
    to answer, while we say that the line is there again; who speaks into that goes on with this turn."""

    phase: Phase = Phase.LISTENING
    turn: TurnId = 0
    since: int = 0
    wait: int | None = None
    own: bool = False
    met: bool = False
    audible: int = 0
    overlap_end: int | None = None
    ask_at: int = 0
    excused: int = 0
    strangers: int = 0
    noises: int = 0
    wary: bool = False
    unsure: bool = False
    cried: int | None = None
    held: int | None = None
    presences: int = 0
    checked_in: int = 0
    broken: Broken = Broken.QUIET
    owed: int | None = None
    rules: FloorRules = FloorRules()

    @property
    def early(self) -> bool:
        """Did the voice over our reply begin before it can have heard us?"""
        return self.since < self.audible + self.rules.early

    def crying_until(self, at: int) -> bool:
        """Was somebody crying shortly before ``at``?"""
        return self.held is not None or (self.cried is not None and at - self.cried < self.rules.crying_wait)
