"""What a call tells those who watch it: a terminal, a browser, a bench. Stream-clock times; frozen values only."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from warmline.dialogue.types import Outcome, Plan, Risk, SafetyNote, TurnId
from warmline.emotion.running import Running
from warmline.emotion.types import ParalinguisticTags


@dataclass(frozen=True, slots=True)
class TurnBegan:
    """The person began to speak at ``onset``; perhaps it was only a noise."""

    turn: TurnId
    onset: int


@dataclass(frozen=True, slots=True)
class PartialHeard:
    """Words so far, while the person speaks."""

    turn: TurnId
    text: str


@dataclass(frozen=True, slots=True)
class ToneSoFar:
    """How it is being said, while the person speaks: an estimate about every second, never a label. Not told where
    the person does not let us read their tone."""

    turn: TurnId
    tone: Running
    at: int


@dataclass(frozen=True, slots=True)
class DraftStarted:
    """The person paused at ``end``; a reply is being prepared since ``at``."""

    turn: TurnId
    end: int
    at: int


@dataclass(frozen=True, slots=True)
class DraftDiscarded:
    turn: TurnId
    at: int


@dataclass(frozen=True, slots=True)
class TurnScored:
    """End-of-turn score of a pause, and the silence in samples that it earns."""

    turn: TurnId
    score: float
    wait: int


@dataclass(frozen=True, slots=True)
class Planned:
    """What was heard, how, and what the answer is for. Of a draft: it may still be discarded."""

    turn: TurnId
    words: str
    tags: ParalinguisticTags
    plan: Plan


@dataclass(frozen=True, slots=True)
class ReadLater:
    """More risk was found in the words of ``turn``, after its reply had been made."""

    turn: TurnId
    risk: Risk


@dataclass(frozen=True, slots=True)
class ReplyReleased:
    """The turn has ended; ``ready`` when the first audio was already there."""

    turn: TurnId
    at: int
    ready: bool


@dataclass(frozen=True, slots=True)
class ReplyBegan:
    """First audible sample of the reply, up to one frame before ``at``."""

    turn: TurnId
    at: int


@dataclass(frozen=True, slots=True)
class ReplyText:
    """A segment of the reply, as it is handed to the voice; ``source`` as in ReplySegment."""

    turn: TurnId
    text: str
    source: str


@dataclass(frozen=True, slots=True)
class ReplyEnded:
    """``heard`` is what was played of ``planned``; ``stages_ms`` is where the time went. ``words`` is "" where nobody
    asked: the greeting, a check-in."""

    turn: TurnId
    words: str
    planned: str
    heard: str
    outcome: Outcome
    stages_ms: Mapping[str, float]
    at: int


@dataclass(frozen=True, slots=True)
class Overlap:
    """A voice over our reply: what we did about it ("duck", "hold", "restore", "cancel", or "withdraw" for a reply
    that had only just begun while the person went on), and ``why``, as the judge found it."""

    action: str
    at: int
    why: str = ""


@dataclass(frozen=True, slots=True)
class Murmured:
    """We said ``text`` ("mm-hm") while the person has the floor; no reply, and not remembered as one."""

    turn: TurnId
    text: str
    at: int


@dataclass(frozen=True, slots=True)
class StreamFault:
    """The incoming audio was wrong and was mended; ``count`` faults of this ``kind`` since the last event of it.
    ``what`` says in words what was wrong and what was done; it holds nothing of what was said."""

    kind: str
    what: str
    at: int
    count: int


@dataclass(frozen=True, slots=True)
class SafetyStep:
    """The safety protocol speaks: which step it takes, and the numbers to show beside the voice, if any."""

    turn: TurnId
    note: SafetyNote


@dataclass(frozen=True, slots=True)
class Consent:
    """The person said in speech whether something may be done; ``what``: "tone" or "handoff"."""

    what: str
    given: bool


@dataclass(frozen=True, slots=True)
class Handoff:
    """How a hand-off to a human stands; ``stage`` as in :class:`warmline.server.handoff.machine.Stage`."""

    stage: str


@dataclass(frozen=True, slots=True)
class ReportReady:
    """There will be a report of this call, and ``link`` is the caller's secret that opens it: for them alone, never for
    a log. Told once, when the call has begun: a connection may break before the end."""

    link: str


@dataclass(frozen=True, slots=True)
class Trouble:
    """Something failed and was dealt with; ``what`` is fit to show, and holds no words of the person."""

    what: str


@dataclass(frozen=True, slots=True)
class CallOver:
    """The last event of every call."""

    at: int


CallEvent = (
    TurnBegan
    | PartialHeard
    | ToneSoFar
    | DraftStarted
    | DraftDiscarded
    | TurnScored
    | Planned
    | ReadLater
    | ReplyReleased
    | ReplyBegan
    | ReplyText
    | ReplyEnded
    | Overlap
    | Murmured
    | StreamFault
    | SafetyStep
    | Consent
    | Handoff
    | ReportReady
    | Trouble
    | CallOver
)
Observer = Callable[[CallEvent], None]


class Relay:
    """An observer that a call lets go of at its end, so that the call and the line that watches it do not keep each
    other in memory."""

    def __init__(self, observer: Observer) -> None:
        self._observer: Observer | None = observer

    def __call__(self, event: CallEvent) -> None:
        if self._observer is not None:
            self._observer(event)

    def close(self) -> None:
        """Nothing is told any more."""
        self._observer = None
