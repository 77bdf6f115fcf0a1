"""The guard with the language model behind it: a sentence that the encoder is in doubt about is read by the model, with
the adapter that reads callers, before it is spoken.

It is read with what the reply said before: alone, a harmless one may look like another. But honest words on what an AI
cannot be or do are left out (``honest.py``): the model takes them for what they deny. A reading takes some tenths of
a second, in which the model goes on writing and what was passed before is spoken. Where there is no such model, or it
fails or is late, the guard's own cut-off decides. How the adapter is trained: ``training/deep.py``. It does not know
what the caller said.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Callable

from warmline.dialogue.llm.base import LanguageModel, Rates
from warmline.dialogue.llm.waiting import wait_for
from warmline.dialogue.safety.deep_reader import DIGITS, REPLY, log_odds, question
from warmline.dialogue.safety.guard import Guard, Verdict
from warmline.dialogue.safety.guard_model import Doubt, split
from warmline.dialogue.safety.honest import honest
from warmline.dialogue.types import RiskLevel
from warmline.speech.runtime.cancel import CancelFlag, Cancelled
from warmline.speech.runtime.errors import LanguageModelError

TOGETHER = 2.0
"""A sentence is stopped where the log odds of harm that the encoder gives it and those that the model does add up to
this, as for callers (``deep_reader.py``). On pieces that neither learnt (1,104 harmful, 1,105 harmless) 21 pass and 61
are stopped, against 23 and 65 where the model alone decides from 0.5 on."""

RULE_CUT = 0.01
"""... where a rule that may err stops the piece. On pieces of ours that the adapter did not learn (VALID, HELD, hand
t), beside 113 harmless ones by other hands: of what own_voice.py alone stops it lets 79 of 99 harmless ones pass and
4 of 257 harmful ones, of the rules on blame 8 of 9 and 1 of 41."""

LATE_S = 1.5
"""How long a reply waits for a reading."""

_FEWEST = 0.0005
"""Neither is taken to be surer than that."""

_KEPT = 256
"""Readings that are remembered: a reply is checked again with every piece that joins it."""


Check = Callable[[str, RiskLevel], Verdict]


class GuardReader:
    """``check``: the guard's own word; ``model``: what is asked where it is in doubt, None for nothing; ``cut``:
    the sum of log odds that stops. One for all calls. ``unread`` counts the readings that were wanted and failed or
    were late."""

    def __init__(self, check: Check, model: Rates | None, cut: float = TOGETHER, late_s: float = LATE_S) -> None:
        self.unread = 0
        self._check = check
        self._model = model
        self._cut = cut
        self._late_s = late_s
        self._read: OrderedDict[str, float] = OrderedDict()

    async def stops(self, text: str, risk: RiskLevel, cancel: CancelFlag) -> str:
        """Of which kind of harm a segment is to somebody at ``risk``, "" where it may be spoken. Once ``cancel`` is set
        nothing is asked any more."""
        verdict = await asyncio.to_thread(self._check, text, risk)
        if self._model is None or not verdict.doubts:
            return verdict.reason
        for doubt in verdict.doubts:
            if await self._harmful(self._model, text, doubt, cancel):
                return doubt.kind
        return ""

    async def _harmful(self, model: Rates, text: str, doubt: Doubt, cancel: CancelFlag) -> bool:
        so_far = text[: text.find(doubt.sentence) + len(doubt.sentence)]
        if so_far in self._read:
            return self._counts(doubt, self._read[so_far])
        try:
            answers = await wait_for(model.rate(question(read_of(text), REPLY), DIGITS, cancel), cancel, self._late_s)
        except (LanguageModelError, TimeoutError, Cancelled):
            answers = ()
        if not answers:
            self.unread += not cancel.is_set
            return doubt.alone
        self._read[so_far] = harmful = 1.0 - answers[0]
        if len(self._read) > _KEPT:
            self._read.popitem(last=False)
        return self._counts(doubt, harmful)

    def _counts(self, doubt: Doubt, harmful: float) -> bool:
        """Whether a doubt is harm indeed, once the model gave it this probability."""
        if doubt.by_rule:
            return harmful >= RULE_CUT
        return log_odds(harmful, _FEWEST) + log_odds(doubt.chance, _FEWEST) >= self._cut


def read_of(text: str) -> str:
    """What is read of a reply: all but what is honest, where anything else is there."""
    return " ".join(one for one in split(text) if not honest(one)) or text


def guarded_by(model: LanguageModel) -> GuardReader:
    """The guard, with this language model behind it where that can read."""
    return GuardReader(Guard().check, model if isinstance(model, Rates) and model.rates else None)
