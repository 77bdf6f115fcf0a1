from __future__ import annotations

import asyncio

import pytest
from virtual_time import virtual_time

from warmline.speech.runtime.clock import LoopClock, WallClock
from warmline.speech.runtime.trace import Trace


@virtual_time
async def test_stages_are_timed_and_a_repeated_one_adds_up() -> None:
    trace = Trace(LoopClock())
    with trace.stage("asr"):
        await asyncio.sleep(0.25)
    with trace.stage("asr"):
        await asyncio.sleep(0.5)
    with trace.stage("llm"):
        await asyncio.sleep(1)
    trace.add("llm", 5)
    assert trace.stages_ms == pytest.approx({"asr": 750, "llm": 1005})


@virtual_time
async def test_a_stage_that_fails_is_timed_too() -> None:
    trace = Trace(LoopClock())

    async def failing() -> None:
        with trace.stage("asr"):
            await asyncio.sleep(0.1)
            raise ValueError("on purpose")

    with pytest.raises(ValueError, match="on purpose"):
        await failing()
    assert trace.stages_ms == pytest.approx({"asr": 100})


async def test_the_wall_clock_goes_forward_and_does_not_wait_for_the_past() -> None:
    clock = WallClock()
    start_s = clock.now_s()
    await clock.sleep_until(start_s - 1)
    await clock.sleep_until(start_s + 0.001)
    assert clock.now_s() >= start_s + 0.001
