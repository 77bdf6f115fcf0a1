"""The same language model without a mind: one supportive instruction, the talk so far, and the same safety.

What the planner is measured against. Screen, safety protocol and guard are those of a call; plan, stages, first words,
examples and the checks of drafts are left out, so whatever differs is theirs.
"""

from __future__ import annotations

import copy
import re
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Final

from warmline.dialogue.checks import Fault
from warmline.dialogue.draft import Ask
from warmline.dialogue.llm.base import Decoding, LanguageModel, Message, Prompt
from warmline.dialogue.realise import Harm, Realiser
from warmline.dialogue.supporter import Supporter
from warmline.dialogue.types import ReplySegment, Turn
from warmline.speech.runtime.cancel import CancelFlag
from warmline.speech.runtime.errors import LanguageModelError

SYSTEM: Final = (
    "You are a warm, supportive listener on an emotional support line, and an AI. Answer the caller kindly and "
    "helpfully in one to three short spoken sentences, in plain words without lists."
)
SPARE: Final = "I'm listening."
_TURNS: Final = 12
_SENTENCE: Final = re.compile(r"(?<=[.!?])\s+")


class PlainRealiser(Realiser):
    """Writes what the model says to a plain instruction; each sentence has to pass the guard."""

    def __init__(self, llm: LanguageModel, guard: Harm, seed: int | None) -> None:
        super().__init__(llm, guard, seed)
        self._stops, self._from = guard, seed

    async def reply(self, ask: Ask, cancel: CancelFlag) -> AsyncGenerator[ReplySegment, None]:
        """The reply sentence by sentence; ends at the first that the guard stops."""
        self.faults = ()
        seed = None if self._from is None else self._from + ask.id
        decoding = Decoding(96, 0.6, repeat_penalty=1.0, stop=("\n", "User:", "Caller:"), seed=seed)
        said: list[str] = []
        written = ""
        try:
            async with aclosing(self._llm.generate(prompt(ask.turns, ask.text), decoding, cancel)) as pieces:
                async for piece in pieces:
                    written += piece
        except LanguageModelError:
            written = "" if not written else _SENTENCE.split(written)[0]
        for sentence in _SENTENCE.split(written.strip()):
            whole, risk = " ".join((*said, sentence)), max(ask.plan.risk.level, ask.least)
            harm = await self._stops(whole, risk, cancel) if sentence else ""
            if not sentence or harm:
                self.faults = (Fault.UNSAFE,) if sentence else ()
                break
            said.append(sentence)
        if cancel.is_set:
            return
        pieces_of = said or [SPARE]
        for index, text in enumerate(pieces_of):
            source = "model" if said else "fallback"
            yield ReplySegment(ask.id, index, text, ask.plan.style, index == len(pieces_of) - 1, source)


class PlainSupporter(Supporter):
    """A supporter of the same parts that reads ahead nothing but its own plain prompt."""

    async def prepare(
        self, turns: tuple[Turn, ...], partial: str, cancel: CancelFlag, memory: tuple[str, ...] = ()
    ) -> int:
        return await self._llm.prefill(Prompt(prompt(turns, partial).messages, open=True), cancel)

    async def read_fixed(self, language: str, cancel: CancelFlag) -> int:
        return 0


def without_planner(supporter: Supporter, llm: LanguageModel, guard: Harm, seed: int | None) -> Supporter:
    """The same supporter, its replies written without the plan."""
    plain = copy.copy(supporter)
    plain.__class__ = PlainSupporter
    plain.realiser = PlainRealiser(llm, guard, seed)
    return plain


def prompt(turns: tuple[Turn, ...], text: str) -> Prompt:
    """The instruction and the talk so far."""
    lines = [Message("system", SYSTEM)]
    for turn in turns[-_TURNS:]:
        lines += [Message("user", turn.user.text), Message("assistant", turn.heard or "...")]
    return Prompt((*lines, Message("user", text)))
