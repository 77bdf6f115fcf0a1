"""Who may compute now. On two cores, recognition, language model and voice slow each other down many times over
when they run at once, so heavy work takes turns on purpose: one job at a time, the most urgent first.

Three kinds of work:

- LIVE and VOICE jobs are short and run at once, each kind on a thread of its own.
- FINAL, PARTIAL and BACKGROUND jobs (recognition, tags) take turns, by lane, then by who is waited for first. Jobs that
  say that they meet begin together when several wait, and may do their work in one batch (see
  :mod:`~warmline.speech.runtime.party`); nobody waits for others to come.
- A *writer* (a language model, which brings its own threads) holds :meth:`Compute.writing`. It waits for the
  running job and for queued FINAL jobs; while it writes, PARTIAL and BACKGROUND jobs wait but FINAL ones do not. Up to
  :data:`WRITERS` write at once: they share each pass over the weights. Who is waited for first begins first, and what
  nobody will wait for within :data:`EARLY_S` begins only while no other writes. A READER is a writer for whom nobody
  waits at all: what it reads would hold up each word of the others, so it is told to give way when one begins.
  When all places are taken, a writer whose voice has enough to say gives its place to one that is waited for, and asks
  for one again.

Under load, then, what is dropped first is what can be: readers wait for writers, partials for both.

Knows nothing about what the jobs do.
"""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncGenerator, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from enum import IntEnum
from types import TracebackType
from typing import Any, Final, Protocol, Self, TypeVar

from warmline.speech.runtime.cancel import CancelFlag, Cancelled
from warmline.speech.runtime.party import Party
from warmline.speech.runtime.together import Together

T = TypeVar("T")

Slack = Callable[[], float]


class Lane(IntEnum):
    """Urgency of work, most urgent first. LIVE is for jobs under about 5 ms, VOICE for about 50 ms on one thread."""

    LIVE = 0
    VOICE = 1
    FINAL = 2
    WRITER = 3
    READER = 4
    PARTIAL = 5
    BACKGROUND = 6


WRITERS: Final = 2
"""Of more than two, each would be slower than its voice speaks on two cores."""

EARLY_S: Final = 1.0
"""A reply that is waited for later than this is early: it can be begun later and still be there in time."""

AHEAD_S: Final = 1.5
"""A writer that is so far ahead of whoever waits for more gives up its place; it comes back :data:`EARLY_S` before."""

LOOK_S: Final = 0.05
"""How often somebody who is waited for looks whether a writer has come so far ahead."""

MEET: Final = 4
"""Jobs that begin together at most: a larger batch saves little more, and holds up who comes after it."""


def may_begin(lane: Lane, in_s: float, jobs: int, writing: int, writers: int = WRITERS) -> bool:
    """May work of ``lane``, the first in its order, begin now, where so many jobs run and so many write? ``in_s``: as
    in :class:`Compute`."""
    if jobs:
        return False
    if lane is Lane.FINAL:
        return True
    return writing < (writers if is_due(lane, in_s) else 1)


def is_due(lane: Lane, in_s: float) -> bool:
    """Is this a reply that somebody waits for, or soon will?"""
    return lane is Lane.WRITER and in_s <= EARLY_S


def gives_way(lane: Lane, in_s: float, slacks_s: Sequence[float | None], writers: int = WRITERS) -> int | None:
    """Who of those that write gives its place to work of ``lane``, the first in its order, where it may not begin: the
    one whose voice has most to say, if that is enough. ``slacks_s``: in how many seconds each voice runs dry, None
    where it does not tell. The place in ``slacks_s``, None for nobody or nobody yet."""
    if not is_due(lane, in_s) or len(slacks_s) < writers:
        return None
    told = {place: slack_s for place, slack_s in enumerate(slacks_s) if slack_s is not None}
    furthest = max(told, key=told.__getitem__, default=None)
    return furthest if furthest is not None and told[furthest] >= AHEAD_S else None


