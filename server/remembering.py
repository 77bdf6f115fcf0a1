"""One call and what is remembered of it: hands turns to the record, lets memories come to mind, asks for consent and
does at once what the caller says about it.

What is said is decided in :mod:`warmline.dialogue.memory`; what is written, in :mod:`warmline.server.store`. A turn
counts when it is over: a draft that is thrown away asks nothing and erases nothing.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import replace
from typing import Final

import numpy as np

from warmline.dialogue.memory import consent
from warmline.dialogue.memory.consent import Wish
from warmline.dialogue.memory.items import Item, ItemKind, Mood
from warmline.dialogue.memory.making import items_of, set_right
from warmline.dialogue.memory.note import Notes
from warmline.dialogue.memory.people import NOBODY, cast_of
from warmline.dialogue.memory.recall import Index
from warmline.dialogue.memory.replaced import set_aside
from warmline.dialogue.memory.sentences import SIZE, Embeds
from warmline.dialogue.memory.summary import summary
from warmline.dialogue.safety import minors
from warmline.dialogue.seeker.corrections import correction_in
from warmline.dialogue.types import Plan, ReplySegment, RiskLevel, Turn
from warmline.server.store.record import NOTHING, Keeping
from warmline.server.store.records import Ended
from warmline.speech.runtime.cores import Compute, Lane

LONG_ENOUGH: Final = 3
"""Turns from which a call is summed up."""

SPOKEN: Final = "speech"
"""How consent was given or taken back."""


def without_memory(turns: tuple[Turn, ...]) -> tuple[Turn, ...]:
    """The turns of a call without what earlier calls told, for a caller who took their consent back."""
    return tuple(replace(turn, plan=replace(turn.plan, memory=())) if turn.plan.memory else turn for turn in turns)


class Remembering:
    """``embed`` None: nothing can come to mind and nothing is learnt; words are kept all the same, with consent."""

    def __init__(self, embed: Embeds | None = None) -> None:
        self._record = NOTHING
        self._embed = embed
        self._turns: list[Turn] = []
        self._items: list[Item] = []
        self._earlier: list[Item] = []
        self._learnt = 0
        self._cast = NOBODY
        self._notes: Notes | None = None

    def begin(self, record: Keeping) -> None:
        """The call has this record."""
        self._record = record
        self._cast = cast_of(record.items)
        self._earlier = list(record.items)
        self._notes = self._noted()

    # --- while the person speaks, and before the reply ------------------------------------------------------------

    def beside(self, text: str, mood: Mood, turns: tuple[Turn, ...]) -> tuple[str, ...]:
        """The memory to go beside what is being said, or (); blocking, about 10 ms."""
        if self._notes is None or not self._record.words:
            return ()
        return self._notes.beside(text, mood, turns)

    def planned(self, plan: Plan, memory: tuple[str, ...]) -> Plan:
        """The plan with that memory, where it may be leaned on: in calm talk, in the language it is in."""
        calm = plan.risk.level == RiskLevel.L0 and plan.language == "en" and self._record.words
        return replace(plan, memory=memory) if memory and calm else plan

    def spoken(
        self,
        plan: Plan,
        text: str,
        turns: tuple[Turn, ...],
        id: int,
        written: AsyncGenerator[ReplySegment, None],
    ) -> AsyncGenerator[ReplySegment, None]:
        """``written``, or what we say to a wish about remembering in its place; with the question for consent after it,
        where it is time for that. Never at risk. Consume inside ``aclosing``."""
        if plan.risk.level >= RiskLevel.L2 or not self._record.id:
            return written
        wish = self._wish(text, turns, plan.language)
        if wish is Wish.FORGET or (wish is not Wish.NONE and consent.only_answers(text)):
            return self._instead(consent.reply(wish, plan.language), plan, id, written)
        if self._too_young(text):
            return written
        question = consent.question(self._record.standing, turns, plan)
        return self._followed(written, question) if question else written

    # --- when a turn or the call is over --------------------------------------------------------------------------

    def ended(self, ended: Ended, turns: tuple[Turn, ...]) -> None:
        """An exchange is over, the last of ``turns``. Returns at once: see :meth:`learn`."""
        self._turns.append(turns[-1])  # the call's own, because the record's has far more in it
        wish = self._wish(ended.turn.user.text, turns[:-1], ended.turn.plan.language)
        if wish is Wish.FORGET:
            self._forget()
        self._record.turn(ended)
        if self._too_young():
            if self._record.words:
                self._record.refuse(SPOKEN)
            self._items = []
        elif wish is Wish.YES:
            self._record.agree(SPOKEN)
        elif wish is Wish.NO:
            self._record.refuse(SPOKEN)
            self._items = []
        elif consent.is_question(ended.turn.heard):
            self._record.asked()

    async def learn(self, compute: Compute) -> None:
        """Make memories of the turns since the last time; some 5 ms a sentence, off the loop."""
        while self._embed is not None and self._record.words and self._learnt < len(self._turns):
            place = self._learnt
            self._learnt += 1
            await self._learn(self._turns[place], place + 1, self._embed, compute)

    def hung_up(self, words: str) -> None:
        """The call is over; ``words`` were said last and not answered, "" where there were none."""
        if self._wish(words, (), "en") is Wish.FORGET:
            self._forget()
        tells = self._record.words and len(self._turns) >= LONG_ENOUGH
        told = summary(tuple(self._turns)) if tells else ""
        if told:
            nowhere = np.zeros(SIZE, np.float32)  # a summary does not come to mind: it is for who reads the list
            at = self._record.now()
            self._record.remember((Item(ItemKind.SUMMARY, told, self._record.id, len(self._turns), at, nowhere),))
        self._record.end()
        self._turns.clear()
        self._items.clear()

    @property
    def forgotten(self) -> bool:
        """Must memories go from the prompts of this call too?"""
        return self._notes is not None and not self._record.words

    async def _learn(self, turn: Turn, number: int, embed: Embeds, compute: Compute) -> None:
        record, items, cast = self._record, self._items, self._cast
        correction = correction_in(turn.user.text)
        if correction is not None:
            for old, new in await compute.run(Lane.BACKGROUND, lambda: set_right(items, correction, embed)):
                if old in items:
                    items[items.index(old)] = new
                    record.change(old, new)
            return
        made, self._cast = await compute.run(
            Lane.BACKGROUND, lambda: items_of(turn, number, record.id, record.now(), embed, cast)
        )
        if record.words and items is self._items:
            self._set_aside(made)
            items += made
            record.remember(made)

    def _set_aside(self, made: tuple[Item, ...]) -> None:
        """What of earlier calls no longer holds does not come to mind again."""
        for new in made:
            for old, ended in set_aside(self._earlier, new):
                self._earlier[self._earlier.index(old)] = ended
                self._record.change(old, ended)
                self._notes = self._noted()

    def _noted(self) -> Notes | None:
        if self._embed is None or not self._earlier:
            return None
        return Notes(Index(self._earlier), self._embed, self._record.now(), self._record.last_call)

    def _wish(self, text: str, before: tuple[Turn, ...], language: str) -> Wish:
        return consent.wish(text, before[-1].heard if before else "", language)

    def _too_young(self, text: str = "") -> bool:
        """Has the caller said that they are under age, so that a yes of theirs does not count?"""
        said = tuple(turn.user.text for turn in self._turns)
        return not minors.policy(minors.known((*said, text))).memory

    def _forget(self) -> None:
        self._record.forget(SPOKEN)
        self._turns.clear()
        self._items = []
        self._earlier = []
        self._learnt = 0
        self._cast = NOBODY

    @staticmethod
    async def _instead(
        text: str, plan: Plan, id: int, written: AsyncGenerator[ReplySegment, None]
    ) -> AsyncGenerator[ReplySegment, None]:
        async with aclosing(written):
            yield ReplySegment(id, 0, text, plan.style, True, "notice", language=plan.language)

    @staticmethod
    async def _followed(
        written: AsyncGenerator[ReplySegment, None], question: str
    ) -> AsyncGenerator[ReplySegment, None]:
        """``written``, then ``question``, unless it asked something itself."""
        said = ""
        async with aclosing(written) as pieces:
            async for piece in pieces:
                said += piece.text
                asks = piece.last and "?" not in said and "？" not in said
                yield replace(piece, last=False) if asks else piece
                if asks:
                    yield replace(piece, index=piece.index + 1, text=question, source="notice")
