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
from warmline.speech.audio.files import read_audio, write_wav
from warmline.speech.types import SAMPLE_RATE, AudioChunk, Samples

needs_chromium = pytest.mark.skipif(executable() is None, reason="needs chromium: apt-get install chromium")

SPEECH = Path(__file__).parents[1] / "demos" / "audio" / "job.wav"


def steady(seconds_s: float) -> Samples:
    """A caller for the scripted conversation, which hears loudness alone: real speech, so that the browser's noise
    suppression lets it pass, without its pauses and at one level."""
    speech = read_audio(SPEECH).samples
    frames = speech[: len(speech) // 320 * 320].reshape(-1, 320)
    loud = frames[np.abs(frames).max(axis=1) > 0.05]
    level = loud / np.abs(loud).max(axis=1, keepdims=True) * 0.5
    return level.reshape(-1)[: round(seconds_s * SAMPLE_RATE)].astype(np.float32)


def bursts(path: Path) -> Path:
    """A recording of it: two seconds, and two and a half of silence."""
    before, after = np.zeros(SAMPLE_RATE, np.float32), np.zeros(round(1.5 * SAMPLE_RATE), np.float32)
    write_wav(path, np.concatenate((before, steady(2.0), after)), SAMPLE_RATE)
    return path


CALLING = "document.body.dataset.state === 'during'"
SPEAKING = "document.querySelector('#status').textContent === 'Warmline is speaking'"
ANSWERED = "document.querySelectorAll('#captions .you').length >= 1"


class Server:
    """The real server on a free port; ``calls`` are the scripted conversations that it began, which fail with the next
    sound once ``failing`` is set."""

    def __init__(self, settings: Settings) -> None:
        self.calls: list[ScriptedConversation] = []
        self.failing = False
        patient = replace(settings, server=replace(settings.server, most_lag_ms=0.0))  # tests run on busy machines
        self._server = uvicorn.Server(uvicorn.Config(create_app(self._build, patient), port=0, log_level="critical"))
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._server.run)

    def begin(self) -> str:
        self._thread.start()
        assert self._ready.wait(30)
        while not self._server.started:
            self._ready.wait(0.01)
        return f"http://127.0.0.1:{self._server.servers[0].sockets[0].getsockname()[1]}/"

    def leave(self) -> None:
        """Stop soon; :meth:`stop` waits for it."""
        self._server.should_exit = True

    def stop(self) -> None:
        self.leave()
        self._thread.join(30)
        assert not self._thread.is_alive()

    @asynccontextmanager
    async def _build(self) -> AsyncGenerator[MakeCall, None]:
        self._ready.set()
        yield self._make

    def _make(self, *args: Any) -> ScriptedConversation:
        self.calls.append(ScriptedConversation(*args, does=self._does))
        return self.calls[-1]

    def _does(self, _: AudioChunk) -> None:
        if self.failing:
            raise RuntimeError("made to fail by a test")


@contextmanager
def visit(
    folder: Path,
    *,
    microphone: bool = True,
    way: str = "",
    flags: tuple[str, ...] = (),
    settings: Settings | None = None,
    before: str = "",
    allows: bool = True,
) -> Iterator[tuple[Tab, Server]]:
    """``microphone``: is there one? ``way``: "webrtc" or "websocket" for that one alone; ``before``: a script that runs
    before the page's own; ``allows``: may the page have the microphone?"""
    server = Server(settings or Settings())
    url = server.begin()
    try:
        sound = bursts(folder / "microphone.wav") if microphone else None
        with chromium(folder, sound, flags, allows=allows) as tab:
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
