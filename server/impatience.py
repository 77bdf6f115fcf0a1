"""Clients that send their requests a byte at a time: who has not asked for anything within a few seconds is hung up on.

uvicorn has no time limit for the head or the body of a request; this is its own protocol with one.
"""

from __future__ import annotations

import asyncio
from typing import Final

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

HEAD_WITHIN_S: Final = 10.0
BODY_WITHIN_S: Final = 30.0


class Impatient(HttpToolsProtocol):
    """Closes a connection whose request's head is not whole after :data:`HEAD_WITHIN_S`, or its body after
    :data:`BODY_WITHIN_S`."""

    _limit: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._wait(HEAD_WITHIN_S)

    def data_received(self, data: bytes) -> None:
        if self._limit is None:
            self._wait(HEAD_WITHIN_S)
        super().data_received(data)
        if not self._owes():
            self._no_limit()

    def connection_lost(self, exc: Exception | None) -> None:
        self._no_limit()
        super().connection_lost(exc)

    def _owes(self) -> bool:
        """Is the client in the middle of a request, or has it asked for nothing yet?"""
        if self.transport.get_protocol() is not self:
            return False  # it speaks WebSocket now
        cycle = self.cycle
        return cycle is None or bool(cycle.response_complete) or bool(cycle.more_body)

    def _wait(self, seconds_s: float) -> None:
        self._limit = self.loop.call_later(seconds_s, self._over)

    def _over(self) -> None:
        cycle = self.cycle
        if cycle is not None and cycle.more_body and not cycle.response_complete and self._owes():
            self._limit = self.loop.call_later(BODY_WITHIN_S - HEAD_WITHIN_S, self._hang_up)
        else:
            self._hang_up()

    def _hang_up(self) -> None:
        if self._owes():
            self.transport.close()

    def _no_limit(self) -> None:
        if self._limit is not None:
            self._limit.cancel()
            self._limit = None
