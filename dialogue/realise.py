"""A plan becomes spoken words: prompt, language model, segmenter and checks. Nothing is yielded unchecked.

Says the first clause as early as it is safe. The first sentence has to do what was planned: a faulty one is written
once more, then once by the planner's second choice, and the plan that is handed on says so; what fails again is
replaced by a sentence of ours that is marked as such. It decides nothing: strategies, tone, risk are the planner's.
"""

from __future__ import annotations

import asyncio
import copy
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, Sequence
from contextlib import aclosing
from dataclasses import replace

from warmline.dialogue.checks import Context, Fault, fault
from warmline.dialogue.draft import Ask, Draft, whole
from warmline.dialogue.languages import asks, ended, joined, of, scaled
from warmline.dialogue.llm.base import Decoding, LanguageModel
from warmline.dialogue.prompt import wording
from warmline.dialogue.prompt.cue import kind
from warmline.dialogue.prompt.render import closed, examples
from warmline.dialogue.segment import Segment, Segmenter
from warmline.dialogue.speakable import speakable, words_of
from warmline.dialogue.types import ReplySegment, RiskLevel, Strategy
from warmline.speech.runtime.cancel import CancelFlag
from warmline.speech.runtime.errors import LanguageModelError

MAX_WORDS = 45
ATTEMPTS = 3
"""Times the model may write: once, one repair, and once by the planner's second choice."""

SURE = 0.7
"""Chance of the planned kind from which on a clause may be spoken before its sentence is whole."""

ACCEPTED = 0.3
"""... from which on a whole sentence counts as planned, even where another kind seems likelier."""

_TEMPERATURES = (0.35, 0.7, 0.5)
"""By try: a small model is most to the point when it is least inventive."""

_STOPS = ("\n", "[", "User:", "Caller:")
_MAX_TOKENS = 64


Check = Callable[[str, Sequence[tuple[bool, str]]], Mapping[Strategy, float]]
"""Probability by strategy of what a text does; besides it the lines before, as (by the caller, text). Blocking."""


Harm = Callable[[str, RiskLevel, CancelFlag], Awaitable[str]]
"""The kind of harm that a text is at the caller's risk, "" for none. Once the flag is set its answer is not wanted."""


async def no_harm(text: str, risk: RiskLevel, cancel: CancelFlag) -> str:
    """Nothing is stopped."""
    return ""


