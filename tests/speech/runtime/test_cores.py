"""Who may compute: order of lanes, writers, and every way in which a caller or a job can end early.

Jobs are held by gates, never by time. The loop runs on virtual time, so a lost turn is an error and not a hang.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable

import pytest
from virtual_time import Stuck, run, virtual_time

from warmline.speech.runtime.cancel import CancelFlag, Cancelled
from warmline.speech.runtime.cores import Cores, Inline, Lane

GATE_S = 30.0


class Gated:
    """A job that says when it has begun and ends when it is let go."""

    def __init__(self, name: str, log: list[str]) -> None:
        self.begun = threading.Event()
        self.go = threading.Event()
        self.name = name
        self.log = log

    def __call__(self) -> str:
        self.log.append(self.name)
        self.begun.set()
        if not self.go.wait(GATE_S):
            raise TimeoutError("the test never let the job go")
        return self.name


def noting(name: str, log: list[str]) -> Callable[[], str]:
    def job() -> str:
        log.append(name)
        return name

    return job


async def settle() -> None:
    for _ in range(20):
        await asyncio.sleep(0)


async def seen(event: threading.Event) -> None:
    """Wait until a worker thread has set ``event``."""
    assert await asyncio.to_thread(event.wait, GATE_S)


async def held(cores: Cores, log: list[str], lane: Lane = Lane.PARTIAL) -> tuple[Gated, asyncio.Task[str]]:
    job = Gated("first", log)
    task = asyncio.create_task(cores.run(lane, job))
    await seen(job.begun)
    return job, task


@virtual_time
async def test_waiting_jobs_go_by_urgency_and_then_by_arrival() -> None:
    log: list[str] = []
    with Cores() as cores:
        gate, first = await held(cores, log)
        rest = []
        for lane, name in (
            (Lane.BACKGROUND, "background"),
            (Lane.PARTIAL, "partial 1"),
            (Lane.FINAL, "final 1"),
            (Lane.PARTIAL, "partial 2"),
            (Lane.FINAL, "final 2"),
        ):
            rest.append(asyncio.create_task(cores.run(lane, noting(name, log))))
            await settle()
        assert log == ["first"]
        gate.go.set()
        assert await first == "first"
        await asyncio.gather(*rest)
    assert log == ["first", "final 1", "final 2", "partial 1", "partial 2", "background"]


@virtual_time
async def test_live_and_voice_jobs_wait_for_nobody() -> None:
    log: list[str] = []
    with Cores() as cores:
        gate, first = await held(cores, log, Lane.FINAL)
        assert await cores.run(Lane.LIVE, noting("live", log)) == "live"
        assert await cores.run(Lane.VOICE, noting("voice", log)) == "voice"
        assert not first.done()
        gate.go.set()
        await first


@virtual_time
async def test_jobs_run_off_the_loop_and_their_errors_come_back() -> None:
    def failing() -> None:
        raise ValueError("on purpose")

    with Cores() as cores:
        for lane in (Lane.LIVE, Lane.VOICE, Lane.FINAL, Lane.PARTIAL, Lane.BACKGROUND):
            assert await cores.run(lane, threading.get_ident) != threading.get_ident()
            with pytest.raises(ValueError, match="on purpose"):
                await cores.run(lane, failing)
        assert await cores.run(Lane.BACKGROUND, lambda: "the next one runs") == "the next one runs"


@virtual_time
async def test_a_cancelled_caller_keeps_its_running_job_s_turn_until_it_ends() -> None:
    log: list[str] = []
    with Cores() as cores:
        gate, first = await held(cores, log)
        second = asyncio.create_task(cores.run(Lane.FINAL, noting("second", log)))
        await settle()
        first.cancel()
        await settle()
        assert first.cancelled()
        assert log == ["first"]  # two heavy jobs never run at once
        gate.go.set()
        assert await second == "second"


@virtual_time
async def test_no_writer_begins_while_an_abandoned_job_still_runs() -> None:
    log: list[str] = []

    async def write() -> None:
        async with cores.writing():
            log.append("writer")

    with Cores() as cores:
        gate, first = await held(cores, log)
        writer = asyncio.create_task(write())
        first.cancel()
        await settle()
        assert log == ["first"]
        gate.go.set()
        await writer
    assert log == ["first", "writer"]


@virtual_time
async def test_a_cancelled_caller_whose_job_fails_leaves_no_error_and_no_hole() -> None:
    flag, begun = CancelFlag(), threading.Event()

    def polling() -> None:
        begun.set()
        while True:
            flag.check()

    complaints: list[object] = []
    asyncio.get_running_loop().set_exception_handler(lambda loop, context: complaints.append(context))
    with Cores() as cores:
        task = asyncio.create_task(cores.run(Lane.FINAL, polling))
        await seen(begun)
        task.cancel()
        await settle()
        flag.set()
        assert await cores.run(Lane.FINAL, lambda: "next") == "next"
    del task
    await settle()
    assert complaints == []


@virtual_time
async def test_a_caller_cancelled_while_it_waits_never_begins() -> None:
    log: list[str] = []
    with Cores() as cores:
        gate, first = await held(cores, log)
        waiting = asyncio.create_task(cores.run(Lane.FINAL, noting("cancelled", log)))
        last = asyncio.create_task(cores.run(Lane.PARTIAL, noting("last", log)))
        await settle()
        waiting.cancel()
        gate.go.set()
        await first
        assert await last == "last"
    assert log == ["first", "last"]


@pytest.mark.parametrize("lane", [Lane.PARTIAL, Lane.WRITER])
@virtual_time
async def test_a_caller_cancelled_at_the_moment_of_its_turn_gives_the_turn_on(lane: Lane) -> None:
    with Cores(writers=1) as cores:
        async with cores.writing():
            granted = asyncio.create_task(cores._admitted(lane))
            await settle()
        # leaving the block granted the turn; the task itself has not run since
        assert cores._job_running or cores._writing
        granted.cancel()
        await settle()
        assert granted.cancelled()
        assert await cores.run(Lane.BACKGROUND, lambda: "free again") == "free again"


@virtual_time
async def test_a_writer_waits_for_the_running_job_and_for_final_ones() -> None:
    log: list[str] = []

    async def write() -> None:
        async with cores.writing():
            log.append("writer")

    with Cores() as cores:
        gate, first = await held(cores, log)
        writer = asyncio.create_task(write())
        await settle()
        partial = asyncio.create_task(cores.run(Lane.PARTIAL, noting("partial", log)))
        final = asyncio.create_task(cores.run(Lane.FINAL, noting("final", log)))
        await settle()
        assert log == ["first"]
        gate.go.set()
        await asyncio.gather(first, writer, partial, final)
    assert log == ["first", "final", "writer", "partial"]


@virtual_time
async def test_while_a_writer_writes_final_jobs_run_and_partial_ones_wait() -> None:
    log: list[str] = []
    with Cores() as cores:
        async with cores.writing():
            partial = asyncio.create_task(cores.run(Lane.PARTIAL, noting("partial", log)))
            background = asyncio.create_task(cores.run(Lane.BACKGROUND, noting("background", log)))
            await settle()
            assert await cores.run(Lane.FINAL, noting("final", log)) == "final"
            await settle()
            assert log == ["final"]
        await asyncio.gather(partial, background)
    assert log == ["final", "partial", "background"]


@virtual_time
async def test_a_final_job_that_outlives_the_writer_still_holds_the_others_back() -> None:
    log: list[str] = []
    with Cores() as cores:
        async with cores.writing():
            gate, final = await held(cores, log, Lane.FINAL)
            partial = asyncio.create_task(cores.run(Lane.PARTIAL, noting("partial", log)))
        await settle()
        assert log == ["first"]
        gate.go.set()
        await asyncio.gather(final, partial)
    assert log == ["first", "partial"]


@virtual_time
async def test_writers_take_turns_and_a_failing_or_cancelled_one_frees_the_cores() -> None:
    order: list[str] = []

    async def write(name: str, hold: asyncio.Event, error: Exception | None = None) -> None:
        async with cores.writing():
            order.append(name)
            await hold.wait()
            if error is not None:
                raise error

    holds = [asyncio.Event() for _ in range(4)]
    with Cores(writers=1) as cores:
        failing = asyncio.create_task(write("failing", holds[0], ValueError("on purpose")))
        cancelled = asyncio.create_task(write("cancelled", holds[1]))
        waiting = asyncio.create_task(write("cancelled while waiting", holds[2]))
        last = asyncio.create_task(write("last", holds[3]))
        await settle()
        assert order == ["failing"]
        holds[0].set()
        with pytest.raises(ValueError, match="on purpose"):
            await failing
        await settle()
        assert order == ["failing", "cancelled"]
        waiting.cancel()
        cancelled.cancel()
        await settle()
        assert order == ["failing", "cancelled", "last"]
        holds[3].set()
        await last
        assert await cores.run(Lane.BACKGROUND, lambda: 1) == 1


@virtual_time
async def test_two_write_at_once_and_who_only_reads_ahead_waits_for_both() -> None:
    order: list[str] = []

    async def write(name: str, hold: asyncio.Event, lane: Lane = Lane.WRITER) -> None:
        async with cores.writing(lane):
            order.append(name)
            await hold.wait()

    holds = [asyncio.Event() for _ in range(5)]
    with Cores(writers=2) as cores:
        reading = asyncio.create_task(write("reads", holds[0], Lane.READER))
        await settle()
        one = asyncio.create_task(write("one", holds[1]))
        await settle()
        assert order == ["reads", "one"], "a reply does not wait for what is only read ahead"
        later = asyncio.create_task(write("reads later", holds[2], Lane.READER))
        two = asyncio.create_task(write("two", holds[3]))
        await settle()
        assert order == ["reads", "one"], "the third waits"
        holds[0].set()
        await settle()
        assert order == ["reads", "one", "two"], "a reply before what was asked for earlier and only reads"
        holds[1].set()
        await settle()
        assert order[3:] == []
        holds[3].set()
        await settle()
        assert order[3:] == ["reads later"]
        holds[2].set()
        await asyncio.gather(reading, one, later, two)


@virtual_time
async def test_closing_ends_what_has_not_begun_and_waits_for_what_has() -> None:
    log: list[str] = []
    cores = Cores()
    gate, first = await held(cores, log)
    waiting = asyncio.create_task(cores.run(Lane.FINAL, noting("never", log)))
    await settle()
    gate.go.set()
    cores.close()
    assert await first == "first"
    with pytest.raises(Cancelled):
        await waiting
    for lane in Lane:
        with pytest.raises(Cancelled):
            await cores.run(lane, noting("never", log))
    with pytest.raises(Cancelled):
        await cores.writing().__aenter__()
    cores.close()
    assert log == ["first"]


@virtual_time
async def test_inline_runs_at_once_on_the_loop() -> None:
    inline = Inline()
    assert await inline.run(Lane.FINAL, threading.get_ident) == threading.get_ident()
    async with inline.writing():
        assert await inline.run(Lane.PARTIAL, lambda: 2) == 2
    inline.close()


def test_a_lost_turn_would_be_seen() -> None:
    """The tests above can fail: a caller that waits for a turn that never comes is Stuck, not a hang."""

    async def lost() -> None:
        cores = Cores()
        cores._job_running = True
        try:
            await cores.run(Lane.FINAL, lambda: None)
        finally:
            cores.close()

    with pytest.raises(Stuck):
        run(lost(), patience_s=0.01)


async def test_short_jobs_that_come_together_go_over_together_and_each_gets_its_own() -> None:
    with Cores() as cores:
        began, threads = threading.Event(), set[int]()

        def job(number: int) -> int:
            began.wait(2.0)
            threads.add(threading.get_ident())
            if number == 3:
                raise ValueError("three")
            return number * number

        told = [asyncio.create_task(cores.run(Lane.LIVE, lambda at=at: job(at))) for at in range(6)]  # type: ignore[misc]
        await asyncio.sleep(0)
        told[4].cancel()
        began.set()
        done = await asyncio.gather(*told, return_exceptions=True)
    assert [one for one in done if isinstance(one, int)] == [0, 1, 4, 25]
    assert [type(one) for one in done if not isinstance(one, int)] == [ValueError, asyncio.CancelledError]
    assert len(threads) == 1
