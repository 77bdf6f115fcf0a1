"""What the mind decides and hands on: plans, styles, reply segments, turns."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum, IntEnum
from types import MappingProxyType

from warmline.emotion.types import ParalinguisticTags
from warmline.speech.types import Utterance

TurnId = int


class Strategy(Enum):
    """The eight support strategies of ESConv (Liu et al. 2021), after Hill's helping skills.

    The order of members is the order of the label ids 0-7 in EmoDynamiX's turn files."""

    REFLECTION = "Reflection of feelings"
    SELF_DISCLOSURE = "Self-disclosure"
    QUESTION = "Question"
    AFFIRMATION = "Affirmation and Reassurance"
    SUGGESTION = "Providing Suggestions"
    RESTATEMENT = "Restatement or Paraphrasing"
    INFORMATION = "Information"
    OTHER = "Others"


class SupportStage(Enum):
    """Hill's three stages, as ESConv names them."""

    EXPLORATION = "exploration"
    COMFORTING = "comforting"
    ACTION = "action"


class RiskLevel(IntEnum):
    """A screen after the C-SSRS screener, never a diagnosis: no sign, passive wish, active thoughts, imminent."""

    L0 = 0
    L1 = 1
    L2 = 2
    L3 = 3


@dataclass(frozen=True, slots=True)
class Sensed:
    """What the screen's encoder alone makes of words: how likely they hold risk, in [0, 1], and of which kind, as
    evidence names it before a colon, "" for the person's own danger. ``answer``: the level that it finds in them, where
    they answer our open question; else None."""

    chance: float
    kind: str = ""
    answer: RiskLevel | None = None


@dataclass(frozen=True, slots=True)
class Risk:
    """What the screen found; ``evidence`` names the rules that fired, never the person's words. ``request``: the kind
    of what was asked of us that must not be answered, or "". ``doubtful``: nothing firm speaks for it, in these words
    or before, so a reader that is sure of more may overrule it or raise it. ``sensed``: where no rule speaks for it
    either, only the encoder; else None. ``answered``: the level by which the turn was answered, where more was read
    in it later; else None."""

    level: RiskLevel = RiskLevel.L0
    evidence: tuple[str, ...] = ()
    request: str = ""
    doubtful: bool = False
    sensed: Sensed | None = None
    answered: RiskLevel | None = None


@dataclass(frozen=True, slots=True)
class Style:
    """How a reply should sound, each in [-1, 1] about the voice's own neutral: ``warmth`` (softer timbre),
    ``pace`` (faster is positive), ``pitch``, ``range`` (livelier is positive), ``volume``, ``breath``."""

    warmth: float = 0.0
    pace: float = 0.0
    pitch: float = 0.0
    range: float = 0.0
    volume: float = 0.0
    breath: float = 0.0


NEUTRAL = Style()


class Purpose(Enum):
    """What a reply of some strategies is more exactly for."""

    GREET = "greet"
    GOODBYE = "goodbye"
    OFFER = "ask whether ideas are welcome"


@dataclass(frozen=True, slots=True)
class Heard:
    """What was heard before a plan was made. ``words`` and ``voice``: distress in [1, 5] by each alone, ``voice`` None
    where it may not be used. ``manner``: how it was said, in a few plain words. ``disagree``: the voice says more than
    the words. ``mood``: "easing" or "worsening" since the reply ``since`` (from 1), "" where nothing is sure."""

    words: float = 2.0
    voice: float | None = None
    manner: str = ""
    disagree: bool = False
    mood: str = ""
    since: int = 0


@dataclass(frozen=True, slots=True)
class Plan:
    """What the next reply is for, and why: readable by a person.

    ``distribution``: probability by strategy. ``intensity``: estimated distress, 1 (slight) to 5 (overwhelming).
    ``cause``: the person's own words that seem to carry the reason, or "". ``why``: short reasons, in order.
    ``then``: a second move, after the first sentence. ``expected``: the mark of 1-5 that a person would give each
    strategy now, where the lookahead was asked; empty where not. ``memory``: what of earlier calls this reply may lean
    on, in the person's own words. ``language``: that of the reply, a code of :mod:`warmline.dialogue.languages`.
    """

    stage: SupportStage
    strategy: Strategy
    distribution: Mapping[Strategy, float]
    intensity: float
    cause: str
    style: Style
    why: tuple[str, ...]
    risk: Risk = field(default_factory=Risk)
    then: Strategy | None = None
    purpose: Purpose | None = None
    heard: Heard = Heard()
    expected: Mapping[Strategy, float] = field(default_factory=lambda: MappingProxyType({}))
    memory: tuple[str, ...] = ()
    language: str = "en"


@dataclass(frozen=True, slots=True)
class HelpCard:
    """What is shown beside the voice, in figures: a helpline of the caller's ``country`` (two-letter code, "" unknown)
    and its emergency numbers. ``checked``: the day somebody last looked the line up, ISO; "" where none is known."""

    country: str
    name: str
    number: str
    website: str
    hours: str
    emergency: str
    police: str
    checked: str
    verified: bool


@dataclass(frozen=True, slots=True)
class SafetyNote:
    """What the safety protocol did in a reply: the name of its step, and the numbers to show, if any."""

    step: str
    card: HelpCard | None = None


@dataclass(frozen=True, slots=True)
class ReplySegment:
    """A piece of reply that can be spoken by itself: a clause or a sentence. ``index`` counts within the turn.

    ``source``: "model" for generated text, "opening" for a clause of ours that a generated reply goes on from,
    "protocol" for the safety protocol's own sentences, "fallback" for the openly marked sentences used when generation
    failed. ``emphasis``: words of ``text`` to be said with weight, without marks.
    ``safety``: what the protocol did, on the first segment of its replies.
    ``plan``: the turn's plan, where it was changed while the reply was written: it replaces the first one.
    """

    turn: TurnId
    index: int
    text: str
    style: Style
    last: bool
    source: str = "model"
    emphasis: tuple[str, ...] = ()
    safety: SafetyNote | None = None
    language: str = "en"
    plan: Plan | None = None


class Outcome(Enum):
    """How a turn of ours ended."""

    SPOKEN = "spoken to the end"
    CUT = "cut by the person"
    DISCARDED = "never begun"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Turn:
    """One exchange. ``planned`` is what we meant to say, ``heard`` is what was played: only ``heard`` is remembered."""

    id: TurnId
    user: Utterance
    tags: ParalinguisticTags
    plan: Plan
    planned: str
    heard: str
    outcome: Outcome