class Compute(Protocol):
    """Runs functions off the event loop, and says when a writer may write. ``in_s``: in how many seconds somebody will
    wait for it; less than 0 where they do already, for so long."""

    async def run(self, lane: Lane, job: Callable[[], T], /, *, in_s: float = 0.0, meets: bool = False) -> T:
        """Run ``job`` and return its result. A cancelled caller leaves a running job to finish by itself: pass the
        job a :class:`~warmline.speech.runtime.cancel.CancelFlag` to poll. ``meets``: it may begin together with others
        of its lane that meet. Raises Cancelled where the cores were closed before the job began."""
        ...

    def writing(
        self, lane: Lane = Lane.WRITER, /, *, in_s: float = 0.0, slack_s: Slack | None = None
    ) -> AbstractAsyncContextManager[CancelFlag]:
        """Hold the cores for a language model's own threads, as WRITER or as READER. The flag is set when it should
        give way, to ask again: a READER to any writer, a WRITER that tells its ``slack_s`` (``in_s`` as it is by then)
        to one that is waited for."""
        ...

    def close(self) -> None: ...


@dataclass(slots=True, eq=False)
class _Ticket:
    """Somebody who waits to begin: with a ``job``, which ``granted`` gives as it runs, or to write."""

    lane: Lane
    due_s: float
    number: int
    granted: asyncio.Future[asyncio.Future[Any] | None]
    job: Callable[[], Any] | None = None
    meets: bool = False
    slack_s: Slack | None = None
    give_way: CancelFlag = field(default_factory=CancelFlag)

    @property
    def order(self) -> tuple[int, float, int]:
        return self.lane, self.due_s, self.number


