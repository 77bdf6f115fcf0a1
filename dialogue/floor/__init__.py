"""Who has the floor: a pure state machine, ``step(Floor, Event) -> (Floor, Commands)``. Knows no model and no clock.

    LISTENING --voice--> HEARING --pause--> PAUSING --waited--> RELEASED --first sound--> REPLYING --done--> LISTENING
        |                   ^---- voice ------'                     |                        |
      crying                ^---------------- voice ----------------'                      voice
        v                   |                                                                v
     HOLDING                '------ real speech: cancel ---- YIELDING <-0.06 s-- DUCKED <----'
                                                                '---- "mm-hm": restore ----> REPLYING

A draft of the reply is begun at every pause and thrown away when the person goes on. Over our own reply a voice first
lowers it (duck), then holds it silent, and is judged while it lasts and when it pauses; only real speech cancels the
reply. A voice that is not the caller's (a television, our own echo) is OVERHEARD: we speak on, and listen on. Who goes
on speaking just as we begin keeps the turn, and our reply was never said. Who cries without words is kept company.
Who writes instead of speaking is answered when nobody speaks. A connection that is lost leads from anywhere to AWAY,
and back when it is there again.

All times are stream-clock samples. ``events`` is what it is told, ``commands`` what it orders, ``state`` what it
remembers; ``machine`` is a turn and its reply, ``overlap`` a voice over the reply, ``quiet`` what nobody says, ``away``
a lost connection.
"""

from warmline.dialogue.floor.commands import (
    Answer,
    CancelReply,
    CheckIn,
    Command,
    Commands,
    DiscardDraft,
    Duck,
    Greet,
    Hold,
    JudgeOverlap,
    OpenTurn,
    Presence,
    Release,
    Restore,
    StartDraft,
    WelcomeBack,
    Withdraw,
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
from warmline.dialogue.floor.machine import step
from warmline.dialogue.floor.state import OVER_REPLY, Broken, Floor, FloorRules, Phase

__all__ = [
    "OVER_REPLY",
    "Answer",
    "Away",
    "Broken",
    "CallBegan",
    "CancelReply",
    "CheckIn",
    "Command",
    "Commands",
    "CryingHeard",
    "DiscardDraft",
    "Duck",
    "Event",
    "Floor",
    "FloorRules",
    "Greet",
    "HangUp",
    "Hold",
    "JudgeOverlap",
    "NothingHeard",
    "OpenTurn",
    "OverlapJudged",
    "Phase",
    "Presence",
    "Release",
    "ReplyAudible",
    "ReplyFinished",
    "Restore",
    "Returned",
    "StartDraft",
    "Stopped",
    "Tick",
    "TurnScored",
    "Typed",
    "WelcomeBack",
    "Withdraw",
    "step",
]
