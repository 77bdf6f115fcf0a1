"""Does a reply do what its plan says, briefly and honestly, also late in a long talk? Measured on simulated callers.

The judge of what a reply does (evaluate/kinds.py) is right on three of four replies of our own writing; its errors
count here as the model's. It does not judge warmth, nor whether the plan was wise.
"""

from __future__ import annotations

import re
import statistics
import time
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field

import numpy as np

from warmline.dialogue.checks import Context, Fault, fault
from warmline.dialogue.evaluate.seeker import Seeker, situations
from warmline.dialogue.speakable import words_of
from warmline.dialogue.supporter import Supporter
from warmline.dialogue.types import Outcome, Plan, ReplySegment, Strategy, Turn
from warmline.emotion.types import ParalinguisticTags
from warmline.speech.runtime.cancel import CancelFlag
from warmline.speech.types import AudioChunk, Utterance

TALK = 30
"""Turns of one simulated talk."""

HELD_BACK = 3
"""Words of a turn that are not yet stable when it ends, and so not read ahead."""

_SENTENCE_ENDS = re.compile(r"(?<=[.!?…])\s+")

Judge = Callable[[str, Sequence[tuple[bool, str]]], Strategy]


@dataclass(frozen=True, slots=True)
class Realised:
    """One reply. ``turn`` counts from 1 within its talk. ``first_ms``: until the first piece; ``model_ms``: until the
    first piece that the model wrote (None where it wrote none). ``unread``: tokens that the model had still to read
    when the turn ended (None where the backend does not say)."""

    turn: int
    situation: str
    words: str
    planned: Strategy
    found: Strategy
    reply: str
    sources: tuple[str, ...]
    faults: tuple[Fault, ...]
    first_ms: float
    model_ms: float | None
    unread: int | None


@dataclass(frozen=True, slots=True)
class Figures:
    """Rates in 0-1. ``decay_points``: realised at turn 3 less realised at turn 30, by a straight line, in points.
    ``claims``: replies that leak the prompt, claim a life or claim feelings. ``rescued``: replies with a sentence of
    ours because the model failed."""

    n: int
    realised: float
    worst_class: float
    worst: str
    decay_points: float
    words_median: float
    questions_over_one: float
    claims: int
    rescued: float
    distinct: float
    by_class: dict[str, tuple[float, int]] = field(default_factory=dict)
    by_turn: dict[str, float] = field(default_factory=dict)
    faults: dict[str, int] = field(default_factory=dict)
    first_ms: tuple[float, ...] = ()
    model_ms: tuple[float, ...] = ()
    unread: tuple[int, ...] = ()


async def rehearse(
    supporter: Supporter, judge: Judge, turns: int, seed: int, unread: Callable[[], int | None] = lambda: None
) -> AsyncGenerator[Realised, None]:
    """Talk until ``turns`` replies are measured. Consume inside ``aclosing``. Turns that the safety protocol answers
    are talked through and not measured."""
    measured, number = 0, 0
    cast = situations()
    while measured < turns:
        situation = cast[(number + seed) % len(cast)]
        seeker = Seeker(situation, seed + number)
        past: tuple[Turn, ...] = ()
        for at in range(TALK):
            words = seeker.says(at, past[-1].plan.strategy if past else None)
            turn, pieces, times = await _answer(supporter, len(past) + 1, words, seeker.voice(), past)
            past = (*past, turn)
            if any(piece.source == "protocol" for piece in pieces):
                continue
            before = [(True, words)]
            model = next((when for piece, when in zip(pieces, times, strict=True) if piece.source == "model"), None)
            yield Realised(
                turn=at + 1,
                situation=situation.name,
                words=words,
                planned=turn.plan.strategy,
                found=judge(first_move(turn.plan, turn.planned), before),
                reply=turn.planned,
                sources=tuple(piece.source for piece in pieces),
                faults=supporter.realiser.faults,
                first_ms=times[0] if times else 0.0,
                model_ms=model,
                unread=unread(),
            )
            measured += 1
            if measured >= turns:
                return
        number += 1


