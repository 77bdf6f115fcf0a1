"""A TCP server for Asterisk's AudioSocket: each connection is a call.

    exten => 100,1,Answer()
     same => n,AudioSocket(${UUID()},127.0.0.1:9092)

AudioSocket has no secret of its own: listen where only the exchange can come from.
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
from warmline.speech.runtime.clock import Clock
from warmline.speech.runtime.errors import UsageError

FIRST_WITHIN_S: Final = 10.0
SILENT_FOR_S: Final = 30.0
MOST_UNSENT: Final = 64_000
"""Bytes that may wait for a slow exchange: two seconds at 16 kHz."""

log = logging.getLogger(__name__)


class AudioSocketCall:
    """One connection. The first audio's rate is the call's, both ways."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, clock: Clock) -> None:
        self._reader = reader
        self._writer = writer
        self._clock = clock
        self._frames = a.Deframer()
        self._early: list[a.Frame] = []
        self._over: asyncio.Future[Ending] = asyncio.get_running_loop().create_future()

    async def started(self) -> int | Ending:
        """The rate of the call's audio in Hz. Or why there will be no call."""
        try:
            async with asyncio.timeout(FIRST_WITHIN_S):
                while data := await self._reader.read(65_536):
                    self._early += self._frames.push(data)
                    for frame in self._early:
                        if isinstance(frame, a.Hangup):
                            return Ending.HUNG_UP
                        if isinstance(frame, a.Audio):
                            return frame.rate
        except TimeoutError:
            return Ending.NO_START
        except OSError:
            pass
        return Ending.VANISHED

    async def hold(self, start: int, make: MakeCall, settings: CallSettings) -> Ending:
        """Hold the call until either side ends it."""
        phone = Phone(
            linear(start), self._clock, lambda audio: self._writer.write(a.audio(start, audio)), None, self._room
        )
        async with asyncio.TaskGroup() as group:
            reading = group.create_task(self._read(phone, start), name="read")
            ending = await phone.hold(make, settings, self._over)
            reading.cancel()
        return ending

    async def close(self, ending: Ending) -> None:
        log.info("call ended: %s", ending.reason)
        try:
            if ending is not Ending.VANISHED:
                self._writer.write(a.hangup())
            self._writer.close()
            async with asyncio.timeout(2.0):
                await self._writer.wait_closed()
        except (TimeoutError, OSError):
            log.info("the exchange did not wait for the end")

    def _room(self) -> bool:
        transport = self._writer.transport
        return not transport.is_closing() and transport.get_write_buffer_size() < MOST_UNSENT

    async def _read(self, phone: Phone, rate: int) -> None:
        ending = Ending.VANISHED
        try:
            frames, self._early = self._early, []
            while self._heard(phone, rate, frames):
                async with asyncio.timeout(SILENT_FOR_S):
                    data = await self._reader.read(65_536)
                if not data:
                    break
                frames = self._frames.push(data)
            else:
                ending = Ending.HUNG_UP
        except TimeoutError:
            ending = Ending.NO_AUDIO
        except OSError:
            pass
        if not self._over.done():
            self._over.set_result(ending)

    @staticmethod
    def _heard(phone: Phone, rate: int, frames: list[a.Frame]) -> bool:
        """False once the exchange hangs up."""
        for frame in frames:
            match frame:
                case a.Audio(hz, data) if hz == rate:
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

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        call = AudioSocketCall(reader, writer, hosting.clock)
        await held(call, await call.started(), hosting, settings)

    try:
        server = await asyncio.start_server(answer, host.strip("[]"), int(port))
    except OSError as error:
        raise UsageError(f"telephony.audiosocket: cannot listen on {address} ({error.strerror or error})") from error
    async with server:
        yield
