"""Under load there are fewer partials, and reading ahead gives way and goes on."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import Any

from virtual_time import virtual_time

from warmline.server.partials import FRESH, Partials, patience
from warmline.speech.runtime.cancel import CancelFlag
from warmline.speech.runtime.cores import Cores


def test_partials_that_come_in_time_come_as_often_as_ever() -> None:
    assert patience(0) == patience(FRESH) == 0


def test_the_later_they_come_the_longer_the_next_one_waits() -> None:
    waits = [patience(FRESH + behind) for behind in (0, 1_600, 16_000, 160_000)]
    assert waits == sorted(waits)
    assert waits[2] == 32_000


class Reader:
    """Reads a token every 0.1 s until it is told to stop. ``calls``: when it was asked to."""

    def __init__(self, tokens: int) -> None:
        self.left = tokens
        self.calls: list[float] = []

    async def prepare(self, turns: object, partial: str, cancel: CancelFlag, memory: object = ()) -> int:
        self.calls.append(asyncio.get_running_loop().time())
        while self.left and not cancel.is_set:
            await asyncio.sleep(0.1)
            self.left -= 1
        return 0


def reading(reader: Reader, cores: Cores) -> Partials:
    parts = SimpleNamespace(compute=cores, supporter=reader)
    mouth = SimpleNamespace(turns=())
    given: Any = (parts, None, mouth, None, None, None, None)
    return Partials(*given)


@virtual_time
async def test_reading_ahead_gives_way_to_a_reply_and_goes_on_after_it() -> None:
    reader = Reader(20)
    with Cores() as cores:
        ahead = asyncio.create_task(reading(reader, cores).read_ahead("I lost", CancelFlag()))
        await asyncio.sleep(1.05)
        async with cores.writing():
            await asyncio.sleep(0.2)
            assert reader.left == 9, "it stopped within one step"
            await asyncio.sleep(3.0)
            assert reader.left == 9
        await ahead
    assert reader.left == 0
    assert len(reader.calls) == 2


@virtual_time
async def test_reading_ahead_for_somebody_who_paused_ends_and_does_not_begin_again() -> None:
    reader, flag = Reader(20), CancelFlag()
    with Cores() as cores:
        ahead = asyncio.create_task(reading(reader, cores).read_ahead("I lost", flag))
        await asyncio.sleep(0.55)
        flag.set()
        await ahead
    assert len(reader.calls) == 1
    assert reader.left == 14
