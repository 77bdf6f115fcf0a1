"""Wall time for pacing and for measuring. The stream clock is not here: audio itself counts it."""

from __future__ import annotations

import asyncio
import time
from typing import Protocol


class Clock(Protocol):
    """A monotonic clock in seconds."""

    def now_s(self) -> float: ...

    async def sleep_until(self, deadline_s: float) -> None: ...


class WallClock:
    """The machine's monotonic clock."""

    def now_s(self) -> float:
        return time.monotonic()

    async def sleep_until(self, deadline_s: float) -> None:
        delay_s = deadline_s - time.monotonic()
        await asyncio.sleep(max(0.0, delay_s))


def utc_s() -> float:
    """Seconds since 1970, UTC: for records that outlive the process, never for measuring."""
    return time.time()


class LoopClock:
    """The event loop's own clock: on a virtual-time loop it jumps, so tests of minutes take milliseconds."""

    def now_s(self) -> float:
        return asyncio.get_running_loop().time()

    async def sleep_until(self, deadline_s: float) -> None:
        await asyncio.sleep(max(0.0, deadline_s - self.now_s()))
