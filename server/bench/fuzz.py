"""Hostile frames against every wire, through its parser and the call behind it: crashes, hangs, memory.

A session is one connection: frames until somebody hangs up. It runs on virtual time with a conversation that only
plays sounds. A crash is any exception that a line lets through, or an ending that says that our side failed; what a
parser refuses by its own error is no crash. A hang is a frame that takes longer than the limit, or a call that does not
end after its client has gone. It knows nothing of models, and of the network only its order and its cuts.
"""

from __future__ import annotations

import asyncio
import gc
import signal
import time
import traceback
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from random import Random
from types import FrameType
from typing import Final

from warmline.server.bench import virtual_time
from warmline.server.bench.soak import rss_mib

ENDS_WITHIN_S: Final = 600.0
"""Virtual seconds after which a session whose client has gone counts as hanging."""

COLLECT_EVERY: Final = 20_000
"""Frames between two collections of what nobody refers to."""

KEPT: Final = 20
"""Findings that are told in full."""

SHOWN: Final = 300


class Hung(Exception):
    """A frame took longer than the limit."""


@dataclass(frozen=True, slots=True)
class Finding:
    """What went wrong: ``kind`` is "crash" or "hang", ``session`` makes it again, ``frame`` is the last one taken."""

    kind: str
    session: int
    frame: str
    error: str


@dataclass(slots=True)
class Watch:
    """Looks on while a parser is fuzzed. ``limit_s``: processor time that one frame may take."""

    limit_s: float
    frames: int = 0
    crashes: int = 0
    hangs: int = 0
    slowest_s: float = 0.0
    slowest: object = None
    endings: Counter[str] = field(default_factory=Counter)
    findings: list[Finding] = field(default_factory=list)
    _frame: object = None
    _since: float = 0.0

    def take(self, frame: object) -> None:
        """The next frame is on its way: what came before it is done."""
        now = time.thread_time()
        self._note(now)
        self.frames += 1
        self._frame, self._since = frame, now
        signal.setitimer(signal.ITIMER_VIRTUAL, self.limit_s)

    def done(self) -> None:
        """The frame has been dealt with, and none is on its way."""
        if self._since:
            signal.setitimer(signal.ITIMER_VIRTUAL, 0.0)
            self._note(time.thread_time())
            self._since = 0.0

    def _note(self, now: float) -> None:
        if self._since and now - self._since > self.slowest_s:
            self.slowest_s, self.slowest = now - self._since, self._frame

    def found(self, kind: str, session: int, error: str) -> None:
        self.crashes += kind == "crash"
        self.hangs += kind == "hang"
        if len(self.findings) < KEPT:
            self.findings.append(Finding(kind, session, ascii(self._frame)[:SHOWN], error))


Session = Callable[[Random, Watch], Awaitable[str]]
"""One connection of a parser; gives the reason for which it ended."""


@dataclass(frozen=True, slots=True)
class Fuzzed:
    """What came of one parser. ``slowest``: the frame that took the longest. ``grown_mib``: resident memory from a
    tenth of the way to the end."""

    parser: str
    frames: int
    sessions: int
    crashes: int
    hangs: int
    slowest_ms: float
    slowest: str
    frames_per_s: float
    grown_mib: float
    endings: dict[str, int]
    findings: tuple[Finding, ...]


def fuzz(parser: str, session: Session, frames: int, seed: int, limit_s: float, first: int = 0) -> Fuzzed:
    """At least ``frames`` frames in sessions from number ``first`` on. The same seed is the same run."""
    watch, begun = Watch(limit_s), time.perf_counter()
    with _alarm():
        sessions, grown = virtual_time.run(_sessions(parser, session, frames, seed, first, watch))
    return Fuzzed(
        parser,
        watch.frames,
        sessions,
        watch.crashes,
        watch.hangs,
        watch.slowest_s * 1000.0,
        ascii(watch.slowest)[:SHOWN],
        watch.frames / (time.perf_counter() - begun),
        grown,
        dict(watch.endings),
        tuple(watch.findings),
    )


async def _sessions(
    parser: str, session: Session, frames: int, seed: int, first: int, watch: Watch
) -> tuple[int, float]:
    number, warm_mib, collected, loop = first, 0.0, 0, asyncio.get_running_loop()
    loop.set_exception_handler(lambda _, context: watch.found("crash", number, str(context.get("exception"))))
    while watch.frames < frames:
        await _one(session, Random(f"{parser}-{seed}-{number}"), number, watch)
        number += 1
        if watch.frames - collected >= COLLECT_EVERY:  # what grows is to be what is kept, not what waits for collection
            collected = watch.frames
            gc.collect()
        if not warm_mib and watch.frames >= frames // 10:
            gc.collect()
            warm_mib = rss_mib()
    gc.collect()
    return number - first, rss_mib() - warm_mib


async def _one(session: Session, random: Random, number: int, watch: Watch) -> None:
    try:
        async with asyncio.timeout(ENDS_WITHIN_S):
            ending = await session(random, watch)
    except TimeoutError:
        watch.found("hang", number, "the call did not end")
    except BaseExceptionGroup as group:
        watch.found("hang" if group.subgroup(Hung) else "crash", number, _told(group))
    except Hung as hung:
        watch.found("hang", number, _told(hung))
    except Exception as error:  # noqa: BLE001 - a fuzzer's finding
        watch.found("crash", number, _told(error))
    else:
        watch.endings[ending] += 1
        if ending == "failed":
            watch.found("crash", number, "the call ended because our side failed")
    finally:
        watch.done()


def _told(error: BaseException) -> str:
    """The error and where it came from; of a group, its first."""
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    place = traceback.extract_tb(error.__traceback__)[-1:]
    where = f" at {place[0].filename.rpartition('/')[2]}:{place[0].lineno}" if place else ""
    return f"{type(error).__name__}: {ascii(str(error))[:SHOWN]}{where}"


@contextmanager
def _alarm() -> Iterator[None]:
    """While inside, a frame that takes too long ends with :class:`Hung`."""

    def rang(_: int, __: FrameType | None) -> None:
        raise Hung("a frame took longer than the limit")

    before = signal.signal(signal.SIGVTALRM, rang)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0.0)
        signal.signal(signal.SIGVTALRM, before)
