"""A call in a terminal as a whole: what is told of it, what is typed into it, and when it ends.

On a terminal the call is a live screen and keys; where the output goes elsewhere it is plain lines, and what comes on
standard input is taken line by line.
"""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Final, Protocol

import numpy as np
from rich.live import Live

from warmline.server.narrator import Narrator
from warmline.server.terminal.keys import Typed, keys, press
from warmline.server.terminal.screen import Screen
from warmline.speech.types import SAMPLE_RATE, AudioChunk
from warmline.tts.types import VOICE_RATE

STEP_S: Final = 0.02
QUIET_S: Final = 3.0
"""After the last line was answered a call whose input has ended waits so long for more to be said."""

PATIENCE_S: Final = 60.0


class Microphone(Protocol):
    """What can be muted, and shows how loud it is."""

    muted: bool
    level: float


class Talking:
    """One call. ``write`` is given each typed line, once somebody has set it. ``push_to_talk``: the microphone is off
    until the talk key is pressed. ``live``: show a screen; else ``print`` lines."""

    def __init__(self, *, live: bool, push_to_talk: bool = False) -> None:
        self.write: Callable[[str], None] = lambda _: None
        self._push_to_talk = push_to_talk
        self._live = live
        self._typed = Typed()
        self._microphone: Microphone | None = None
        self._display: Live | None = None
        self._open = 0
        self._last_s = 0.0
        self.stop = asyncio.Event()
        self.narrator = Narrator((lambda _: None) if live else lambda line: print(line, flush=True))
        self.screen = Screen(self._above, push_to_talk=push_to_talk)

    def hear(self, message: Mapping[str, Any]) -> None:
        """What the call tells."""
        self._last_s = asyncio.get_running_loop().time()
        if message["type"] == "reply_ended" and message["words"]:
            self._open -= 1
        self.narrator.hear(message)
        self.screen.hear(message)

    def note(self, text: str) -> None:
        """What is to be known about the call."""
        self.narrator.note(text)
        self.screen.note(text)

    def fed(self, microphone: Microphone) -> None:
        """The microphone of this call."""
        self._microphone = microphone
        microphone.muted = self._push_to_talk

    @contextmanager
    def shown(self, *, only_written: bool) -> Iterator[None]:
        """While it lasts the call is shown, and what is typed goes into it. ``only_written``: the end of the input is
        the end of the call, once everything was answered."""
        if self._live and sys.stdin.isatty():
            display = Live(get_renderable=self._renderable, refresh_per_second=12, transient=True)
            with display as self._display, keys(self._key):
                yield
            return
        with lines(self._line, self._input_ended if only_written else lambda: None):
            yield

    async def silence(self, pull: Callable[[int], object]) -> AsyncIterator[AudioChunk]:
        """In the place of a microphone: the call's clock goes on, our voice is pulled and heard by nobody."""
        loop, at = asyncio.get_running_loop(), 0
        begun_s = loop.time()
        step = round(STEP_S * SAMPLE_RATE)
        while not self.stop.is_set():
            pull(round(STEP_S * VOICE_RATE))
            yield AudioChunk(np.zeros(step, np.float32), SAMPLE_RATE, at)
            at += step
            await asyncio.sleep(max(0.0, begun_s + at / SAMPLE_RATE - loop.time()))

    def _renderable(self) -> Any:
        if self._microphone is not None:
            self.screen.level, self.screen.muted = self._microphone.level, self._microphone.muted
        self.screen.typed = self._typed.text
        return self.screen.live()

    def _above(self, line: Any) -> None:
        if self._display is not None:
            self._display.console.print(line)

    def _key(self, key: str) -> None:
        self._typed, pressed = press(self._typed, key, self._push_to_talk)
        if pressed.talk and self._microphone is not None:
            self._microphone.muted = not self._microphone.muted
        if pressed.line:
            self._line(pressed.line)

    def _line(self, line: str) -> None:
        if line.strip():
            self._open += 1
            self.write(line.strip())

    def _input_ended(self) -> None:
        self._ending = asyncio.ensure_future(self._until_answered())

    async def _until_answered(self) -> None:
        loop = asyncio.get_running_loop()
        until_s = loop.time() + PATIENCE_S
        while loop.time() < until_s and (self._open > 0 or loop.time() - self._last_s < QUIET_S):  # noqa: ASYNC110
            await asyncio.sleep(0.1)  # what is waited for is time without an event
        self.stop.set()


@contextmanager
def lines(given: Callable[[str], None], ended: Callable[[], None], file: int | None = None) -> Iterator[None]:
    """While it lasts each line of standard input is given, without waiting in a thread that Ctrl-C could not end."""
    try:
        descriptor = sys.stdin.fileno() if file is None else file
    except (OSError, ValueError, AttributeError):  # there is no standard input here
        yield
        return
    loop = asyncio.get_running_loop()
    rest = b""

    def read() -> None:
        nonlocal rest
        data = os.read(descriptor, 65_536)
        *whole, rest = (rest + data).split(b"\n")
        for line in whole:
            given(line.decode("utf-8", "replace"))
        if not data:
            loop.remove_reader(descriptor)
            if rest:
                given(rest.decode("utf-8", "replace"))
            ended()

    try:
        loop.add_reader(descriptor, read)
    except PermissionError:  # a file: all of it is there already
        with os.fdopen(os.dup(descriptor), "rb") as whole_file:
            for line in whole_file.read().decode("utf-8", "replace").splitlines():
                given(line)
        ended()
        yield
        return
    try:
        yield
    finally:
        loop.remove_reader(descriptor)