class Cores:
    """One heavy job at a time, or up to ``writers`` writers, by lane and then by who is waited for first."""

    def __init__(self, writers: int = WRITERS) -> None:
        self._writers = writers
        self._live = Together(ThreadPoolExecutor(1, thread_name_prefix="warmline-live"))
        self._voice = ThreadPoolExecutor(1, thread_name_prefix="warmline-voice")
        self._heavy = ThreadPoolExecutor(MEET, thread_name_prefix="warmline-heavy")
        self._jobs = 0
        self._writing: list[_Ticket] = []
        self._closed = False
        self._numbers = itertools.count()
        self._waiting: list[_Ticket] = []
        self._look: asyncio.TimerHandle | None = None

    async def run(self, lane: Lane, job: Callable[[], T], /, *, in_s: float = 0.0, meets: bool = False) -> T:
        self._check_open()
        if lane is Lane.LIVE:
            return await self._live.run(job)
        if lane is Lane.VOICE:
            return await asyncio.get_running_loop().run_in_executor(self._voice, job)
        ticket = self._ticket(lane, in_s)
        ticket.job, ticket.meets = job, meets
        work: asyncio.Future[T] | None = await self._admitted(ticket)
        assert work is not None
        try:
            return await asyncio.shield(work)
        finally:
            # an error knows this frame by its traceback: while the frame knows the error in turn, both of them, and the
            # audio that the job was about, wait for the garbage collector
            del work, ticket

    @asynccontextmanager
    async def writing(
        self, lane: Lane = Lane.WRITER, /, *, in_s: float = 0.0, slack_s: Slack | None = None
    ) -> AsyncGenerator[CancelFlag, None]:
        self._check_open()
        ticket = self._ticket(lane, in_s)
        ticket.slack_s = slack_s
        due = asyncio.get_running_loop().call_at(ticket.due_s - EARLY_S, self._admit) if in_s > EARLY_S else None
        try:
            await self._admitted(ticket)
            self._check_open()
            yield ticket.give_way
        finally:
            if due is not None:
                due.cancel()
            if ticket in self._writing:
                self._writing.remove(ticket)
                self._admit()

    def _ticket(self, lane: Lane, in_s: float) -> _Ticket:
        loop = asyncio.get_running_loop()
        return _Ticket(lane, loop.time() + in_s, next(self._numbers), loop.create_future())

    async def _admitted(self, ticket: _Ticket) -> asyncio.Future[Any] | None:
        self._waiting.append(ticket)
        self._admit()
        return await ticket.granted

    def _check_open(self) -> None:
        if self._closed:
            raise Cancelled

    def _admit(self) -> None:
        """Let the most urgent waiting work begin, if it may. It has begun when this returns, so none slips in
        between."""
        self._waiting = [ticket for ticket in self._waiting if not ticket.granted.done()]
        while self._waiting:
            ticket = min(self._waiting, key=lambda one: one.order)
            if not self._may(ticket):
                self._ask_for_place(ticket)
                return
            if ticket.job is None:
                self._write(ticket)
            else:
                self._begin(ticket)

    def _may(self, ticket: _Ticket) -> bool:
        in_s = ticket.due_s - asyncio.get_running_loop().time()
        return may_begin(ticket.lane, in_s, self._jobs, len(self._writing), self._writers)

    def _ask_for_place(self, ticket: _Ticket) -> None:
        """``ticket`` may not begin: where it is waited for and all places are taken, who is furthest ahead gives theirs
        up, now or later."""
        loop = asyncio.get_running_loop()
        in_s = ticket.due_s - loop.time()
        full = len(self._writing) >= self._writers
        if not (full and is_due(ticket.lane, in_s)) or any(one.give_way.is_set for one in self._writing):
            return
        slacks_s = [None if one.slack_s is None else one.slack_s() for one in self._writing]
        furthest = gives_way(ticket.lane, in_s, slacks_s, self._writers)
        if furthest is not None:
            self._writing[furthest].give_way.set()
        elif self._look is None and any(slack_s is not None for slack_s in slacks_s):
            self._look = loop.call_later(LOOK_S, self._look_again)

    def _look_again(self) -> None:
        self._look = None
        self._admit()

    def _write(self, ticket: _Ticket) -> None:
        self._waiting.remove(ticket)
        for other in self._writing:
            if other.lane is Lane.READER:
                other.give_way.set()
        self._writing.append(ticket)
        ticket.granted.set_result(None)

    def _begin(self, ticket: _Ticket) -> None:
        """``ticket``, and those that it meets."""
        others = [one for one in self._waiting if one.meets and one.lane is ticket.lane and one is not ticket]
        meeting = sorted(others, key=lambda one: one.order)[: MEET - 1] if ticket.meets else []
        party = Party(1 + len(meeting)) if meeting else None
        for one in (ticket, *meeting):
            self._waiting.remove(one)
            assert one.job is not None
            job = one.job if party is None else party.guest(one.job)
            work = asyncio.get_running_loop().run_in_executor(self._heavy, job)
            self._jobs += 1
            work.add_done_callback(self._job_done)
            one.granted.set_result(work)

    def _job_done(self, work: asyncio.Future[Any]) -> None:
        if not work.cancelled():
            work.exception()  # an abandoned job's error was its own; the caller that still waits gets it too
        self._jobs -= 1
        self._admit()

    def close(self) -> None:
        """Wait for running jobs and free the threads; work that has not begun ends in Cancelled for its caller."""
        self._closed = True
        for ticket in self._waiting:
            if not ticket.granted.done():
                ticket.granted.set_exception(Cancelled())
        self._waiting.clear()
        if self._look is not None:
            self._look.cancel()
        for pool in (self._live.pool, self._voice, self._heavy):
            pool.shutdown(wait=True, cancel_futures=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


class Inline:
    """Runs every job at once on the caller's loop: for tests on virtual time and for single commands."""

    async def run(self, lane: Lane, job: Callable[[], T], /, *, in_s: float = 0.0, meets: bool = False) -> T:
        return job()

    @asynccontextmanager
    async def writing(
        self, lane: Lane = Lane.WRITER, /, *, in_s: float = 0.0, slack_s: Slack | None = None
    ) -> AsyncGenerator[CancelFlag, None]:
        yield CancelFlag()

    def close(self) -> None:
        """Nothing to free."""
