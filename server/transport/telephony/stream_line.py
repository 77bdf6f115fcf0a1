"""One telephone call that a provider streams over a WebSocket."""

from __future__ import annotations

import asyncio
from typing import Final

from starlette.websockets import WebSocket

from warmline.server.settings import CallSettings
from warmline.server.transport.connection import Connection
from warmline.server.transport.conversing import MakeCall
from warmline.server.transport.ending import Ending
from warmline.server.transport.formats import PCMA, PCMU, Format, linear
from warmline.server.transport.pacer import LEAD
from warmline.server.transport.telephony import dialects as d
from warmline.server.transport.telephony.phone import Phone
from warmline.server.transport.telephony.tickets import Ticket
from warmline.speech.runtime.clock import Clock

START_WITHIN_S: Final = 10.0
SILENT_FOR_S: Final = 30.0
"""A provider sends audio all the time; one that has sent nothing for so long has gone."""


class StreamLine:
    """:meth:`started` takes the provider's start message, :meth:`hold` the call, :meth:`close` ends the stream."""

    def __init__(self, socket: WebSocket, clock: Clock, dialect: d.Dialect, ticket: Ticket) -> None:
        self._connection = Connection(socket)
        self._clock = clock
        self._dialect = dialect
        self._ticket = ticket

    async def started(self) -> d.Started | Ending:
        connection = self._connection
        try:
            async with asyncio.timeout(START_WITHIN_S):
                while not connection.over.done():
                    heard = await self._heard()
                    if isinstance(heard, d.Started):
                        return heard
                    if isinstance(heard, d.Stopped):
                        return Ending.HUNG_UP
                return connection.over.result()
        except TimeoutError:
            return Ending.NO_START

    async def hold(self, start: d.Started, make: MakeCall, settings: CallSettings) -> Ending:
        """Hold the call until either side ends it. Nothing of it is left running."""
        connection, ticket = self._connection, self._ticket
        outbox = connection.outbox

        def send(audio: bytes) -> None:
            outbox.put(self._dialect.media(start.stream, audio), audio=True)
            if outbox.full:
                connection.finish(Ending.SLOW)

        def clear() -> None:
            outbox.clear_audio()
            outbox.put(self._dialect.clear(start.stream))

        phone = Phone(_form(start), self._clock, send, clear, lambda: outbox.audio < LEAD)
        async with asyncio.TaskGroup() as group:
            others = [
                group.create_task(self._read(phone), name="read"),
                group.create_task(connection.write(), name="write"),
            ]
            ending = await phone.hold(make, settings, connection.over, caller=ticket.caller, country=ticket.country)
            for task in others:
                task.cancel()
        return ending

    async def close(self, ending: Ending) -> None:
        await self._connection.close(ending, None)

    async def _heard(self) -> d.Heard | None:
        """The provider's next message; None for one that cannot be used, of which only so many are borne."""
        message = await self._connection.received()
        if message is None:
            return None
        try:
            if isinstance(message, bytes):
                raise d.BadStream("messages are texts")
            return self._dialect.heard(message)
        except d.BadStream:
            self._connection.refused()
            return None

    async def _read(self, phone: Phone) -> None:
        connection = self._connection
        while not connection.over.done():
            try:
                async with asyncio.timeout(SILENT_FOR_S):
                    heard = await self._heard()
            except TimeoutError:
                connection.finish(Ending.NO_AUDIO)
                return
            match heard:
                case d.Media(audio):
                    phone.hear(audio)
                case d.Digit(key):
                    phone.press(key)
                case d.Stopped():
                    connection.finish(Ending.HUNG_UP)


def _form(start: d.Started) -> Format:
    return {"pcmu": PCMU, "pcma": PCMA}.get(start.encoding) or linear(start.rate)
