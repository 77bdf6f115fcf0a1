"""A seat that writes when it is its turn: it holds a place among the writers while the model works for it, and gives
the place up in the middle of a sentence when its voice has enough to say and somebody else is waited for.

What was written stays in the model's cache, so going on costs a token or two. (Andes, arXiv 2404.16283, schedules
tokens so on a server: by when somebody will have heard what is there.) It decides nothing: who writes is
:mod:`warmline.speech.runtime.cores`'s to say.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from dataclasses import replace
from typing import Final

from warmline.dialogue.llm.base import Decoding, LanguageModel, Prompt, is_elsewhere
from warmline.speech.runtime.cancel import CancelFlag
from warmline.speech.runtime.cores import Compute, Lane

READ_TRIES: Final = 3
"""How often reading ahead goes on, where it gave way to somebody's reply."""


class TakesTurns:
    """``slack_s``: in how many seconds somebody will wait for more than is there; less than 0 where they do already.
    A model that computes elsewhere works at once."""

    def __init__(self, model: LanguageModel, compute: Compute, slack_s: Callable[[], float]) -> None:
        self._model = model
        self._compute = compute
        self._slack_s = slack_s

    async def prefill(self, prompt: Prompt, cancel: CancelFlag) -> int:
        """As a reader, for whom nobody waits: it gives way to whoever writes, and goes on from what was read."""
        if is_elsewhere(self._model):
            return await self._model.prefill(prompt, cancel)
        read = 0
        for _ in range(READ_TRIES):
            if cancel.is_set:
                break
            async with self._compute.writing(Lane.READER) as give_way:
                read += await self._model.prefill(prompt, CancelFlag(cancel, give_way))
            if not give_way.is_set:
                break
        return read

    async def generate(self, prompt: Prompt, decoding: Decoding, cancel: CancelFlag) -> AsyncGenerator[str, None]:
        if is_elsewhere(self._model):
            async with aclosing(self._model.generate(prompt, decoding, cancel)) as texts:
                async for text in texts:
                    yield text
            return
        written, over = "", False
        while not over and decoding.max_tokens > 0 and not cancel.is_set:
            over = True
            async with self._compute.writing(in_s=self._slack_s(), slack_s=self._slack_s) as give_way:
                begun = replace(prompt, assistant_start=prompt.assistant_start + written)
                async with aclosing(self._model.generate(begun, decoding, cancel)) as texts:
                    async for text in texts:
                        written += text
                        decoding = replace(decoding, max_tokens=decoding.max_tokens - 1)
                        yield text
                        if give_way.is_set:
                            over = False
                            break

    async def close(self) -> None:
        await self._model.close()
