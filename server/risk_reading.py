"""The reader of risk in the language model, as one call asks it: before a reply that would rest on doubt alone, and
about what was said once nobody waits.

An answer is kept by its words, so that a turn whose draft was thrown away and made again is read once. Does not know
which words are worth reading.
"""

from __future__ import annotations

import asyncio
from contextlib import AbstractAsyncContextManager
from typing import Final

from warmline.dialogue.safety.deep_reader import DeepReader, found, weighed
from warmline.dialogue.types import Risk
from warmline.server import events as e
from warmline.speech.runtime.cancel import CancelFlag
from warmline.speech.runtime.cores import Compute, Lane
from warmline.speech.runtime.errors import LanguageModelError

LIMIT_S: Final = 1.0
"""How long a reply that rests on doubt may wait for the reader, the wait for the cores included."""

SOON_S: Final = 0.4
"""The same where the screen found nothing: among many calls those words are read after the reply."""

KEPT: Final = 8
"""Answers that are kept, the last ones."""


class RiskReading:
    """One call's."""

    def __init__(self, reader: DeepReader, compute: Compute, observer: e.Observer) -> None:
        self._reader = reader
        self._compute = compute
        self._observer = observer
        self._known: dict[str, tuple[float, ...]] = {}

    async def weighed(self, text: str, risk: Risk, cancel: CancelFlag) -> Risk:
        """A doubtful ``risk`` in ``text`` once it was read. As it was where the reader fails or takes longer than
        :data:`LIMIT_S` or :data:`SOON_S`, and where ``cancel`` was set."""
        try:
            async with asyncio.timeout(LIMIT_S if risk.level else SOON_S):
                levels = await self._levels(text, cancel, self._compute.writing())
        except TimeoutError:
            return risk
        except LanguageModelError as error:
            self._observer(e.Trouble(f"risk was not read again: {error}"))
            return risk
        return weighed(risk, levels, self._reader.cuts) if levels else risk

    async def doubt(self, text: str, language: str) -> str | None:
        """The kind of risk that words in which little was found may hold; None where there is no doubt, and where they
        were read before they were answered."""
        if text in self._known:
            return None
        return await self._compute.run(Lane.BACKGROUND, lambda: self._reader.doubt(text, language))

    async def later(self, text: str, kind: str, cancel: CancelFlag) -> Risk | None:
        """The risk in ``text``, when nobody waits; None where ``cancel`` was set or somebody began to write. Raises
        LanguageModelError."""
        levels = await self._levels(text, cancel, self._compute.writing(Lane.READER))
        return found(levels, kind, self._reader.cuts) if levels else None

    async def _levels(
        self, text: str, cancel: CancelFlag, cores: AbstractAsyncContextManager[CancelFlag]
    ) -> tuple[float, ...]:
        if text not in self._known:
            async with cores as give_way:
                levels = await self._reader.levels(text, CancelFlag(cancel, give_way))
            if not levels:
                return ()
            self._known[text] = levels
            while len(self._known) > KEPT:
                self._known.pop(next(iter(self._known)))
        return self._known[text]
