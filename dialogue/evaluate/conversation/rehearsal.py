"""A whole talk in text: a seeker and a supporter, turn by turn, as in a call but without sound.

What fails is kept as the talk's end: a reply that never comes is stuck, an error is a crash; neither is left out. The
seeker's emotion reaches the supporter as tags, as if it had been heard. It measures what is said, not how it sounds.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from contextlib import aclosing
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np

from warmline.dialogue.evaluate.conversation.cards import Card
from warmline.dialogue.evaluate.conversation.seeker import Line, RuleSeeker, Told
from warmline.dialogue.evaluate.conversation.state import State
from warmline.dialogue.evaluate.conversation.talk import (
    COMPLETED,
    CRASHED,
    STUCK,
    Exchange,
    Talk,
    judged,
    spoken_by,
)
from warmline.dialogue.supporter import Supporter
from warmline.dialogue.types import Outcome, Plan, ReplySegment, Turn
from warmline.emotion.circumplex import place
from warmline.emotion.types import LABELS, ParalinguisticTags
from warmline.speech.runtime.cancel import CancelFlag
from warmline.speech.types import AudioChunk, Utterance

LONGEST_S = 180.0
"""Real seconds for a reply in text; after that the talk is stuck."""


class Seeker(Protocol):
    """Whoever plays a card."""

    @property
    def rules(self) -> RuleSeeker: ...

    async def opens(self) -> Line: ...

    def hears(self, reply: str) -> Told: ...

    async def says(self, told: Told, reply: str) -> Line: ...


class Ruled:
    """The seeker by rules, as any other seeker."""

    def __init__(self, rules: RuleSeeker) -> None:
        self.rules = rules

    async def opens(self) -> Line:
        return self.rules.opens()

    def hears(self, reply: str) -> Told:
        return self.rules.hears(reply)

    async def says(self, told: Told, reply: str) -> Line:
        return self.rules.says(told)


@dataclass(frozen=True, slots=True)
class Setting:
    """What holds for all talks of a run."""

    system: str
    turns: int
    seeker: str
    greeting: str = ""
    longest_s: float = LONGEST_S


async def talk(supporter: Supporter, seeker: Seeker, card: Card, seed: int, setting: Setting) -> Talk:
    """Hold the talk. Never raises for what the supporter does: that is how the talk ended."""
    begun, began_s = seeker.rules.state, time.monotonic()
    done: list[Exchange] = []
    ended, why = COMPLETED, ""
    past: tuple[Turn, ...] = ()
    line = await seeker.opens()
    while len(done) < setting.turns:
        try:
            async with asyncio.timeout(setting.longest_s):
                turn, pieces, first_ms = await _answered(supporter, line, past)
        except TimeoutError:
            ended, why = STUCK, f"no reply to line {len(done) + 1} within {setting.longest_s:.0f} s"
            break
        except Exception as error:  # noqa: BLE001 - whatever it is, it ends this talk and is counted
            ended, why = CRASHED, f"line {len(done) + 1}: {type(error).__name__}"
            break
        past = (*past, turn)
        before = seeker.rules.state
        told = await asyncio.to_thread(seeker.hears, turn.heard)
        done.append(exchange(line, turn, pieces, told, before, first_ms))
        if len(done) < setting.turns:
            line = await seeker.says(told, turn.heard)
    return finished(setting, card, seed, "text", begun, done, (ended, why), began_s)


def finished(
    setting: Setting,
    card: Card,
    seed: int,
    mode: str,
    begun: State,
    done: Sequence[Exchange],
    ended: tuple[str, str],
    began_s: float,
) -> Talk:
    """The talk as it is kept; ``ended``: how, and why."""
    return Talk(
        card=card.id,
        seed=seed,
        system=setting.system,
        mode=mode,
        seeker=setting.seeker,
        turns=setting.turns,
        problem=card.problem,
        begun=begun,
        exchanges=tuple(done),
        ended=ended[0],
        why=ended[1],
        greeting=setting.greeting,
        seconds=round(time.monotonic() - began_s, 1),
    )


async def _answered(supporter: Supporter, line: Line, past: tuple[Turn, ...]) -> tuple[Turn, list[ReplySegment], float]:
    tags, id = as_heard(line), len(past) + 1
    heard = Utterance(id, line.text, (), AudioChunk(np.zeros(0, np.float32)))
    began_s = time.perf_counter()
    plan: Plan = await supporter.planned(line.text, tags, past, CancelFlag())
    pieces: list[ReplySegment] = []
    first_ms = 0.0
    async with aclosing(supporter.reply(id, heard, tags, plan, past, CancelFlag())) as segments:
        async for segment in segments:
            first_ms = first_ms or (time.perf_counter() - began_s) * 1000.0
            pieces.append(segment)
    said = " ".join(piece.text for piece in pieces)
    recorded = next((piece.plan for piece in pieces if piece.plan is not None), plan)
    return Turn(id, heard, tags, recorded, said, said, Outcome.SPOKEN), pieces, first_ms


def exchange(
    line: Line, turn: Turn, pieces: list[ReplySegment], told: Told, before: State, first_ms: float
) -> Exchange:
    """One exchange of a text talk."""
    plan = turn.plan
    return Exchange(
        said=line.text,
        heard=turn.user.text,
        reply=turn.heard,
        caught=turn.heard,
        label=line.label,
        before=before,
        after=told.moved.state,
        stage=plan.stage.value,
        strategy=plan.strategy.name,
        distress=plan.intensity,
        style=plan.style,
        reveals=line.reveals,
        risk=int(plan.risk.level),
        by=spoken_by([piece.source for piece in pieces]),
        first_ms=round(first_ms, 1),
        **judged(told),
    )


def as_heard(line: Line) -> ParalinguisticTags:
    """Tags as the tagger would give them for a voice that carries the emotion of the line."""
    tags = ParalinguisticTags.unknown()
    if line.label not in LABELS or line.label == "neutral":
        return tags
    sure = 0.5 + 0.08 * line.intensity
    labels = {each: sure if each == line.label else (1.0 - sure) / (len(LABELS) - 1) for each in LABELS}
    where = place(labels)
    return replace(tags, valence=where.valence, arousal=where.arousal, labels=labels, confidence=0.7, label=line.label)
