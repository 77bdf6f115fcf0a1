"""A call that a server holds (``warmline serve``), from this machine: its WebSocket as ``docs/service.md`` tells it.

A connection that is lost is made good with the token that the server gave last, as long as it keeps the call. Knows no
sound card: audio comes in as chunks at 16 kHz, the server's voice goes to whoever is given it.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Mapping
from typing import Any, Final

import numpy as np
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidStatus, InvalidURI

from warmline.server.transport import wire
from warmline.speech.audio.pcm import from_pcm16
from warmline.speech.runtime.errors import DeviceError, UsageError
from warmline.speech.types import SAMPLE_RATE, AudioChunk, Samples

AGAIN_S: Final = (0.0, 0.5, 1.0, 2.0, 4.0, 8.0)
OPEN_WITHIN_S: Final = 10.0
LOST: Final = "the connection was lost, and the call could not be taken up again: check the network and call again"


class Lost(Exception):
    """This connection is gone, the call is not."""


class RemoteCall:
    """``hear`` is given every message of the server, ``sound`` its voice (float32 at VOICE_RATE), ``note`` a line for
    the person. ``token``: of the server's, "" where it asks for none; ``read_tone``: may emotion be read?"""

    def __init__(
        self,
        url: str,
        hear: Callable[[Mapping[str, Any]], None],
        sound: Callable[[Samples], None],
        note: Callable[[str], None],
        *,
        token: str = "",
        read_tone: bool = True,
        latency_ms: float = 0.0,
    ) -> None:
        if not url.startswith(("ws://", "wss://")):
            raise UsageError(f"--url is ws://HOST/v1/call or wss://HOST/v1/call, not {url!r}")
        self._url = url
        self._headers = {"Authorization": f"Bearer {token}"} if token else {}
        self._hear, self._sound, self._note = hear, sound, note
        self._begin: dict[str, object] = {"rate": SAMPLE_RATE, "latency_ms": latency_ms}
        self._start: dict[str, object] = {"type": "start", "read_tone": read_tone, **self._begin}
        self._key: Mapping[str, Any] | None = None
        self._socket: ClientConnection | None = None
        self._ready = asyncio.Event()
        self._farewell = ""

    def write(self, text: str) -> None:
        """What the person types; dropped while the connection is gone."""
        socket = self._socket
        if socket is not None and self._ready.is_set():
            self._writing = asyncio.ensure_future(socket.send(json.dumps({"type": "write", "text": text})))

    async def run(self, source: AsyncIterator[AudioChunk]) -> str:
        """Hold the call until either side ends it; why it ended, in words. Raises UsageError (no such server, no
        token), DeviceError (the network)."""
        sending = asyncio.create_task(self._send(source), name="send")
        try:
            await self._connected(self._start)
            while sending.done() is False:
                try:
                    return await self._listen(sending)
                except Lost:
                    await self._again()
            return self._farewell
        finally:
            sending.cancel()
            await asyncio.wait([sending])
            if self._socket is not None:
                await self._hang_up(self._socket)

    # --- one connection -----------------------------------------------------------------------------------------------

    async def _connected(self, first: Mapping[str, object]) -> None:
        try:
            self._socket = await connect(
                self._url, additional_headers=self._headers, open_timeout=OPEN_WITHIN_S, max_size=None
            )
            await self._socket.send(json.dumps(first))
        except InvalidURI as error:
            raise UsageError(f"--url {self._url!r} is no address: ws://HOST:PORT/v1/call") from error
        except InvalidStatus as error:
            refused = error.response.status_code in (401, 403)
            told = "it wants a token: --set server.tokens=TOKEN, or WARMLINE_SERVER__TOKENS" if refused else str(error)
            raise UsageError(f"{self._url} does not take this call: {told}") from error
        except (OSError, TimeoutError, ConnectionClosed, InvalidHandshake) as error:
            raise DeviceError(f"{self._url} cannot be reached ({error}): does it run?") from error

    async def _listen(self, sending: asyncio.Task[None]) -> str:
        """Everything that comes, until the call is over: why. Raises Lost."""
        socket = self._socket
        assert socket is not None
        resumable = True
        try:
            async for message in socket:
                if isinstance(message, bytes):
                    self._sound(from_pcm16(np.frombuffer(message, "<i2").astype(np.int16)))
                    continue
                told = json.loads(message)
                match told["type"]:
                    case "ready" | "resumed":
                        self._key = told.get("resume")
                        self._ready.set()
                    case "ended":
                        self._farewell, resumable = told["message"], told.get("resume", False)
                    case "error" if told["code"] == "resume_unknown":
                        return LOST
                self._hear(told)
        except ConnectionClosed:
            pass
        self._ready.clear()
        over = socket.close_code in (1000, 1012) or not resumable or self._key is None
        if over or sending.done():
            return self._farewell or (LOST if socket.close_code == 1006 else "the call has ended")
        raise Lost

    async def _again(self) -> None:
        """Take the call up. Raises DeviceError when it is too late."""
        assert self._key is not None
        loop = asyncio.get_running_loop()
        until_s = loop.time() + float(self._key["within_s"])
        self._note("the connection was lost: trying to take the call up again")
        tries = 0
        while True:
            await asyncio.sleep(AGAIN_S[min(tries, len(AGAIN_S) - 1)])
            tries += 1
            try:
                await self._connected({"type": "resume", "token": self._key["token"], **self._begin})
            except DeviceError as error:
                if loop.time() >= until_s:
                    raise DeviceError(LOST) from error
            else:
                self._note("the connection is back")
                return

    async def _send(self, source: AsyncIterator[AudioChunk]) -> None:
        """The microphone, as it is spoken; nothing while there is no connection. Its end hangs up."""
        async for chunk in source:
            if self._ready.is_set() and self._socket is not None:
                try:
                    await self._socket.send(wire.bytes_of(chunk.samples))
                except ConnectionClosed:
                    self._ready.clear()
        if self._socket is not None:
            await self._hang_up(self._socket)

    @staticmethod
    async def _hang_up(socket: ClientConnection) -> None:
        try:
            await socket.send('{"type":"end"}')
            await socket.close(1000)
        except ConnectionClosed:
            pass