async def _answer(
    supporter: Supporter, id: int, words: str, tags: ParalinguisticTags, past: tuple[Turn, ...]
) -> tuple[Turn, list[ReplySegment], list[float]]:
    """One turn as in a call: stable words are read ahead, then the plan, then the reply against the clock."""
    flag = CancelFlag()
    await supporter.prepare(past, " ".join(words.split()[:-HELD_BACK]), flag)
    heard = Utterance(id, words, (), AudioChunk(np.zeros(0, np.float32)))
    began_s = time.perf_counter()
    plan: Plan = supporter.assess(words, tags, past)
    pieces: list[ReplySegment] = []
    times: list[float] = []
    async with aclosing(supporter.reply(id, heard, tags, plan, past, flag)) as segments:
        async for segment in segments:
            pieces.append(segment)
            times.append((time.perf_counter() - began_s) * 1000.0)
    said = " ".join(piece.text for piece in pieces)
    return Turn(id, heard, tags, plan, said, said, Outcome.SPOKEN), pieces, times


def first_move(plan: Plan, reply: str) -> str:
    """What of a reply is judged: all of it, or its first sentence where a second move was planned."""
    return reply if plan.then is None else _SENTENCE_ENDS.split(reply, maxsplit=1)[0]


def figures(replies: Sequence[Realised]) -> Figures:
    """The figures of some replies; ``replies`` must not be empty."""
    right = [one.found is one.planned for one in replies]
    classes = {
        strategy: [one.found is strategy for one in replies if one.planned is strategy]
        for strategy in Strategy
        if any(one.planned is strategy for one in replies)
    }
    rates = {strategy.name: (statistics.fmean(rows), len(rows)) for strategy, rows in classes.items()}
    worst = min(rates, key=lambda name: rates[name][0])
    lengths = [len(words_of(one.reply)) for one in replies]
    faults: dict[str, int] = {}
    for one in replies:
        for each in one.faults:
            faults[each.name] = faults.get(each.name, 0) + 1
    thirds = {"1-10": range(1, 11), "11-20": range(11, 21), "21-30": range(21, 31)}
    return Figures(
        n=len(replies),
        realised=statistics.fmean(right),
        worst_class=rates[worst][0],
        worst=worst,
        decay_points=_decay([one.turn for one in replies], right),
        words_median=float(statistics.median(lengths)),
        questions_over_one=statistics.fmean(one.reply.count("?") > 1 for one in replies),
        claims=sum(_claims(one.reply, one.planned) for one in replies),
        rescued=statistics.fmean("fallback" in one.sources for one in replies),
        distinct=len({one.reply for one in replies}) / len(replies),
        by_class=rates,
        by_turn={
            name: statistics.fmean(rows)
            for name, span in thirds.items()
            if (rows := [ok for one, ok in zip(replies, right, strict=True) if one.turn in span])
        },
        faults=faults,
        first_ms=tuple(one.first_ms for one in replies),
        model_ms=tuple(one.model_ms for one in replies if one.model_ms is not None),
        unread=tuple(one.unread for one in replies if one.unread is not None),
    )


def _decay(turns: Sequence[int], right: Sequence[bool]) -> float:
    """By least squares; 0 where all turns are alike."""
    spread = np.var(turns)
    if spread == 0:
        return 0.0
    slope = float(np.mean((np.asarray(turns) - np.mean(turns)) * (np.asarray(right, float) - np.mean(right))) / spread)
    return -slope * (TALK - 3) * 100.0


def _claims(reply: str, strategy: Strategy) -> bool:
    """The same patterns as the checks, over the whole reply as it was said: what slips through in pieces counts."""
    return fault(reply, "", Context(strategy, "")) in (Fault.CLAIM, Fault.LEAK)
