"""Practice aloud: a call in which Warmline is the one who seeks support, and the caller the one who gives it.

The call is the usual one; in the place of replies stand the seeker's lines. Each is made anew from what was said so
far, so a draft that is thrown away leaves no trace. Danger in the caller's own words is met by the safety protocol.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncGenerator
from contextlib import aclosing

from warmline.dialogue.evaluate.conversation.cards import Card
from warmline.dialogue.evaluate.conversation.coaching import replayed
from warmline.dialogue.evaluate.conversation.heard import Ear
from warmline.dialogue.languages import ENGLISH
from warmline.dialogue.llm.base import LanguageModel
from warmline.dialogue.safety.screen import Screen
from warmline.dialogue.strategy.planner import Planner
from warmline.dialogue.supporter import Supporter
from warmline.dialogue.types import Plan, ReplySegment, Risk, RiskLevel, Turn, TurnId
from warmline.emotion.types import ParalinguisticTags
from warmline.server.bench.conversation.seeker_voice import tone
from warmline.speech.runtime.cancel import CancelFlag
from warmline.speech.types import Utterance

_SENTENCES = re.compile(r"(?<=[.!?])\s+")
_OWN = re.compile(r"\b(?:i|i'm|i've|i'll|me|my|myself)\b", re.IGNORECASE)
_HEARING = re.compile(
    r"\b(?:i (?:can |do |also )?(?:hear|understand|see|notice|wonder|guess|think|believe)|i'm (?:sorry|glad|here)"
    r"|(?:tell|told|trust\w*|with|to) me)\b",
    re.IGNORECASE,
)
"""A supporter's own words about the other person."""


class ToTrainee:
    """The risk screen for somebody who practises: a question about danger, or words about the other's, are part of the
    practice; what they say of themselves is not."""

    def __init__(self) -> None:
        self._screen = Screen()

    def assess(
        self,
        text: str,
        history: tuple[Turn, ...] = (),
        tags: ParalinguisticTags | None = None,
        language: str = ENGLISH,
    ) -> Risk:
        return self._screen.assess(text) if own_danger(text) else Risk()


def own_danger(text: str) -> bool:
    """Does somebody who practises speak of danger to themselves? Blocking, a millisecond or two."""
    said = text.replace("’", "'")
    if said.rstrip().endswith("?") or not _OWN.search(_HEARING.sub("", said)):
        return False
    return Screen().assess(said).level >= RiskLevel.L2


class SeekerSide(Supporter):
    """Answers as the seeker of a card would."""

    def __init__(self, card: Card, seed: int, ear: Ear, llm: LanguageModel, country: str = "") -> None:
        super().__init__(Planner(), ToTrainee(), llm, country=country, languages=("en",), aloud=True)
        self._card, self._seed, self._ear = card, seed, ear

    async def prepare(
        self, turns: tuple[Turn, ...], partial: str, cancel: CancelFlag, memory: tuple[str, ...] = ()
    ) -> int:
        return 0

    async def read_fixed(self, language: str, cancel: CancelFlag) -> int:
        return 0

    async def reply(
        self,
        id: TurnId,
        utterance: Utterance,
        tags: ParalinguisticTags,
        plan: Plan,
        turns: tuple[Turn, ...],
        cancel: CancelFlag,
    ) -> AsyncGenerator[ReplySegment, None]:
        """The seeker's next line in pieces; at danger the safety protocol's words."""
        if plan.risk.level >= RiskLevel.L2:
            async with aclosing(super().reply(id, utterance, tags, plan, turns, cancel)) as pieces:
                async for piece in pieces:
                    yield piece
            return
        replies = [*(turn.user.text for turn in turns), utterance.text]
        line, _ = await asyncio.to_thread(replayed, self._card, self._seed, self._ear, replies)
        sentences = _SENTENCES.split(line.text)
        for index, text in enumerate(sentences):
            if cancel.is_set:
                return
            yield ReplySegment(id, index, text, tone(line), index == len(sentences) - 1, "seeker")
