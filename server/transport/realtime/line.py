"""A Realtime call that a WebSocket carries.

The conversation begins with the client's first ``session.update`` or the first audio or words. Audio goes out as it is
played, a little ahead: what a client holds is never more than 60 ms, and what was cut off before is what it heard.
"""

from __future__ import annotations

import asyncio
import base64
from collections.abc import Mapping
from typing import Final

from starlette.websockets import WebSocket

from warmline.server import events as e
from warmline.server.auth import NO_VOUCHER, Vouched
from warmline.server.settings import CallSettings
from warmline.server.transport.connection import UNWIND_S, Connection
from warmline.server.transport.conversing import talk
from warmline.server.transport.ear import Ear
from warmline.server.transport.ending import Ending
from warmline.server.transport.pacer import LEAD, LEAD_SAMPLES, Pacer
from warmline.server.transport.realtime import messages as m
from warmline.server.transport.realtime.call import BEGINS, RealtimeCall, error
from warmline.server.transport.seat import Seat, Sitting
from warmline.server.transport.wire import Claim, nothing_waits
from warmline.speech.audio.resample import Resampler
from warmline.speech.runtime.clock import Clock
from warmline.speech.types import Samples
from warmline.tts.playout import Playout
from warmline.tts.types import VOICE_RATE

BEGIN_WITHIN_S: Final = 60.0
"""A client that has set nothing, said nothing and written nothing for so long does not call."""


class RealtimeLine:
    """As :class:`~warmline.server.transport.websocket.Line`, in another protocol. ``old``: the client speaks the
    beta's."""

    def __init__(
        self,
        socket: WebSocket,
        clock: Clock,
        model: str = "warmline",
        voice: str = "",
        *,
        old: bool = False,
        claim: Claim = nothing_waits,
        within_s: float = 0.0,
        vouched: Vouched = NO_VOUCHER,
    ) -> None:
        self._connection = Connection(socket)
        self._clock = clock
        self._call = RealtimeCall(
            self._put,
            self._connection.refused,
            model=model,
            voice=voice,
            old=old,
            claim=claim,
            within_s=within_s,
            vouched=vouched,
        )
        self._first: m.Received | None = None
        self._resampler: Resampler | None = None

    @property
    def claimed(self) -> Seat | None:
        return self._call.claimed

    @property
    def sitting(self) -> Sitting | None:
        return self._call.sitting

    async def started(self) -> Ending | None:
        """Wait for the event with which the client begins the call or takes one up. Or why there will be none."""
        connection = self._connection
        self._call.greet()
        await connection.flush()
        try:
            async with asyncio.timeout(BEGIN_WITHIN_S):
                while not connection.over.done():
                    received = await self._received()
                    if received is not None:
                        begins = isinstance(received.event, BEGINS)
                        waits = begins and not isinstance(received.event, m.SessionUpdate)
                        taken = waits or (self._call.take(received) and begins)
                        if taken and await self._call.resume():
                            self._first = received
                            return None
                    await connection.flush()
                return connection.over.result()
        except TimeoutError:
            return Ending.NO_START

    async def hold(self, seat: Seat, settings: CallSettings) -> Ending:
        """Hold the call until either side ends it, or the connection is lost. Nothing of the connection is left
        running."""
        connection, call, first = self._connection, self._call, self._first
        assert first is not None
        playout = Playout(latency=LEAD_SAMPLES)
        pacer = Pacer(playout, self._clock, self._send_voice, lambda: connection.outbox.audio < LEAD)
        call.ear = ear = Ear(call.session.heard.rate, self._clock)
        self._resampler = Resampler(VOICE_RATE, call.session.said.rate)

        def sit() -> Sitting:
            return call.sit(seat, settings, self._observe, playout)

        async with asyncio.TaskGroup() as group:
            talking = group.create_task(talk(sit, aiter(ear.channel), connection.finish), name="talk")
            await asyncio.sleep(0)
            if not isinstance(first.event, m.SessionUpdate):
                call.take(first)
            others = [
                group.create_task(self._read(), name="read"),
                group.create_task(connection.write(), name="write"),
                group.create_task(pacer.run(), name="pace"),
                group.create_task(ear.run(), name="ear"),
            ]
            ending = await connection.over
            await ear.channel.close()
            await asyncio.wait([talking], timeout=UNWIND_S)
            for task in (talking, *others):
                task.cancel()
        return ending

    async def close(self, ending: Ending, *, kept: bool = False) -> None:
        """Tell the client why, and close."""
        told = self._call.named(error(m.BadEvent(ending.reason, ending.message)))
        await self._connection.close(ending, None if ending is Ending.HUNG_UP else told)

    async def _received(self) -> m.Received | None:
        message = await self._connection.received()
        if message is not None and self.sitting is not None:
            self.sitting.alive(self._clock.now_s())
        return None if message is None else self._call.received(message)

    async def _read(self) -> None:
        while not self._connection.over.done():
            received = await self._received()
            if received is not None:
                self._call.take(received)

    def _observe(self, event: e.CallEvent) -> None:
        if isinstance(event, e.DraftDiscarded) or (isinstance(event, e.Overlap) and event.action == "cancel"):
            self._connection.outbox.clear_audio()
        self._call.observe(event)

    def _send_voice(self, frame: Samples) -> None:
        assert self._resampler is not None
        encoded = self._call.session.said.encode(self._resampler.push(frame))
        delta = self._call.voice(base64.b64encode(encoded).decode()) if encoded else None
        if delta is not None:
            self._put(delta, audio=True)

    def _put(self, event: Mapping[str, object], audio: bool = False) -> None:
        self._connection.outbox.put(event, audio=audio)
        if self._connection.outbox.full:
            self._connection.finish(Ending.SLOW)
