"""One telephone call that a provider or an exchange streams over a WebSocket."""

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
from warmline.server.transport.telephony.phones import Phones
from warmline.server.transport.telephony.tickets import Ticket
from warmline.speech.runtime.clock import Clock

START_WITHIN_S: Final = 10.0
SILENT_FOR_S: Final = 30.0
"""A line sends audio all the time; one that has sent none for so long has gone, whatever else it sends."""


class StreamLine:
    """:meth:`started` takes the line's start message, then :meth:`hold` a new call or :meth:`back` one that comes back;
    :meth:`close` ends the stream. It is a :class:`~warmline.server.transport.telephony.leg.Leg` of the call."""

    def __init__(self, socket: WebSocket, clock: Clock, dialect: d.Dialect, ticket: Ticket, phones: Phones) -> None:
        self._connection = Connection(socket)
        self._clock = clock
        self._dialect = dialect
        self._ticket = ticket
        self._phones = phones
        self._start = d.Started("", "pcmu", 8_000)
        self._open = True
        self._closed = False

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
        """Hold the call until either side ends it, on whichever leg. Nothing of it is left running."""
        ticket, self._start = self._ticket, start
        phone = Phone(_form(start), self._clock, self)
        rings_s = ticket.rings_s if ticket.call else 0.0
        held = phone.hold(make, settings, caller=ticket.caller, country=ticket.country, rings_s=rings_s)
        return await self._phones.hold(ticket.call, phone, self, held)

    async def back(self, phone: Phone, start: d.Started | Ending) -> None:
        """Carry a call that was moved and comes back, to its end."""
        if isinstance(start, Ending):
            await self.close(start)
            return
        self._start = start
        await self._phones.back(phone, self, _form(start))

    async def carry(self, phone: Phone) -> None:
        connection = self._connection
        self._put(self._dialect.begin(self._start))
        async with asyncio.TaskGroup() as group:
            others = [
                group.create_task(self._read(phone), name="read"),
                group.create_task(connection.write(), name="write"),
            ]
            ending = await connection.over
            for task in others:
                task.cancel()
        if phone.lost(self):
            await self.close(Ending.HUNG_UP)  # now: only then does the caller's call go on elsewhere
        else:
            phone.finish(ending)

    async def close(self, ending: Ending) -> None:
        if self._closed:
            return
        self._closed = True
        self._put(self._dialect.hang_up())
        await self._connection.close(ending, None)

    # --- a leg --------------------------------------------------------------------------------------------------------

    @property
    def room(self) -> bool:
        return self._open and self._connection.outbox.audio < LEAD

    def send(self, audio: bytes) -> None:
        self._put(self._dialect.media(self._start.stream, audio), audio=True)

    def mark(self, number: int) -> None:
        self._put(self._dialect.mark(self._start.stream, number))

    def clear(self) -> bool:
        self._connection.outbox.clear_audio()
        self._put(self._dialect.clear(self._start.stream))
        self._put(self._dialect.begin(self._start))
        return True

    def pause(self) -> bool:
        return self._put(self._dialect.hold())

    def restore(self) -> bool:
        return self._put(self._dialect.restore())

    def leave(self) -> None:
        self._connection.finish(Ending.HUNG_UP)

    def _put(self, message: d.Message | None, *, audio: bool = False) -> bool:
        """Send it, where there is something to send."""
        if message is None:
            return False
        self._connection.outbox.put(message, audio=audio)
        if self._connection.outbox.full:
            self._connection.finish(Ending.SLOW)
        return True

    # --- in -----------------------------------------------------------------------------------------------------------

    async def _heard(self) -> d.Heard | None:
        """The line's next message; None for one that cannot be used, of which only so many are borne."""
        message = await self._connection.received()
        if message is None:
            return None
        try:
            return self._dialect.heard(message)
        except d.BadStream:
            self._connection.refused()
            return None

    async def _read(self, phone: Phone) -> None:
        connection, loop = self._connection, asyncio.get_running_loop()
        try:
            async with asyncio.timeout(SILENT_FOR_S) as patience:
                while not connection.over.done():
                    match await self._heard():
                        case d.Media(audio):
                            patience.reschedule(loop.time() + SILENT_FOR_S)
                            phone.hear(audio)
                        case d.Digit(key):
                            phone.press(key)
                        case d.Played(number):
                            phone.played(number)
                        case d.Room(open):
                            self._open = open
                        case d.Stopped():
                            connection.finish(Ending.HUNG_UP)
        except TimeoutError:
            connection.finish(Ending.NO_AUDIO)


def _form(start: d.Started) -> Format:
    return {"pcmu": PCMU, "pcma": PCMA}.get(start.encoding) or linear(start.rate)
