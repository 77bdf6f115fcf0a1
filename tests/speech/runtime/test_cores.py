"""Who may compute: order of lanes, writers, and every way in which a caller or a job can end early.

Jobs are held by gates, never by time. The loop runs on virtual time, so a lost turn is an error and not a hang.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Sequence

import pytest
from virtual_time import Stuck, run, virtual_time

from warmline.speech.runtime import party
from warmline.speech.runtime.cancel import CancelFlag, Cancelled
from warmline.speech.runtime.cores import AHEAD_S, EARLY_S, LOOK_S, Cores, Inline, Lane, gives_way

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


@virtual_time
async def test_a_writer_cancelled_at_the_moment_of_its_turn_gives_the_turn_on() -> None:
    log: list[str] = []

    async def write() -> None:
        async with cores.writing():
            log.append("writer")

    with Cores(writers=1) as cores:
        async with cores.writing():
            granted = asyncio.create_task(write())
            await settle()
        # leaving the block granted the turn; the task itself has not run since
        assert cores._writing
        granted.cancel()
        await settle()
        assert granted.cancelled()
        assert await cores.run(Lane.BACKGROUND, lambda: "free again") == "free again"
    assert log == []


@virtual_time
async def test_a_job_whose_caller_is_cancelled_at_the_moment_of_its_turn_runs_and_the_turn_goes_on() -> None:
    log: list[str] = []
    with Cores() as cores:
        async with cores.writing():
            granted = asyncio.create_task(cores.run(Lane.PARTIAL, noting("nobody waits", log)))
            await settle()
        granted.cancel()
        await settle()
        assert granted.cancelled()
        assert await cores.run(Lane.BACKGROUND, lambda: "free again") == "free again"
    assert log == ["nobody waits"]


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


async def write(cores: Cores, name: str, order: list[str], hold: asyncio.Event, in_s: float = 0.0) -> None:
    async with cores.writing(in_s=in_s):
        order.append(name)
        await hold.wait()


@virtual_time
async def test_whoever_has_waited_longest_writes_first_whenever_they_asked() -> None:
    order: list[str] = []
    hold, others = asyncio.Event(), asyncio.Event()
    others.set()
    with Cores(writers=1) as cores:
        first = asyncio.create_task(write(cores, "first", order, hold))
        await settle()
        waiting = [
            asyncio.create_task(write(cores, name, order, others, in_s))
            for name, in_s in (("in 0.6 s", 0.6), ("since 0.3 s", -0.3), ("now", 0.0), ("since 1 s", -1.0))
        ]
        await settle()
        hold.set()
        await asyncio.gather(first, *waiting)
    assert order == ["first", "since 1 s", "since 0.3 s", "now", "in 0.6 s"]


@virtual_time
async def test_what_nobody_waits_for_soon_begins_at_once_when_alone_and_beside_others_only_when_it_is_time() -> None:
    order: list[str] = []
    holds = [asyncio.Event() for _ in range(3)]
    with Cores(writers=2) as cores:
        alone = asyncio.create_task(write(cores, "early, alone", order, holds[0], EARLY_S + 1.0))
        await settle()
        early = asyncio.create_task(write(cores, "early, in company", order, holds[1], EARLY_S + 2.0))
        await asyncio.sleep(1.0)
        assert order == ["early, alone"]
        late = asyncio.create_task(write(cores, "due", order, holds[2]))
        await settle()
        assert order == ["early, alone", "due"]
        holds[2].set()
        await late
        await asyncio.sleep(0.9)
        assert order == ["early, alone", "due"]
        await asyncio.sleep(0.2)
        assert order == ["early, alone", "due", "early, in company"], "its time has come, and there is a place"
        for hold in holds:
            hold.set()
        await asyncio.gather(alone, early)


@virtual_time
async def test_who_is_furthest_ahead_gives_its_place_to_one_that_is_waited_for() -> None:
    with Cores(writers=2) as cores:
        async with (
            cores.writing(slack_s=lambda: AHEAD_S) as near,
            cores.writing(slack_s=lambda: AHEAD_S + 1.0) as far,
        ):
            early = asyncio.create_task(write(cores, "early", [], asyncio.Event(), EARLY_S + 1.0))
            await settle()
            assert not far.is_set, "what is early can wait"
            order: list[str] = []
            due = asyncio.create_task(write(cores, "due", order, asyncio.Event()))
            await settle()
            assert (near.is_set, far.is_set) == (False, True)
            second = asyncio.create_task(write(cores, "second", order, asyncio.Event()))
            await settle()
            assert not near.is_set, "one place at a time"
        await settle()
        assert order == ["due", "second"]
        for task in (early, due, second):
            task.cancel()
        await asyncio.gather(early, due, second, return_exceptions=True)


@pytest.mark.parametrize(
    ("lane", "in_s", "slacks_s", "place"),
    [
        (Lane.WRITER, 0.0, (AHEAD_S, AHEAD_S + 1.0), 1),
        (Lane.WRITER, EARLY_S, (AHEAD_S, None), 0),
        (Lane.WRITER, EARLY_S + 0.1, (9.0, 9.0), None),
        (Lane.WRITER, 0.0, (9.0,), None),
        (Lane.WRITER, 0.0, (AHEAD_S - 0.1, None), None),
        (Lane.WRITER, 0.0, (None, None), None),
        (Lane.READER, 0.0, (9.0, 9.0), None),
        (Lane.FINAL, 0.0, (9.0, 9.0), None),
    ],
)
def test_who_gives_way(lane: Lane, in_s: float, slacks_s: tuple[float | None, ...], place: int | None) -> None:
    assert gives_way(lane, in_s, slacks_s, writers=2) == place


@virtual_time
async def test_nobody_gives_way_who_is_not_far_ahead_until_they_are() -> None:
    ahead_s = 0.5
    order: list[str] = []
    hold = asyncio.Event()
    hold.set()
    with Cores(writers=1) as cores:
        async with cores.writing(slack_s=lambda: ahead_s) as give_way:
            waiting = asyncio.create_task(write(cores, "due", order, hold))
            await asyncio.sleep(1.0)
            assert not give_way.is_set
            ahead_s = AHEAD_S
            await asyncio.sleep(2 * LOOK_S)
            assert give_way.is_set
        await waiting
        async with cores.writing() as never:
            waiting = asyncio.create_task(write(cores, "due again", order, hold))
            await asyncio.sleep(1.0)
            assert not never.is_set, "who tells nothing of its voice is left alone"
        await waiting
    assert order == ["due", "due again"]


@virtual_time
async def test_who_only_reads_ahead_is_told_to_give_way_to_a_writer_and_a_writer_never_is() -> None:
    order: list[str] = []
    hold = asyncio.Event()
    with Cores(writers=2) as cores:
        async with cores.writing(Lane.READER) as give_way:
            assert not give_way.is_set
            one = asyncio.create_task(write(cores, "one", order, hold))
            await settle()
            assert give_way.is_set
        async with cores.writing() as never:
            two = asyncio.create_task(write(cores, "two", order, hold))
            await settle()
            assert not never.is_set
        hold.set()
        await asyncio.gather(one, two)
    assert order == ["one", "two"]


@virtual_time
async def test_the_job_that_is_waited_for_longest_runs_first() -> None:
    log: list[str] = []
    with Cores() as cores:
        gate, first = await held(cores, log)
        tasks = []
        for name, in_s in (("asked first", 0.0), ("waited for longer", -0.5)):
            tasks.append(asyncio.create_task(cores.run(Lane.FINAL, noting(name, log), in_s=in_s)))
            await settle()
        gate.go.set()
        await asyncio.gather(first, *tasks)
    assert log == ["first", "waited for longer", "asked first"]


def meeting(name: str, batches: list[list[str]]) -> Callable[[], str]:
    """Asks for the answer to its name, in a batch where it meets others."""

    def answering(asked: Sequence[str]) -> list[str]:
        batches.append(sorted(asked))
        return [one.upper() for one in asked]

    def job() -> str:
        here = party.current()
        return answering([name])[0] if here is None else here.ask(name, answering)

    return job


@virtual_time
async def test_jobs_that_meet_begin_together_and_whoever_is_alone_waits_for_nobody() -> None:
    batches: list[list[str]] = []
    with Cores() as cores:
        assert await cores.run(Lane.PARTIAL, meeting("alone", batches), meets=True) == "ALONE"
        gate, first = await held(cores, [])
        tasks = [asyncio.create_task(cores.run(Lane.PARTIAL, meeting(name, batches), meets=True)) for name in "abcde"]
        apart = asyncio.create_task(cores.run(Lane.PARTIAL, meeting("apart", batches)))
        late = asyncio.create_task(cores.run(Lane.FINAL, meeting("final", batches), meets=True))
        await settle()
        gate.go.set()
        await first
        assert await asyncio.gather(*tasks) == ["A", "B", "C", "D", "E"]
        assert (await apart, await late) == ("APART", "FINAL")
    assert batches == [["alone"], ["final"], ["a", "b", "c", "d"], ["e"], ["apart"]]


@virtual_time
async def test_a_guest_who_gives_up_or_fails_keeps_nobody_waiting() -> None:
    batches: list[list[str]] = []

    def failing() -> str:
        raise ValueError("on purpose")

    with Cores() as cores:
        gate, first = await held(cores, [])
        failed = asyncio.create_task(cores.run(Lane.PARTIAL, failing, meets=True))
        a = asyncio.create_task(cores.run(Lane.PARTIAL, meeting("a", batches), meets=True))
        gone = asyncio.create_task(cores.run(Lane.PARTIAL, meeting("gone", batches), meets=True))
        await settle()
        gone.cancel()
        await settle()
        gate.go.set()
        await first
        assert await a == "A"
        with pytest.raises(ValueError, match="on purpose"):
            await failed
        assert await cores.run(Lane.BACKGROUND, lambda: "free again") == "free again"
    assert batches == [["a"]]


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
        cores._jobs = 1
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
