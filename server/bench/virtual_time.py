"""An event loop whose clock jumps to the next timer when nothing else can happen: hours of a call in seconds.

Jobs given to ``run_in_executor`` take no virtual time: the clock stands still while one runs, so what happens does not
depend on the machine's speed. A loop in which nothing can ever happen again raises :class:`Stuck` instead of hanging.
It knows nothing about sockets: with real ones, timers run ahead of the network.
"""

from __future__ import annotations

import asyncio
import selectors
from collections.abc import Callable, Coroutine
from concurrent.futures import Executor
from typing import Any, TypeVar, TypeVarTuple

T = TypeVar("T")
Ts = TypeVarTuple("Ts")

PATIENCE_S = 10.0
"""Real seconds to wait for another thread when no timer is left, before the loop counts as stuck."""


class Stuck(Exception):
    """No timer is left, no job is running, and no thread spoke up: every task waits for another one."""


class _JumpingSelector(selectors.DefaultSelector):
    """Never waits for a timer; waits for real only while jobs run, or when nothing else is left to hope for."""

    def __init__(self, patience_s: float) -> None:
        super().__init__()
        self.jumped_s = 0.0
        self.jobs = 0
        self._patience_s = patience_s

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        ready = super().select(0)
        if ready or timeout == 0:
            return ready
        if timeout is not None and not self.jobs:
            self.jumped_s += timeout
            return ready
        ready = super().select(None if self.jobs else self._patience_s)
        if not ready and not self.jobs:
            raise Stuck("no timer is left and nothing is running: every task waits for another one")
        return ready


class VirtualTimeLoop(asyncio.SelectorEventLoop):
    """The standard loop on a clock that starts at zero and jumps."""

    def __init__(self, patience_s: float = PATIENCE_S) -> None:
        self._jumping = _JumpingSelector(patience_s)
        super().__init__(self._jumping)

    def time(self) -> float:
        return self._jumping.jumped_s

    def run_in_executor(self, executor: Executor | None, func: Callable[[*Ts], T], *args: *Ts) -> asyncio.Future[T]:
        work = super().run_in_executor(executor, func, *args)
        self._jumping.jobs += 1
        work.add_done_callback(self._job_done)
        return work

    def _job_done(self, work: asyncio.Future[Any]) -> None:
        self._jumping.jobs -= 1


def run(main: Coroutine[Any, Any, T], patience_s: float = PATIENCE_S) -> T:
    """Run a coroutine to its end on a fresh virtual-time loop."""
    with asyncio.Runner(loop_factory=lambda: VirtualTimeLoop(patience_s)) as runner:
        return runner.run(main)
