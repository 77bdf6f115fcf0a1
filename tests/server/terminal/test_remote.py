"""A call of this machine with a real server: spoken over a fake sound card, typed, refused, cut off and taken up."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from urllib.parse import urlsplit

import numpy as np
import pytest
from cut_network import network
from page_visit import Server

from warmline.server.settings import FrontSettings, Settings
from warmline.server.terminal.calls import Ends, elsewhere
from warmline.server.terminal.talking import Talking
from warmline.server.terminal.voice import RemoteVoice
from warmline.speech.runtime.errors import DeviceError, UsageError
from warmline.speech.types import Samples


class Card:
    """Every 10 ms a block: half a second of a tone now and then, and what is played is kept."""

    rate = 16_000
    latency_s = 0.02
    echo_delay_s = 0.02

    def __init__(self) -> None:
        self.loud = False
        self.played = 0.0
        self._task: asyncio.Task[None] | None = None

    def start(self, exchange: object, ended: object, /) -> None:
        self._task = asyncio.get_running_loop().create_task(self._run(exchange))

    async def _run(self, exchange: object) -> None:
        at = 0
        while True:
            await asyncio.sleep(0.01)
            wave = 0.4 * np.sin(2 * np.pi * 200.0 * np.arange(at, at + 160) / 16_000) * self.loud
            at += 160
            played: Samples = exchange(wave.astype(np.float32))  # type: ignore[operator]
            self.played = max(self.played, float(np.abs(played).max()))

    @contextmanager
    def opened(self, microphone: str | None, loudspeaker: str | None) -> Iterator[Card]:
        try:
            yield self
        finally:
            if self._task is not None:
                self._task.cancel()


@pytest.fixture
def server() -> Iterator[Server]:
    plain = Settings()
    one = Server(replace(plain, server=replace(plain.server, tokens="open-sesame")))
    yield one
    one.stop()


def url(server: Server) -> str:
    return server.begin().replace("http", "ws") + "v1/call"


async def until(condition: object, seconds: float = 15.0) -> None:
    async with asyncio.timeout(seconds):
        while not condition():  # type: ignore[operator]  # noqa: ASYNC110 - another thread's doing
            await asyncio.sleep(0.02)


def quiet_ends(card: Card) -> Ends:
    return Ends(open_card=card.opened, front=FrontSettings(echo=False, high_pass=False))


async def over(task: asyncio.Task[None]) -> None:
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task


async def test_a_spoken_call_is_heard_and_answered(server: Server, capsys: pytest.CaptureFixture[str]) -> None:
    card, talking = Card(), Talking(live=False)
    task = asyncio.create_task(elsewhere(url(server), "open-sesame", True, talking, quiet_ends(card)))
    await until(lambda: bool(server.calls) and card.played > 0.2)
    await asyncio.sleep(1.2)  # the greeting
    card.loud = True
    await until(lambda: server.calls[0].turn == 1)
    card.loud = False
    await until(lambda: server.calls[0].wrote == [] and "What hurts most?" in "".join(talking.narrator._lines))
    await over(task)
    await until(lambda: server.calls[0].ended)
    assert server.calls[0].settings.read_tone is True
    out = capsys.readouterr().out
    assert "you      I failed my exam." in out
    assert "warmline That sounds heavy." in out


async def test_a_typed_call_needs_no_card_and_can_be_cut_off(server: Server) -> None:
    talking = Talking(live=False)
    port = urlsplit(url(server)).port
    assert port is not None
    with network(port) as line:
        address = f"ws://127.0.0.1:{line.port}/v1/call"
        task = asyncio.create_task(elsewhere(address, "open-sesame", False, talking, None))
        await until(lambda: bool(server.calls))
        talking.write("I failed.")
        await until(lambda: server.calls[0].wrote == ["I failed."])
        line.cut()
        await until(lambda: line.refused >= 1)
        line.mend()
        await until(lambda: any("connection is back" in text for text in talking.narrator._lines))
        heard = len(server.calls[0].chunks)
        await until(lambda: len(server.calls[0].chunks) > heard + 50)
        talking.write("Still here.")
        await until(lambda: server.calls[0].wrote == ["I failed.", "Still here."])
        assert len(server.calls) == 1
        talking.stop.set()
        await task
    await until(lambda: server.calls[0].ended)


async def test_without_the_token_the_person_is_told_what_is_missing(server: Server) -> None:
    with pytest.raises(UsageError, match=r"server\.tokens"):
        await elsewhere(url(server), "wrong", False, Talking(live=False), None)


async def test_a_server_that_is_not_there_is_told() -> None:
    with pytest.raises(DeviceError, match="does it run"):
        await elsewhere("ws://127.0.0.1:9/v1/call", "", False, Talking(live=False), None)
    with pytest.raises(UsageError, match="ws://"):
        await elsewhere("http://127.0.0.1:9/", "", False, Talking(live=False), None)


def test_the_servers_voice_obeys_at_once_and_never_piles_up() -> None:
    voice = RemoteVoice()
    voice.add(np.full(480, 0.5, np.float32))
    assert voice.pull(240).min() == 0.5
    voice.order("hold")
    assert voice.pull(100).max() == 0.0
    voice.order("restore")
    assert voice.pull(100).min() == 0.5
    voice.order("clear")
    assert voice.pull(100).max() == 0.0
    for _ in range(200):
        voice.add(np.full(480, 0.5, np.float32))
    assert voice.pull(30_000)[24_000:].max() == 0.0
