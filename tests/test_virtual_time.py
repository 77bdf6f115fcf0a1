"""The clock of the tests is itself tested: it jumps, stands still for jobs, and says when nothing can go on."""

from __future__ import annotations

import asyncio
import threading
import time

import pytest
from virtual_time import Stuck, finishes_within, run, virtual_time

from warmline.speech.runtime.clock import LoopClock


def test_an_hour_takes_no_time() -> None:
    async def hour() -> float:
        before_s = asyncio.get_running_loop().time()
        await asyncio.sleep(3600)
        return asyncio.get_running_loop().time() - before_s

    start_s = time.monotonic()
    assert run(hour()) == pytest.approx(3600)
    assert time.monotonic() - start_s < 60


@virtual_time
async def test_timers_fire_in_order_at_their_times() -> None:
    loop, fired = asyncio.get_running_loop(), []
    for delay_s in (3.0, 1.0, 2.5, 1.0):
        loop.call_later(delay_s, lambda d=delay_s: fired.append((d, round(loop.time(), 6))))
    await asyncio.sleep(10)
    assert fired == [(1.0, 1.0), (1.0, 1.0), (2.5, 2.5), (3.0, 3.0)]
    assert loop.time() == pytest.approx(10)


@virtual_time
async def test_ready_tasks_run_before_the_clock_moves() -> None:
    loop = asyncio.get_running_loop()

    async def busy() -> float:
        for _ in range(100):
            await asyncio.sleep(0)
        return loop.time()

    task = asyncio.create_task(busy())
    await asyncio.sleep(0.001)
    assert task.result() == 0.0


@virtual_time
async def test_the_clock_stands_still_while_a_job_runs() -> None:
    loop, gate, ticks = asyncio.get_running_loop(), threading.Event(), []
    loop.call_later(0.1, lambda: ticks.append("timer"))

    def job() -> str:
        gate.wait(20)
        return "done"

    work = loop.run_in_executor(None, job)
    await asyncio.sleep(0)
    gate.set()
    assert await work == "done"
    assert ticks == []
    assert loop.time() == 0.0
    await asyncio.sleep(0.2)
    assert ticks == ["timer"]


@virtual_time
async def test_a_job_that_fails_lets_the_clock_go_on() -> None:
    def job() -> None:
        raise ValueError("on purpose")

    with pytest.raises(ValueError, match="on purpose"):
        await asyncio.get_running_loop().run_in_executor(None, job)
    await asyncio.sleep(5)
    assert asyncio.get_running_loop().time() == pytest.approx(5)


@virtual_time
async def test_a_timeout_is_on_virtual_time() -> None:
    with pytest.raises(TimeoutError):
        await finishes_within(30, asyncio.sleep(31))
    assert await finishes_within(30, asyncio.sleep(29, "value")) == "value"
    assert asyncio.get_running_loop().time() == pytest.approx(59)


def test_a_loop_in_which_nothing_can_happen_is_stuck() -> None:
    async def never() -> None:
        await asyncio.Event().wait()

    with pytest.raises(Stuck):
        run(never(), patience_s=0.01)


@virtual_time
async def test_another_thread_wakes_the_loop() -> None:
    loop, woken = asyncio.get_running_loop(), asyncio.Event()
    thread = threading.Thread(target=lambda: loop.call_soon_threadsafe(woken.set))
    thread.start()
    await woken.wait()
    thread.join()
    assert loop.time() < 1.0, "it waited for the thread, not for a timer"


@pytest.mark.parametrize("value", [1, 2])
@virtual_time
async def test_parameters_and_fixtures_pass_through(value: int, tmp_path: object) -> None:
    assert value in (1, 2)
    assert tmp_path is not None


@virtual_time
async def test_the_loop_clock_follows() -> None:
    clock = LoopClock()
    start_s = clock.now_s()
    await clock.sleep_until(start_s + 12.5)
    assert clock.now_s() - start_s == pytest.approx(12.5)
    await clock.sleep_until(start_s)
    assert clock.now_s() - start_s == pytest.approx(12.5)
