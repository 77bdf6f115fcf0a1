"""The screen over whole calls: in how many calm ones it raises anything at all, and how soon it notices danger.

A share of false alarms per line says little about a call: what is rare in a line adds up over ten. A talk is the
caller's lines in order; our replies are not in the file. Only our open question is taken as asked and the next line as
its answer (:mod:`~warmline.dialogue.safety.open_question`); nothing else that was found is asked about, and
what matters is the first time that anything was found, and the first time that we asked about danger.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from itertools import groupby

import numpy as np

from warmline.dialogue.safety.deep_evaluate import Turns
from warmline.dialogue.safety.deep_reader import LATER, DeepReader
from warmline.dialogue.safety.evaluate import Labelled, Tell
from warmline.dialogue.safety.replay import ReplayedProtocol
from warmline.dialogue.safety.screen import Screen
from warmline.dialogue.safety.steps import OPEN
from warmline.dialogue.types import NEUTRAL, Outcome, Plan, Risk, RiskLevel, Strategy, SupportStage, Turn
from warmline.emotion.types import ParalinguisticTags
from warmline.speech.types import AudioChunk, Utterance


@dataclass(frozen=True, slots=True)
class Heard:
    """One line of a talk. ``wanted``: its label; ``before``: what was known when it was answered; ``after``: what was
    known when the next one came. Levels 0-3. ``asked``: whether the protocol spoke, but for the open question."""

    wanted: int
    before: int
    after: int
    asked: bool = False


@dataclass(frozen=True, slots=True)
class TalkFigures:
    """``calm``: talks without any risk; ``raised``: the share of them in which anything was found before a reply,
    ``lines``: the share of their lines until then; ``asked``: in which we asked about danger or spoke of it,
    ``protocol``: for the first time at level 2 or 3. ``danger``: talks with risk; ``at_once``, ``by_next``: found when
    its first line was answered, or the line after it; ``missed``: by no line; ``asked_at_once``, ``asked_by_next``,
    ``unasked``: the same of asking about it; ``too_soon``: the share in which something was found before there was a
    sign, ``asked_too_soon``: and asked about. Shares are nan of no talks."""

    calm: int
    raised: float
    lines: float
    asked: float
    protocol: float
    danger: int
    at_once: float
    by_next: float
    missed: float
    asked_at_once: float
    asked_by_next: float
    unasked: float
    too_soon: float
    asked_too_soon: float

    def payload(self) -> dict[str, object]:
        return asdict(self)


def talks(items: Sequence[Labelled]) -> list[list[Labelled]]:
    """The items that name a talk, by talk, in the order of the file."""
    named = sorted((one for one in items if one.talk and one.level is not None), key=lambda one: one.talk)
    return [list(lines) for _, lines in groupby(named, key=lambda one: one.talk)]


async def measure_talks(items: Sequence[Labelled], reader: DeepReader | None, tell: Tell | None = None) -> TalkFigures:
    """Screen every talk line by line, with the call so far; ``reader``: read again where a call does. Raises
    LanguageModelError."""
    screen = Screen()
    turns = None if reader is None else Turns(reader)
    return figures([await _heard(talk, screen, turns, tell) for talk in talks(items)])


async def _heard(talk: Sequence[Labelled], screen: Screen, turns: Turns | None, tell: Tell | None) -> list[Heard]:
    past: tuple[Turn, ...] = ()
    heard: list[Heard] = []
    protocol = ReplayedProtocol()
    for line in talk:
        risk = screen.assess(line.text, past, language=line.language)
        after = risk
        if turns is not None:
            turned = await turns.turn(risk, line.text, line.language)
            risk = turned.before
            if turned.after > risk.level:
                after = Risk(turned.after, (*risk.evidence, LATER), answered=risk.level)
            else:
                after = risk
        response = protocol.respond(past, line.text, risk, line.language or "en")
        opened = response.note is not None and response.note.step == OPEN.name
        asked = bool(response.sentences) and not opened
        heard.append(Heard(line.level or 0, int(risk.level), int(after.level), asked))
        if tell is not None:
            tell(line, risk)
        reply = "" if asked else " ".join(response.sentences) or _OURS
        past = (*past, _turn(line, len(past), after, reply))
    return heard


def figures(heard: Sequence[Sequence[Heard]]) -> TalkFigures:
    """Of talks, each its lines in order."""
    calm = [talk for talk in heard if not any(one.wanted for one in talk)]
    danger = [talk for talk in heard if any(one.wanted for one in talk)]
    first = [next((at for at, one in enumerate(talk) if one.before), None) for talk in calm]
    questions = [next((one for one in talk if one.asked), None) for talk in calm]
    lines = sum(len(talk) if at is None else at + 1 for talk, at in zip(calm, first, strict=True))
    pairs = [(talk, next(at for at, one in enumerate(talk) if one.wanted)) for talk in danger]
    raised = sum(at is not None for at in first)
    return TalkFigures(
        calm=len(calm),
        raised=_share(raised, len(calm)),
        lines=_share(raised, lines),
        asked=_share(sum(one is not None for one in questions), len(calm)),
        protocol=_share(sum(one is not None and one.before >= RiskLevel.L2 for one in questions), len(calm)),
        danger=len(danger),
        at_once=_share(sum(talk[at].before > 0 for talk, at in pairs), len(danger)),
        by_next=_share(sum(any(one.before > 0 for one in talk[at : at + 2]) for talk, at in pairs), len(danger)),
        missed=_share(sum(not any(one.before for one in talk[at:]) for talk, at in pairs), len(danger)),
        asked_at_once=_share(sum(talk[at].asked for talk, at in pairs), len(danger)),
        asked_by_next=_share(sum(any(one.asked for one in talk[at : at + 2]) for talk, at in pairs), len(danger)),
        unasked=_share(sum(not any(one.asked for one in talk[at:]) for talk, at in pairs), len(danger)),
        too_soon=_share(sum(any(one.after for one in talk[:at]) for talk, at in pairs), len(danger)),
        asked_too_soon=_share(sum(any(one.asked for one in talk[:at]) for talk, at in pairs), len(danger)),
    )


_OURS = "Tell me more."
"""What is taken as said where the protocol says nothing."""


def _turn(line: Labelled, number: int, risk: Risk, reply: str) -> Turn:
    language = line.language or "en"
    said = Utterance(number, line.text, (), AudioChunk(np.zeros(0, np.float32)), language)
    plan = Plan(SupportStage.EXPLORATION, Strategy.REFLECTION, {}, 3.0, "", NEUTRAL, (), risk=risk, language=language)
    return Turn(number, said, ParalinguisticTags.unknown(), plan, reply, reply, Outcome.SPOKEN)


def _share(hits: int, of: int) -> float:
    return hits / of if of else float("nan")
