"""A WebSocket under a call: what comes, what waits to go out, and why it ended. Knows no protocol."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from typing import Final

from starlette.websockets import WebSocket, WebSocketDisconnect, WebSocketState

from warmline.server.transport import wire
from warmline.server.transport.ending import Ending
from warmline.server.transport.outbox import Outbox

MOST_ERRORS: Final = 20
UNWIND_S: Final = 2.0

CLOSED_BY_WISH: Final = 1000
"""The code with which a client closes because it is done. All else is a lost connection: 1001 is a page that is left or
reloaded, and may come back; 1005 (no code) is also what uvicorn says of a connection that broke while we wrote."""

MESSAGES_A_SECOND: Final = 200
MOST_AT_ONCE: Final = 4_000
"""Messages that may come in a burst: what a client kept while its network stalled, and more."""

log = logging.getLogger(__name__)


class Bucket:
    """Lets :data:`MESSAGES_A_SECOND` through in the long run, :data:`MOST_AT_ONCE` at once."""

    def __init__(self) -> None:
        self._left = float(MOST_AT_ONCE)
        self._at_s: float | None = None

    def take(self, now_s: float) -> bool:
        """One message came; False where it is one too many."""
        since_s = 0.0 if self._at_s is None else now_s - self._at_s
        self._at_s = now_s
        self._left = min(float(MOST_AT_ONCE), self._left + since_s * MESSAGES_A_SECOND) - 1.0
        return self._left >= 0.0


class Connection:
    """``over`` is set once, with the first reason for which the call ended; ``outbox`` is sent by :meth:`write`."""

    def __init__(self, socket: WebSocket) -> None:
        self._socket = socket
        self.outbox = Outbox()
        self.errors = 0
        self._bucket = Bucket()
        self.over: asyncio.Future[Ending] = asyncio.get_running_loop().create_future()

    def finish(self, ending: Ending) -> None:
        """The first reason counts."""
        if not self.over.done():
            self.over.set_result(ending)

    def refused(self) -> None:
        """One more message could not be used."""
        self.errors += 1
        if self.errors >= MOST_ERRORS:
            self.finish(Ending.TOO_MANY_ERRORS)

    async def received(self) -> str | bytes | None:
        """The client's next message; None when it is gone."""
        if self._socket.client_state is WebSocketState.DISCONNECTED:
            self.finish(Ending.VANISHED)
            return None
        message = await self._socket.receive()
        if message["type"] == "websocket.disconnect":
            self.finish(Ending.HUNG_UP if message.get("code") == CLOSED_BY_WISH else Ending.VANISHED)
            return None
        if not self._bucket.take(asyncio.get_running_loop().time()):
            self.finish(Ending.FLOODED)
            return None
        text: str | None = message.get("text")
        data: bytes | None = message.get("bytes")
        return text if text is not None else data or b""

    async def write(self) -> None:
        """Send what waits, until cancelled or the client is gone."""
        try:
            while True:
                await self._send(await self.outbox.get())
        except (WebSocketDisconnect, RuntimeError):
            self.finish(Ending.VANISHED)

    async def flush(self) -> None:
        """Send what waits, before the call has a task that does."""
        try:
            for text in self.outbox.rest():
                await self._send(text)
        except (WebSocketDisconnect, RuntimeError):
            self.finish(Ending.VANISHED)
        self.outbox = Outbox()

    async def close(self, ending: Ending, last: Mapping[str, object] | None) -> None:
        """Tell the client why, and close. A client that is gone or does not read is not waited for."""
        log.info("call ended: %s, %d unusable messages", ending.reason, self.errors)
        if ending is Ending.VANISHED:
            return
        texts = self.outbox.rest() if last is None else [*self.outbox.rest(), wire.dump(last)]
        try:
            async with asyncio.timeout(UNWIND_S):
                for text in texts:
                    await self._socket.send_text(text)
                await self._socket.close(ending.code, ending.reason)
        except (TimeoutError, WebSocketDisconnect, RuntimeError):
            log.info("the client did not wait for the end")

    async def _send(self, message: str | bytes) -> None:
        if isinstance(message, str):
            await self._socket.send_text(message)
        else:
            await self._socket.send_bytes(message)
