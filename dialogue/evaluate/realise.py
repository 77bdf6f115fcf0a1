"""Rehearsing: simulated callers talk with the supporter as in a call, and every reply is judged.

The judge (evaluate/kinds.py) says which strategy a reply realises; it does not judge warmth, nor whether the plan was
wise. The figures are made in figures.py.
"""

from __future__ import annotations

import random
import re
import time
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing
from dataclasses import replace

import numpy as np

from warmline.dialogue.evaluate.figures import Realised
from warmline.dialogue.evaluate.seeker import Seeker, Situation, situations
from warmline.dialogue.supporter import Supporter
from warmline.dialogue.types import Outcome, Plan, ReplySegment, RiskLevel, Strategy, Turn
from warmline.emotion.types import ParalinguisticTags
from warmline.speech.runtime.cancel import CancelFlag
from warmline.speech.types import AudioChunk, Utterance

TALK = 30
"""Turns of one simulated talk."""

HELD_BACK = 3
"""Words of a turn that are not yet stable when it ends, and so not read ahead."""

_SENTENCE_ENDS = re.compile(r"(?<=[.!?…])\s+")

Judge = Callable[[str, Sequence[tuple[bool, str]]], Strategy]


async def rehearse(
    supporter: Supporter,
    judges: tuple[Judge, Judge],
    turns: int,
    seed: int,
    unread: Callable[[], int | None] = lambda: None,
    *,
    cast: Sequence[Situation] = (),
    even: bool = False,
) -> AsyncGenerator[Realised, None]:
    """Talk until ``turns`` replies are measured. Consume inside ``aclosing``. Turns that the safety protocol answers
    are talked through and not measured. ``cast``: other situations than the shipped ones. ``even``: each strategy is
    planned equally often, in an order drawn by ``seed``, whatever the planner would choose: for figures by class.
    The second of ``judges`` is another opinion."""
    measured, number = 0, 0
    cast = cast or situations()
    deck = _Deck(seed) if even else None
    while measured < turns:
        situation = cast[(number + seed) % len(cast)]
        seeker = Seeker(situation, seed + number)
        past: tuple[Turn, ...] = ()
        for at in range(TALK):
            words = seeker.says(at, past[-1].plan.strategy if past else None)
            turn, pieces, times, planned = await _answer(supporter, len(past) + 1, words, seeker.voice(), past, deck)
            past = (*past, turn)
            if any(piece.source == "protocol" for piece in pieces):
                continue
            model = next((when for piece, when in zip(pieces, times, strict=True) if piece.source == "model"), None)
            found, also = (judge(first_move(turn.plan, turn.planned), [(True, words)]) for judge in judges)
            yield Realised(
                turn=at + 1,
                situation=situation.name,
                words=words,
                planned=planned,
                recorded=turn.plan.strategy,
                found=found,
                also=also,
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


class _Deck:
    """All eight strategies in a drawn order, then again in another."""

    def __init__(self, seed: int) -> None:
        self._draw = random.Random(seed)
        self._left: list[Strategy] = []

    def planned(self, plan: Plan) -> Plan:
        if not self._left:
            self._left = self._draw.sample(list(Strategy), len(Strategy))
        strategy = self._left.pop()
        return replace(
            plan, strategy=strategy, then=None, purpose=None, why=(*plan.why, "measuring: each strategy in turn")
        )


async def _answer(
    supporter: Supporter,
    id: int,
    words: str,
    tags: ParalinguisticTags,
    past: tuple[Turn, ...],
    deck: _Deck | None,
) -> tuple[Turn, list[ReplySegment], list[float], Strategy]:
    """One turn as in a call: stable words are read ahead, then the plan, then the reply against the clock. Returns what
    the planner wanted besides: the turn's plan may have been changed while the reply was written."""
    flag = CancelFlag()
    await supporter.prepare(past, " ".join(words.split()[:-HELD_BACK]), flag)
    heard = Utterance(id, words, (), AudioChunk(np.zeros(0, np.float32)))
    began_s = time.perf_counter()
    plan = supporter.assess(words, tags, past)
    if deck is not None and plan.risk.level < RiskLevel.L2:
        plan = deck.planned(plan)
    pieces: list[ReplySegment] = []
    times: list[float] = []
    async with aclosing(supporter.reply(id, heard, tags, plan, past, flag)) as segments:
        async for segment in segments:
            pieces.append(segment)
            times.append((time.perf_counter() - began_s) * 1000.0)
    said = " ".join(piece.text for piece in pieces)
    recorded = next((piece.plan for piece in pieces if piece.plan is not None), plan)
    return Turn(id, heard, tags, recorded, said, said, Outcome.SPOKEN), pieces, times, plan.strategy


def first_move(plan: Plan, reply: str) -> str:
    """What of a reply is judged: all of it, or its first sentence where a second move was planned."""
    return reply if plan.then is None else _SENTENCE_ENDS.split(reply, maxsplit=1)[0]
