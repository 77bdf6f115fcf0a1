"""A visit to the call page: a real server with scripted conversations, and a headless Chromium that has opened it."""

from __future__ import annotations

import os
import threading
from collections.abc import AsyncGenerator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import uvicorn
from chromium import Tab, chromium, executable
from fake_call import ScriptedConversation

from warmline.server.app import create_app
from warmline.server.settings import Settings
from warmline.server.transport.conversing import MakeCall
from warmline.speech.types import AudioChunk

needs_chromium = pytest.mark.skipif(executable() is None, reason="needs chromium: apt-get install chromium")

SPEECH = Path(__file__).parents[1] / "demos" / "audio" / "job.wav"

CALLING = "document.body.dataset.state === 'during'"
SPEAKING = "document.querySelector('#status').textContent === 'Warmline is speaking'"
ANSWERED = "document.querySelectorAll('#captions .you').length >= 1"


class Server:
    """The real server on a free port; ``calls`` are the scripted conversations that it began, which fail with the next
    sound once ``failing`` is set."""

    def __init__(self, settings: Settings) -> None:
        self.calls: list[ScriptedConversation] = []
        self.failing = False
        self._server = uvicorn.Server(uvicorn.Config(create_app(self._build, settings), port=0, log_level="critical"))
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._server.run)

    def begin(self) -> str:
        self._thread.start()
        assert self._ready.wait(30)
        while not self._server.started:
            self._ready.wait(0.01)
        return f"http://127.0.0.1:{self._server.servers[0].sockets[0].getsockname()[1]}/"

    def stop(self) -> None:
        self._server.should_exit = True
        self._thread.join(30)
        assert not self._thread.is_alive()

    @asynccontextmanager
    async def _build(self) -> AsyncGenerator[MakeCall, None]:
        self._ready.set()
        yield self._make

    def _make(self, *args: Any) -> ScriptedConversation:
        self.calls.append(ScriptedConversation(*args, turn_s=0.3, does=self._does))
        return self.calls[-1]

    def _does(self, _: AudioChunk) -> None:
        if self.failing:
            raise RuntimeError("made to fail by a test")


@contextmanager
def visit(
    folder: Path,
    microphone: Path | None = SPEECH,
    *,
    way: str = "",
    flags: tuple[str, ...] = (),
    settings: Settings | None = None,
    before: str = "",
    allows: bool = True,
) -> Iterator[tuple[Tab, Server]]:
    """``way``: "webrtc" or "websocket" for that one alone; ``before``: a script that runs before the page's own;
    ``allows``: may the page have the microphone?"""
    server = Server(settings or Settings())
    url = server.begin()
    try:
        with chromium(folder, microphone, flags, allows=allows) as tab:
            if before:
                tab.before_each_page(before)
            tab.open(f"{url}?way={way}" if way else url)
            yield tab, server
    finally:
        server.stop()


def with_calls(most: int) -> Settings:
    plain = Settings()
    return replace(plain, server=replace(plain.server, max_calls=most))


def until(tab: Tab, condition: Callable[[], bool]) -> None:
    """Wait for something that the server sees; the page's clock is the only one used."""
    for _ in range(600):
        if condition():
            return
        tab.ask("new Promise((done) => setTimeout(done, 50))")
    raise AssertionError(f"never came; the page shows: {tab.text('body')!r}; problems: {tab.problems}")


def loudest(call: ScriptedConversation, chunks: int) -> float:
    return max((float(np.abs(chunk.samples).max()) for chunk in call.chunks[-chunks:]), default=0.0)


def picture(tab: Tab, name: str) -> None:
    """Where ``SCREENSHOTS`` names a folder: what is in sight, as NAME.png there."""
    folder = os.environ.get("SCREENSHOTS")
    if folder:
        Path(folder).mkdir(parents=True, exist_ok=True)
        tab.picture(Path(folder) / f"{name}.png")
