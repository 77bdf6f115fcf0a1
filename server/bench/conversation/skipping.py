"""An event loop for calls with real models on which waiting costs nothing: work takes the time that it takes, and when
nobody works the clock jumps to the next timer.

So a call is as long as in real time and its delays are the machine's own, but its silences and its speech pass as fast
as they can be computed. Work is what runs in an executor, and what is marked by :meth:`SkippingLoop.busy` (a language
model has threads of its own). Unlike in :mod:`~warmline.server.bench.virtual_time` the clock goes on for jobs.
"""

from __future__ import annotations

import asyncio
import selectors
import time
from collections.abc import AsyncGenerator, Callable, Coroutine, Iterator
from concurrent.futures import Executor
from contextlib import aclosing, contextmanager
from typing import Any, TypeVar, TypeVarTuple

from warmline.dialogue.llm.base import Decoding, LanguageModel, Prompt, Reading, Reads
from warmline.speech.runtime.cancel import CancelFlag

T = TypeVar("T")
Ts = TypeVarTuple("Ts")

PATIENCE_S = 10.0
"""Real seconds for a word from another thread, when no timer is left and nobody works."""


class _SkippingSelector(selectors.DefaultSelector):
    def __init__(self) -> None:
        super().__init__()
        self.skipped_s = 0.0
        self.jobs = 0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        ready = super().select(0)
        if ready or timeout == 0:
            return ready
        if self.jobs:
            return super().select(timeout)
        if timeout is None:
            return super().select(PATIENCE_S)
        self.skipped_s += timeout
        return ready


class SkippingLoop(asyncio.SelectorEventLoop):
    """The standard loop, its clock the machine's plus what was skipped."""

    def __init__(self) -> None:
        self._skipping = _SkippingSelector()
        super().__init__(self._skipping)

    def time(self) -> float:
        return time.monotonic() + self._skipping.skipped_s

    @property
    def skipped_s(self) -> float:
        """Seconds that nobody had to wait for."""
        return self._skipping.skipped_s

    @contextmanager
    def busy(self) -> Iterator[None]:
        """Somebody works outside the executors."""
        self._skipping.jobs += 1
        try:
            yield
        finally:
            self._skipping.jobs -= 1

    def run_in_executor(self, executor: Executor | None, func: Callable[[*Ts], T], *args: *Ts) -> asyncio.Future[T]:
        work = super().run_in_executor(executor, func, *args)
        self._skipping.jobs += 1
        work.add_done_callback(self._done)
        return work

    def _done(self, work: asyncio.Future[Any]) -> None:
        self._skipping.jobs -= 1


def run(main: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine to its end on a fresh loop that skips."""
    with asyncio.Runner(loop_factory=SkippingLoop) as runner:
        return runner.run(main)


@contextmanager
def working() -> Iterator[None]:
    """The loop's clock runs on while this is open, on a loop that skips; nothing on any other."""
    loop = asyncio.get_running_loop()
    if not isinstance(loop, SkippingLoop):
        yield
        return
    with loop.busy():
        yield


class Working:
    """A language model whose reading and writing count as work."""

    def __init__(self, llm: LanguageModel) -> None:
        self._llm = llm

    @property
    def last(self) -> Reading:
        return self._llm.last if isinstance(self._llm, Reads) else Reading()

    async def prefill(self, prompt: Prompt, cancel: CancelFlag) -> int:
        with working():
            return await self._llm.prefill(prompt, cancel)

    async def generate(self, prompt: Prompt, decoding: Decoding, cancel: CancelFlag) -> AsyncGenerator[str, None]:
        async with aclosing(self._llm.generate(prompt, decoding, cancel)) as pieces:
            while True:
                with working():
                    piece = await anext(pieces, None)
                if piece is None:
                    return
                yield piece

    async def close(self) -> None:
        with working():
            await self._llm.close()
