"""One call over a WebSocket: audio and hang-up in, audio and events out (the messages are in ``wire``).

Whatever a client sends is answered: with one error message for what cannot be used, or with a last message that says
why the call ended. A client that vanishes leaves its call behind, and may take it up again (:mod:`.resume`). Nothing
here blocks the loop but the resampling of 20 ms.

Queues: the caller's audio waits in an inbox, from which the oldest is thrown away when the models cannot keep up; what
goes out waits in an outbox, and a client that lets it fill is hung up on. Our voice never queues: the pacer does not
pull what cannot be sent.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from typing import Final

from starlette.websockets import WebSocket

from warmline.server import events as e
from warmline.server.auth import NO_VOUCHER, NotVouched, Vouched
from warmline.server.settings import CallSettings
from warmline.server.transport import wire
from warmline.server.transport.connection import UNWIND_S, Connection
from warmline.server.transport.conversing import talk
from warmline.server.transport.ending import Ending
from warmline.server.transport.inbox import Inbox
from warmline.server.transport.pacer import LEAD, LEAD_SAMPLES, Pacer
from warmline.server.transport.resume import UNKNOWN
from warmline.server.transport.seat import SILENT_S, Seat, Sitting
from warmline.speech.runtime.clock import Clock
from warmline.speech.types import Samples
from warmline.tts.playout import Playout
from warmline.tts.types import VOICE_RATE

START_WITHIN_S: Final = 10.0
AUDIO_WITHIN_S: Final = 15.0


class Line:
    """A client on the line: :meth:`started` takes its first message, :meth:`hold` the call, :meth:`close` says why
    it ended. ``claim`` gives the call that a token opens; ``within_s``: so long a call waits for its connection;
    ``vouched``: what the client's credentials say of who calls."""

    def __init__(
        self,
        socket: WebSocket,
        clock: Clock,
        claim: wire.Claim = wire.nothing_waits,
        within_s: float = 0.0,
        vouched: Vouched = NO_VOUCHER,
    ) -> None:
        self.claimed: Seat | None = None
        self.sitting: Sitting | None = None
        self._connection = Connection(socket)
        self._clock = clock
        self._claim = claim
        self._within_s = within_s
        self._vouched = vouched
        self._caller = ""
        self._start: wire.Start | wire.Resume | None = None
        self._pacer: Pacer | None = None
        self._lagged = False
        self._came_s = clock.now_s()

    async def started(self) -> Ending | None:
        """Wait for the client's start message, or one that takes up a call; what comes before it gets an error. Or why
        there will be no call."""
        connection = self._connection
        try:
            async with asyncio.timeout(START_WITHIN_S):
                while True:
                    message = await self._received()
                    if isinstance(message, wire.Start) and self._names(message):
                        self._start = message
                        return None
                    if isinstance(message, wire.End):
                        return Ending.HUNG_UP
                    if isinstance(message, wire.Resume):
                        self.claimed = await self._claim(message.token)
                        if self.claimed is not None:
                            self._start = message
                            return None
                        self._refuse(wire.BadMessage("resume_unknown", UNKNOWN))
                    elif message is not None and not isinstance(message, wire.Start):
                        self._refuse(wire.BadMessage("audio_before_start", "send a start message before audio"))
                    if connection.over.done():
                        return connection.over.result()
                    await connection.flush()
        except TimeoutError:
            return Ending.NO_START

    async def hold(self, seat: Seat, settings: CallSettings) -> Ending:
        """Hold the call until either side ends it, or the connection is lost. Nothing of the connection is left
        running."""
        connection, start = self._connection, self._start
        assert start is not None
        playout = Playout(latency=LEAD_SAMPLES + round(start.latency_ms * VOICE_RATE / 1000.0))
        self._pacer = Pacer(playout, self._clock, self._send_voice, self._may_send)
        inbox = Inbox(start.rate)
        sit = self._sit(start, seat, settings, playout)
        async with asyncio.TaskGroup() as group:
            talking = group.create_task(talk(sit, aiter(inbox.channel), connection.finish), name="talk")
            others = [
                group.create_task(self._read(inbox), name="read"),
                group.create_task(self._watch(), name="watch"),
                group.create_task(connection.write(), name="write"),
                group.create_task(self._pacer.run(), name="pace"),
            ]
            ending = await connection.over
            await inbox.channel.close()
            await asyncio.wait([talking], timeout=UNWIND_S)
            for task in (talking, *others):
                task.cancel()
        return ending

    async def close(self, ending: Ending, *, kept: bool = False) -> None:
        """Tell the client why, and close. A client that is gone or does not read is not waited for."""
        told = {"type": "ended", "reason": ending.reason, "message": ending.message, "resume": kept}
        await self._connection.close(ending, told)

    def _names(self, start: wire.Start) -> bool:
        """Who calls by the operator's credentials; False where the client names somebody without them (it was told)."""
        try:
            self._caller = self._vouched.caller_named(start.operators_caller)
        except NotVouched as error:
            self._refuse(wire.BadMessage("caller_not_vouched", str(error)))
            return False
        return True

    def _sit(
        self, start: wire.Start | wire.Resume, seat: Seat, settings: CallSettings, playout: Playout
    ) -> Callable[[], Sitting]:
        """Tell the client what it has, and what takes the seat."""
        key = {"token": seat.token, "within_s": self._within_s}
        if isinstance(start, wire.Resume):
            self._connection.outbox.put(wire.resumed(seat.read_tone, seat.away_s, key, seat.said))
            return lambda: self._sat(seat.take_up(self._observe, playout))
        read_tone = settings.read_tone and start.read_tone
        call = replace(
            settings,
            read_tone=read_tone,
            names=", ".join((*settings.expected, *start.names)),
            caller=self._caller or start.caller,
            speed=start.speed * settings.speed,
        )
        self._connection.outbox.put({"type": "ready", "rate": VOICE_RATE, "read_tone": read_tone, "resume": key})
        return lambda: self._sat(seat.begin(call, self._observe, playout))

    def _sat(self, sitting: Sitting) -> Sitting:
        self.sitting = sitting
        return sitting

    def _may_send(self) -> bool:
        sitting = self.sitting
        lively = sitting is not None and self._clock.now_s() - sitting.alive_s < SILENT_S
        return lively and self._connection.outbox.audio < LEAD

    # --- in -------------------------------------------------------------------------------------------------------

    async def _received(self) -> wire.FromClient | Samples | None:
        """The client's next message; None for one that could not be used (the client has been told)."""
        message = await self._connection.received()
        if message is None:
            return None
        try:
            return wire.parse(message) if isinstance(message, str) else wire.samples_from(message)
        except wire.BadMessage as bad:
            self._refuse(bad)
            return None

    async def _read(self, inbox: Inbox) -> None:
        connection = self._connection
        while not connection.over.done():
            message = await self._received()
            self._came_s = self._clock.now_s()
            if self.sitting is not None and not connection.over.done():
                self.sitting.alive(self._came_s)
            if isinstance(message, wire.End):
                connection.finish(Ending.HUNG_UP)
            elif isinstance(message, wire.Start | wire.Resume):
                self._refuse(wire.BadMessage("already_started", "this call has already started"))
            elif isinstance(message, wire.Write):
                if self.sitting is not None:
                    self.sitting.write(message.text)
            elif message is not None:
                await inbox.put(message)
                self._tell_lag(inbox)

    async def _watch(self) -> None:
        """Ends the call when nothing has come for too long. One timer a call, not one a message."""
        self._came_s = self._clock.now_s()
        while (left_s := self._came_s + AUDIO_WITHIN_S - self._clock.now_s()) > 0.0:
            await self._clock.sleep_until(self._clock.now_s() + left_s)
        self._connection.finish(Ending.NO_AUDIO)

    def _tell_lag(self, inbox: Inbox) -> None:
        """Say it once when audio had to be thrown away."""
        if inbox.channel.dropped and not self._lagged:
            self._lagged = True
            self._observe(e.Trouble("sound came faster than it could be heard: some of it was lost"))

    def _refuse(self, bad: wire.BadMessage) -> None:
        self._connection.outbox.put(wire.error(bad.code, str(bad)))
        self._connection.refused()

    # --- out ------------------------------------------------------------------------------------------------------

    def _observe(self, event: e.CallEvent) -> None:
        pacer, outbox = self._pacer, self._connection.outbox
        if pacer is not None and isinstance(event, e.Overlap):
            if event.action == "hold":
                pacer.hold()
            elif event.action == "restore":
                pacer.restore()
        for message in wire.event_messages(event):
            if message["type"] == "clear":
                outbox.clear_audio()
                if pacer is not None:
                    pacer.cleared()
            outbox.put(message)
        if outbox.full:
            self._connection.finish(Ending.SLOW)

    def _send_voice(self, frame: Samples) -> None:
        self._connection.outbox.put(wire.bytes_of(frame))
