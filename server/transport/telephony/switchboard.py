"""A TCP server for Asterisk's AudioSocket: each connection is a call.

    exten => 100,1,Answer()
     same => n,AudioSocket(${UUID()},127.0.0.1:9092)

AudioSocket has no secret of its own: listen where only the exchange can come from. It can neither hold nor throw away
what it was sent, so nothing is sent ahead but the pacer's 60 ms.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Final

from warmline.server.hosting import Hosting, held
from warmline.server.settings import CallSettings, Settings
from warmline.server.transport.conversing import MakeCall
from warmline.server.transport.ending import Ending
from warmline.server.transport.formats import linear
from warmline.server.transport.telephony import audiosocket as a
from warmline.server.transport.telephony.phone import Phone
from warmline.server.transport.telephony.webhooks import rings_s
from warmline.speech.runtime.errors import UsageError

FIRST_WITHIN_S: Final = 10.0
SILENT_FOR_S: Final = 30.0
MOST_UNSENT: Final = 64_000
"""Bytes that may wait for a slow exchange: two seconds at 16 kHz."""

READ: Final = 65_536
MOST_EARLY: Final = 100
"""Frames that may come before the first audio."""

MOST_WAITING: Final = 64
"""Connections that may be open without a call; more are closed at once."""

log = logging.getLogger(__name__)


class AudioSocketCall:
    """One connection, and the call's :class:`~warmline.server.transport.telephony.leg.Leg`. The first audio's rate is
    the call's, both ways; its UUID is the name by which a call that was moved comes back. ``rings_s``: how long a human
    is rung for when it is moved, 0 where it cannot be."""

    def __init__(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, hosting: Hosting, rings_s: float = 0.0
    ) -> None:
        self._reader = reader
        self._writer = writer
        self._clock = hosting.clock
        self._phones = hosting.phones
        self._rings_s = rings_s
        self._frames = a.Deframer()
        self._early: list[a.Frame] = []
        self._rate = 0
        self._gone: asyncio.Future[Ending] = asyncio.get_running_loop().create_future()
        self._closed = False
        self.call = ""

    async def started(self) -> int | Ending:
        """The rate of the call's audio in Hz. Or why there will be no call."""
        try:
            async with asyncio.timeout(FIRST_WITHIN_S):
                while data := await self._reader.read(READ):
                    for frame in self._frames.push(data):
                        match frame:
                            case a.Hangup():
                                return Ending.HUNG_UP
                            case a.Identified(name):
                                self.call = name
                            case a.Audio(rate) if not self._rate:
                                self._rate = rate
                        self._early.append(frame)
                    if self._rate:
                        return self._rate
                    if len(self._early) > MOST_EARLY:
                        return Ending.TOO_MANY_ERRORS
        except TimeoutError:
            return Ending.NO_START
        except OSError:
            pass
        return Ending.VANISHED

    async def hold(self, start: int, make: MakeCall, settings: CallSettings) -> Ending:
        """Hold the call until either side ends it, on whichever leg."""
        phone = Phone(linear(start), self._clock, self)
        rings_s = self._rings_s if self.call else 0.0
        return await self._phones.hold(self.call, phone, self, phone.hold(make, settings, rings_s=rings_s))

    async def back(self, phone: Phone, start: int | Ending) -> None:
        """Carry a call that was moved and comes back, to its end."""
        if isinstance(start, Ending):
            await self.close(start)
        else:
            await self._phones.back(phone, self, linear(start))

    async def carry(self, phone: Phone) -> None:
        async with asyncio.TaskGroup() as group:
            reading = group.create_task(self._read(phone), name="read")
            ending = await self._gone
            reading.cancel()
        if phone.lost(self):
            await self.close(Ending.HUNG_UP)  # now: only then does the dial plan go on
        else:
            phone.finish(ending)

    async def close(self, ending: Ending) -> None:
        if self._closed:
            return
        self._closed = True
        log.info("call ended: %s", ending.reason)
        try:
            if ending is not Ending.VANISHED:
                self._writer.write(a.hangup())
            self._writer.close()
            async with asyncio.timeout(2.0):
                await self._writer.wait_closed()
        except (TimeoutError, OSError):
            log.info("the exchange did not wait for the end")

    # --- a leg --------------------------------------------------------------------------------------------------------

    @property
    def room(self) -> bool:
        transport = self._writer.transport
        return not transport.is_closing() and transport.get_write_buffer_size() < MOST_UNSENT

    def send(self, audio: bytes) -> None:
        self._writer.write(a.audio(self._rate, audio))

    def mark(self, number: int) -> None:
        """AudioSocket cannot tell."""

    def clear(self) -> bool:
        """Nothing can be taken back: little is ever on its way."""
        return False

    def pause(self) -> bool:
        return False

    def restore(self) -> bool:
        return False

    def leave(self) -> None:
        self._end(Ending.HUNG_UP)

    # --- in -----------------------------------------------------------------------------------------------------------

    def _end(self, ending: Ending) -> None:
        if not self._gone.done():
            self._gone.set_result(ending)

    async def _read(self, phone: Phone) -> None:
        frames, self._early = self._early, []
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(SILENT_FOR_S) as patience:
                while self._heard(phone, frames):
                    if any(isinstance(frame, a.Audio) for frame in frames):
                        patience.reschedule(loop.time() + SILENT_FOR_S)
                    data = await self._reader.read(READ)
                    if not data:
                        self._end(Ending.VANISHED)
                        return
                    frames = self._frames.push(data)
            self._end(Ending.HUNG_UP)
        except TimeoutError:
            self._end(Ending.NO_AUDIO)
        except OSError:
            self._end(Ending.VANISHED)

    def _heard(self, phone: Phone, frames: list[a.Frame]) -> bool:
        """False once the exchange hangs up."""
        for frame in frames:
            match frame:
                case a.Audio(rate, data) if rate == self._rate:
                    phone.hear(data)
                case a.Key(key):
                    phone.press(key)
                case a.Hangup():
                    return False
        return True


@asynccontextmanager
async def listening(hosting: Hosting, settings: Settings) -> AsyncGenerator[None, None]:
    """While inside, calls of Asterisk are answered, where the settings say to. Raises UsageError for an address that
    cannot be listened on."""
    address = settings.telephony.audiosocket
    if not address:
        yield
        return
    host, _, port = address.rpartition(":")
    if not host or not port.isdecimal() or int(port) > 65_535:
        raise UsageError(f"telephony.audiosocket is host:port, such as 127.0.0.1:9092, not {address!r}")

    rings = rings_s(settings) if settings.handoff.by == "transfer" else 0.0
    waiting = 0

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal waiting
        call = AudioSocketCall(reader, writer, hosting, rings)
        if waiting >= MOST_WAITING:
            await call.close(Ending.BUSY)
            return
        waiting += 1
        try:
            start = await call.started()
        finally:
            waiting -= 1
        phone = hosting.phones.away(call.call)
        if phone is None:
            await held(call, start, hosting, settings)
        else:
            await call.back(phone, start)

    try:
        server = await asyncio.start_server(answer, host.strip("[]"), int(port))
    except OSError as error:
        raise UsageError(f"telephony.audiosocket: cannot listen on {address} ({error.strerror or error})") from error
    async with server:
        yield
