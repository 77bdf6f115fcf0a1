"""Where the cores go: processor time by thread, and by lane how many jobs ran, how long, and how long they waited.

Knows nothing about what the jobs do. Processor time by thread is Linux' (/proc); elsewhere there is only the sum.
"""

from __future__ import annotations

import os
import threading
import time
from collections import defaultdict
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from warmline.speech.runtime.cancel import CancelFlag
from warmline.speech.runtime.cores import Compute, Lane, Slack

T = TypeVar("T")


@dataclass(slots=True)
class Used:
    """One lane: ``busy_s`` while its jobs ran, ``waited_s`` from asking to beginning."""

    jobs: int = 0
    busy_s: float = 0.0
    waited_s: float = 0.0

    def count(self, waited_s: float, busy_s: float) -> None:
        """One job more."""
        self.jobs += 1
        self.waited_s += waited_s
        self.busy_s += busy_s


@dataclass(slots=True)
class Metered:
    """``inner``, with its work counted. ``beside``: of ``lanes``, the jobs that began while a language model wrote."""

    inner: Compute
    lanes: dict[str, Used] = field(default_factory=dict)
    beside: dict[str, Used] = field(default_factory=dict)
    _writing: int = 0

    async def run(self, lane: Lane, job: Callable[[], T], /, *, in_s: float = 0.0, meets: bool = False) -> T:
        used = self.lanes.setdefault(lane.name.lower(), Used())
        asked_s = time.perf_counter()

        def timed() -> T:
            begun_s, in_company = time.perf_counter(), bool(self._writing)
            try:
                return job()
            finally:
                ended_s = time.perf_counter()
                used.count(begun_s - asked_s, ended_s - begun_s)
                if in_company:
                    self.beside.setdefault(lane.name.lower(), Used()).count(begun_s - asked_s, ended_s - begun_s)

        return await self.inner.run(lane, timed, in_s=in_s, meets=meets)

    @asynccontextmanager
    async def writing(
        self, lane: Lane = Lane.WRITER, /, *, in_s: float = 0.0, slack_s: Slack | None = None
    ) -> AsyncGenerator[CancelFlag, None]:
        used = self.lanes.setdefault(lane.name.lower(), Used())
        asked_s = time.perf_counter()
        async with self.inner.writing(lane, in_s=in_s, slack_s=slack_s) as give_way:
            begun_s = time.perf_counter()
            self._writing += 1
            try:
                yield give_way
            finally:
                self._writing -= 1
                used.count(begun_s - asked_s, time.perf_counter() - begun_s)

    def close(self) -> None:
        self.inner.close()


def threads_s() -> dict[str, float]:
    """Processor seconds of this process so far, by the kind of thread: Python's by their names, numbers left out;
    those of libraries together as "libraries"."""
    names = {thread.native_id: thread.name for thread in threading.enumerate()}
    spent: defaultdict[str, float] = defaultdict(float)
    ticks = os.sysconf("SC_CLK_TCK")
    for task in Path("/proc/self/task").glob("*"):
        try:
            fields = (task / "stat").read_text(encoding="ascii", errors="replace").rpartition(")")[2].split()
        except OSError:
            continue
        name = names.get(int(task.name), "libraries")
        spent[name.rstrip("0123456789_-")] += (int(fields[11]) + int(fields[12])) / ticks
    return dict(spent)


def spent_since(before: dict[str, float]) -> dict[str, float]:
    """What has been spent since ``before``, most first."""
    now = threads_s()
    used = {name: seconds_s - before.get(name, 0.0) for name, seconds_s in now.items()}
    return dict(sorted(((name, s) for name, s in used.items() if s > 0.0), key=lambda item: -item[1]))
