"""A language model with another behind it: where the first cannot write, the second does, from the same prompt.

The second is built when it is first needed, and from then on used until the first is tried again after a while. A reply
that has begun is not begun again by the other: what was written stands, and the caller of this repairs the rest.
"""

from __future__ import annotations

import asyncio
import copy
import logging
import time
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass

from warmline.dialogue.llm.base import Decoding, LanguageModel, Prompt, Rates, is_elsewhere, seat_of
from warmline.speech.runtime.cancel import CancelFlag
from warmline.speech.runtime.errors import LanguageModelError

log = logging.getLogger(__name__)

AGAIN_S = 30.0
"""After a failure the first model is left alone for so long."""


class SparedModel:
    """``make_spare`` may block for seconds and may raise; then the first model's own error stands."""

    def __init__(
        self,
        first: LanguageModel,
        make_spare: Callable[[], LanguageModel],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._first = first
        self._spare = _Spare(make_spare)
        self._whole = True
        self._clock = clock
        self._failed_at: float | None = None

    async def prefill(self, prompt: Prompt, cancel: CancelFlag) -> int:
        if not self._resting:
            try:
                return await self._first.prefill(prompt, cancel)
            except LanguageModelError as error:
                self._failed(error)
        return await (await self._other()).prefill(prompt, cancel)

    async def generate(self, prompt: Prompt, decoding: Decoding, cancel: CancelFlag) -> AsyncGenerator[str, None]:
        begun = False
        if not self._resting:
            try:
                async with aclosing(self._first.generate(prompt, decoding, cancel)) as texts:
                    async for text in texts:
                        begun = True
                        yield text
                return
            except LanguageModelError as error:
                self._failed(error)
                if begun:
                    raise
        async with aclosing((await self._other()).generate(prompt, decoding, cancel)) as texts:
            async for text in texts:
                yield text

    @property
    def elsewhere(self) -> bool:
        """The spare writes where the calls are."""
        return not self._resting and is_elsewhere(self._first)

    @property
    def rates(self) -> bool:
        """Only the first model may; the spare has no adapter of ours."""
        return isinstance(self._first, Rates) and self._first.rates

    async def rate(self, prompt: str, answers: Sequence[str], cancel: CancelFlag) -> tuple[float, ...]:
        if self._resting or not isinstance(self._first, Rates):
            return ()
        return await self._first.rate(prompt, answers, cancel)

    async def close(self) -> None:
        try:
            await self._first.close()
        finally:
            if self._whole and self._spare.model is not None:
                await self._spare.model.close()

    def seat(self) -> LanguageModel:
        """One conversation's place in the first model, where it has any; the spare is one for all."""
        other = copy.copy(self)
        other._first = seat_of(self._first)
        other._whole = False
        return other

    @property
    def _resting(self) -> bool:
        return self._failed_at is not None and self._clock() - self._failed_at < AGAIN_S

    def _failed(self, error: LanguageModelError) -> None:
        self._failed_at = self._clock()
        log.warning("the language model failed (%s): its spare writes for %.0f s", error, AGAIN_S)

    async def _other(self) -> LanguageModel:
        if self._spare.model is None:
            self._spare.model = await asyncio.to_thread(self._spare.make)
        return self._spare.model


@dataclass(slots=True)
class _Spare:
    """One for all seats."""

    make: Callable[[], LanguageModel]
    model: LanguageModel | None = None