class Realiser:
    """``guard`` is the safety guard's word on a piece.
    ``seed`` makes the writing repeatable.
    ``openings``: whether a clause of ours is spoken while the model reads. ``steer``: whether the model is given the
    first words of the planned kind of reply; a model tuned to the plans needs none. ``check`` tells what a first
    sentence does (English only); without one any sentence counts as planned.

    ``faults`` lists what the checks stopped in the last reply: for measuring, never words."""

    def __init__(
        self,
        llm: LanguageModel,
        guard: Harm = no_harm,
        seed: int | None = None,
        *,
        openings: bool = True,
        steer: bool = True,
        check: Check | None = None,
    ) -> None:
        self._llm = llm
        self._check = check
        self._openings = openings
        self._steer = steer
        self._guard = guard
        self._seed = seed
        self.faults: tuple[Fault, ...] = ()

    def seated(self, llm: LanguageModel) -> Realiser:
        """The same, writing by ``llm``."""
        other = copy.copy(self)
        other._llm = llm
        return other

    async def reply(self, ask: Ask, cancel: CancelFlag) -> AsyncGenerator[ReplySegment, None]:
        """The pieces of one reply; the last one is marked. Consume inside ``aclosing``: closing stops the model.

        The first is often an opening clause of ours, at once. Never raises for what a model does: then it ends with a
        sentence of ours. Ends early when ``cancel`` is set."""
        checked = self._check is not None and ask.language == "en" and ask.plan.strategy is not Strategy.OTHER
        reply = Draft(ask, ask.plan, shown=not checked)
        try:
            opening = wording.opening(kind(ask.plan), ask.earlier, ask.text, ask.language)
            if opening.lead and self._openings and not cancel.is_set:
                reply.lead = opening.lead
                yield reply.piece(opening.lead, False, False, "opening")
            for attempt in range(ATTEMPTS):
                begun = reply.said != reply.lead
                if attempt == ATTEMPTS - 1 and (begun or not reply.replan()):
                    break
                steer = "" if begun or not self._steer else _steer(reply, opening, attempt)
                async with aclosing(self._write(reply, steer, attempt, cancel)) as pieces:
                    async for piece in pieces:
                        yield piece
                if cancel.is_set or reply.over:
                    return
                if ended(reply.said):
                    break
            if reply.said == reply.lead:
                reply.plan = ask.plan  # the second choice was not carried out either
            yield reply.piece(reply.rescue(), True, True, "fallback")
        finally:
            self.faults = tuple(reply.faults)

    async def _write(
        self, reply: Draft, steer: str, attempt: int, cancel: CancelFlag
    ) -> AsyncGenerator[ReplySegment, None]:
        """One try: goes on after what was said already, ends at the first fault or when the model fails."""
        # a question is checked whole: only its end shows that it is one
        early = reply.index <= 1 and reply.plan.strategy is not Strategy.QUESTION
        segmenter = Segmenter(early, reply.ask.language, breath=not reply.index)
        waiting = segmenter.feed(steer)
        try:
            async with aclosing(self._texts(reply, steer, attempt, cancel)) as texts:
                async for text in texts:
                    new = segmenter.feed(text)
                    waiting += new
                    while waiting and (waiting[0].ends or (new and await self._shows(reply, waiting[0], SURE))):
                        segment = await self._passed(reply, waiting.pop(0), False, cancel)
                        if segment is None:
                            return
                        yield segment
                        if segment.last:
                            return
                    waiting = whole(waiting)
        except LanguageModelError:
            return
        if cancel.is_set:
            return
        waiting = whole(waiting + segmenter.finish())
        while waiting:
            piece = waiting.pop(0)
            ends = piece if waiting else _ended(piece, reply.ask.language)
            segment = await self._passed(reply, ends, not waiting, cancel)
            if segment is None:
                return
            yield segment
            if segment.last:
                return

    async def _texts(self, reply: Draft, steer: str, attempt: int, cancel: CancelFlag) -> AsyncGenerator[str, None]:
        """What the model writes, from the first piece on that has words in it. Raises LanguageModelError where it
        writes nothing that can be spoken."""
        ask = reply.ask
        start = joined((reply.said, steer))
        prompt = closed(ask.turns, ask.text, reply.plan, ask.tags, start)
        held, begun = "", False
        async with aclosing(self._llm.generate(prompt, self._decoding(ask, attempt), cancel)) as texts:
            async for text in texts:
                held += f" {text}" if start and not begun and not held and _needs_space(text) else text
                begun = begun or bool(words_of(speakable(held)))
                if begun:
                    yield held
                    held = ""
        if not begun and not cancel.is_set:
            reply.faults.append(Fault.NONSENSE)
            raise LanguageModelError("the language model wrote nothing that can be spoken")

    async def _passed(self, reply: Draft, piece: Segment, last: bool, cancel: CancelFlag) -> ReplySegment | None:
        """The piece as a segment, or None if it may not be said or, meanwhile, is not wanted any more."""
        found = self._fault(reply, piece, last)
        if found is None:
            reply.stopped = await self._harm(reply, piece, cancel)
            if cancel.is_set:
                return None
            found = Fault.UNSAFE if reply.stopped else None
        if found is None and piece.ends and not await self._shows(reply, piece, ACCEPTED):
            found = Fault.OFF_PLAN
        if found is not None:
            reply.faults.append(found)
            return None
        segment = reply.piece(piece.text, piece.ends, last)
        if not last and piece.ends and reply.enough:
            reply.over = True
            return replace(segment, last=True)
        return segment

    def _fault(self, reply: Draft, piece: Segment, last: bool) -> Fault | None:
        ask = reply.ask
        context = Context(reply.move, ask.text, ask.earlier, ask.language, examples(ask.language))
        whole = joined((reply.said, piece.text))
        found = fault(piece.text, reply.said, context)
        if found is not None:
            return found
        if len(words_of(whole)) > scaled(MAX_WORDS, ask.language):
            return Fault.LONG
        if piece.ends and reply.unasked and not asks(piece.text):
            return Fault.UNASKED
        if last and reply.said == reply.lead and len(words_of(piece.text)) < 2:
            return Fault.NONSENSE
        return None

    async def _harm(self, reply: Draft, piece: Segment, cancel: CancelFlag) -> str:
        """What the guard has against the reply with this piece, at the caller's risk."""
        ask = reply.ask
        whole = joined((reply.said, piece.text))
        return await self._guard(whole, max(ask.plan.risk.level, ask.least), cancel)

    async def _shows(self, reply: Draft, piece: Segment, chance: float) -> bool:
        """Does the reply, with this piece, do what is planned? Once it does, no more is asked of it."""
        if not reply.shown and self._check is not None:
            whole = joined((reply.said, piece.text))
            found = await asyncio.to_thread(self._check, whole, [(True, reply.ask.text)])
            planned = found[reply.plan.strategy]
            reply.shown = planned >= chance or (piece.ends and planned >= max(found.values()))
        return reply.shown

    def _decoding(self, ask: Ask, attempt: int) -> Decoding:
        seed = None if self._seed is None else self._seed + ask.id * ATTEMPTS + attempt
        return Decoding(_MAX_TOKENS, _TEMPERATURES[attempt], repeat_penalty=1.0, stop=_STOPS, seed=seed)


def _needs_space(text: str) -> bool:
    """Does the model's first piece begin a word without a space before it? Chinese has none."""
    return text[:1].isalnum() and ord(text[0]) < 0x2E80


def _steer(reply: Draft, opening: wording.Opening, attempt: int) -> str:
    """The words that the model goes on from: at each try others."""
    if attempt == 0:
        return opening.steer
    return wording.steer(kind(reply.plan), reply.ask.earlier, attempt, reply.ask.language)


def _ended(piece: Segment, language: str) -> Segment:
    """The last piece ends with a mark, so that the voice falls."""
    if ended(piece.text) or piece.text[-1] in '"”“':
        return piece
    return Segment(piece.text.rstrip(",;:-–— ，；：、") + of(language).end, True)
