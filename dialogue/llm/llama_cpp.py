"""The embedded language model: llama.cpp in this process, with a seat for each conversation.

A seat is a slot of the engine: its key-value cache keeps the longest common prefix of what was read last, so a prompt
that grows at its end costs only what grew, whoever else talks. Seats that write at once share each pass over the
weights. Does not know what the words mean, nor what a plan is.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

from warmline.dialogue.llm.base import Decoding, Prompt, Reading
from warmline.dialogue.llm.llama_engine import LlamaCppConfig, load, rater_place
from warmline.dialogue.llm.llama_rater import Rater
from warmline.dialogue.llm.llama_seat import End, Job, Seat
from warmline.dialogue.llm.seats import Seats
from warmline.speech.runtime.cancel import CancelFlag
from warmline.speech.runtime.errors import LanguageModelError

__all__ = ["LlamaCpp", "LlamaCppConfig"]


class LlamaCpp:
    """Raises MissingWeights, CorruptWeights or LanguageModelError when it cannot be loaded (which takes seconds). Used
    itself it writes in the first seat."""

    def __init__(self, config: LlamaCppConfig) -> None:
        self._config = config
        self._seats = Seats(config.calls)
        self._engine, self._kept = load(config)
        place = rater_place(config)
        places = config.calls + (place is not None)
        self._workers = [ThreadPoolExecutor(1, thread_name_prefix="warmline-llm") for _ in range(places)]
        self._first = Seat(self, 0)
        self._rater = None if place is None else Rater(self, place, 1 + bool(config.adapter))

    @property
    def config(self) -> LlamaCppConfig:
        return self._config

    @property
    def last(self) -> Reading:
        return self._first.last

    def seat(self) -> Seat:
        """A conversation's own."""
        return Seat(self, self._seats.take())

    def leave(self, place: int) -> None:
        """A conversation is over."""
        self._seats.give_back(place)

    async def prefill(self, prompt: Prompt, cancel: CancelFlag) -> int:
        return await self._first.prefill(prompt, cancel)

    def generate(self, prompt: Prompt, decoding: Decoding, cancel: CancelFlag) -> AsyncGenerator[str, None]:
        return self._first.generate(prompt, decoding, cancel)

    @property
    def rates(self) -> bool:
        return self._rater is not None

    async def rate(self, prompt: str, answers: Sequence[str], cancel: CancelFlag) -> tuple[float, ...]:
        return () if self._rater is None else await self._rater.rate(prompt, answers, cancel)

    async def close(self) -> None:
        """Wait for running jobs to see that they are not wanted any more, then free the model's memory."""
        await asyncio.get_running_loop().run_in_executor(None, self._free)

    def submit(self, place: int, job: Job, request: dict[str, object]) -> None:
        """Let the engine work on ``request`` in a slot, after what that slot still does."""

        def run() -> None:
            if job.abort.is_set():
                return
            engine = self._engine
            if engine is None:
                job.put(End(Reading(), "the language model is closed"))
                return
            try:
                engine.handle_completions(request | {"id_slot": place}, job.take)
            except RuntimeError as error:
                job.put(End(Reading(), f"the language model failed: {type(error).__name__}"))

        try:
            self._workers[place].submit(run)
        except RuntimeError as error:
            raise LanguageModelError("the language model is closed") from error

    def restore(self, place: int, text: str) -> None:
        """Read what was kept of ``text``, if it was, before the next request of that slot."""
        self._workers[place].submit(self._kept.restore, text, place)

    async def keep(self, place: int, text: str, read: int) -> None:
        """``text``, which holds nobody's words, has been read in a slot: keep it and, before the first call, let all
        slots have it."""
        with contextlib.suppress(RuntimeError):  # closed meanwhile
            if read > 1:
                await self._on(place, self._kept.save, text)
            if not self._seats.held:
                await asyncio.gather(*(self._on(at, self._kept.restore, text) for at in range(1, self._config.calls)))

    def _on(self, place: int, work: Callable[[str, int], object], text: str) -> asyncio.Future[object]:
        return asyncio.get_running_loop().run_in_executor(self._workers[place], work, text, place)

    def _free(self) -> None:
        for worker in self._workers:
            worker.shutdown(wait=True)
        self._engine = None
