"""Asterisk's WebSocket channel, written from its documentation: the other end of a call, without a network.

It queues what it is sent and plays one frame every 20 ms; it can be told to pause, to go on, to throw its queue away,
and to say when a mark is reached. What Asterisk would not take (an odd frame, too long a message, an unknown command)
fails.
"""

from __future__ import annotations

import asyncio
import json
from collections import deque

import numpy as np
from fake_call import FakeSocket

from warmline.server.transport.formats import Format
from warmline.server.transport.telephony.asterisk import FORMATS
from warmline.server.transport.telephony.dialects import Started
from warmline.server.transport.telephony.stream_line import _form

XOFF, XON = 900, 800


class Channel(FakeSocket):
    """``words``: it speaks the older one-line form. ``plays``: False is a channel whose call is stuck. ``marks``: False
    is one too old to know them."""

    def __init__(self, name: str = "ulaw", *, words: bool = False, frame: int = 0, marks: bool = True) -> None:
        super().__init__()
        self.name, self.words, self.marks = name, words, marks
        self.form: Format = _form(Started("", *FORMATS[name]))
        self.frame = frame or self.form.rate // 50 * self.form.width
        self.plays = True
        self.commands: list[str] = []
        self.queue: deque[bytes | str] = deque()
        self.played: list[tuple[float, bytes]] = []
        self.ticks = 0
        self._paused = self._buffering = self._full = False
        self._rest = b""

    def start(self) -> None:
        self.event("MEDIA_START", connection_id="e226e283", channel="WebSocket/warmline", channel_id="pbx-1.9",
                   format=self.name, optimal_frame_size=self.frame, ptime=20)  # fmt: skip

    def event(self, event: str, **fields: object) -> None:
        if self.words:
            self.text(" ".join([event, *(f"{key}:{value}" for key, value in fields.items())]))
        else:
            self.text({"event": event, **fields})

    async def run(self, loud: range = range(0), other: range = range(0)) -> None:
        """Until cancelled; the caller speaks in the ticks of ``loud`` and ``other``."""
        count = self.form.rate // 50
        wave = (0.5 * np.sin(2 * np.pi * 200.0 * np.arange(count) / self.form.rate)).astype(np.float32)
        voice, silence = self.form.encode(wave), self.form.encode(wave * 0)
        while True:
            self.audio(voice if self.ticks in loud or self.ticks in other else silence)
            self._play()
            self.ticks += 1
            await asyncio.sleep(0.02)

    @property
    def voice_s(self) -> float:
        """Seconds of ours that the caller heard."""
        return sum(len(data) for _, data in self.played) / self.form.width / self.form.rate

    def _play(self) -> None:
        if self._paused or not self.plays:
            return
        self._reach_marks()
        if self.queue:
            data = self.queue.popleft()
            assert isinstance(data, bytes)
            self.played.append((self.ticks * 0.02, data))
        self._reach_marks()
        if self._full and len(self.queue) < XON:
            self._full = False
            self.event("MEDIA_XON")

    def _reach_marks(self) -> None:
        while self.queue and isinstance(self.queue[0], str):
            self.event("MEDIA_MARK_PROCESSED", correlation_id=self.queue.popleft())

    async def _send(self, message: str | bytes) -> None:
        await super()._send(message)
        if isinstance(message, bytes):
            self._media(message)
        else:
            self._command(*self._parsed(message))

    def _parsed(self, message: str) -> tuple[str, str]:
        if self.words:
            command, _, id = message.partition(" ")
            return command, id
        said = json.loads(message)
        return said["command"], said.get("correlation_id", "")

    def _media(self, data: bytes) -> None:
        assert len(data) <= 65_500
        data, self._rest = (self._rest + data, b"") if self._buffering else (data, b"")
        whole = len(data) // self.frame * self.frame
        assert self._buffering or whole == len(data), "an odd piece would be dropped"
        self._rest = data[whole:]
        self.queue.extend(data[at : at + self.frame] for at in range(0, whole, self.frame))
        if len(self.queue) > XOFF and not self._full:
            self._full = True
            self.event("MEDIA_XOFF")

    def _command(self, command: str, id: str) -> None:
        self.commands.append(command)
        match command:
            case "MARK_MEDIA":
                if self.marks:
                    self.queue.append(id)
            case "FLUSH_MEDIA":
                self.queue.clear()
                self._paused = self._buffering = False
                self._rest = b""
            case "PAUSE_MEDIA" | "CONTINUE_MEDIA":
                self._paused = command == "PAUSE_MEDIA"
            case "START_MEDIA_BUFFERING":
                self._buffering = True
            case "HANGUP":
                self.vanish()
            case _:
                raise AssertionError(f"Asterisk has no command {command!r}")
