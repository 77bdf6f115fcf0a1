"""One call over a WebSocket: audio and hang-up in, audio and events out (the messages are in ``wire``).

Whatever a client sends is answered: with one error message for what cannot be used, or with a last message that says
why the call ended. A client that vanishes ends its call. Nothing here blocks the loop but the resampling of 20 ms.

Queues: the caller's audio waits in an inbox, from which the oldest is thrown away when the models cannot keep up; what
goes out waits in an outbox, and a client that lets it fill is hung up on. Our voice never queues: the pacer does not
pull what cannot be sent.
"""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Final

from starlette.websockets import WebSocket

from warmline.server import events as e
from warmline.server.settings import CallSettings
from warmline.server.transport import wire
from warmline.server.transport.connection import UNWIND_S, Connection
from warmline.server.transport.conversing import Conversing, MakeCall, talk
from warmline.server.transport.ending import Ending
from warmline.server.transport.inbox import Inbox
from warmline.server.transport.pacer import LEAD, LEAD_SAMPLES, Pacer
from warmline.speech.runtime.clock import Clock
from warmline.speech.types import Samples
from warmline.tts.playout import Playout
from warmline.tts.types import VOICE_RATE

START_WITHIN_S: Final = 10.0
AUDIO_WITHIN_S: Final = 15.0


class Line:
    """A client on the line: :meth:`started` takes its first message, :meth:`hold` the call, :meth:`close` says why
    it ended."""

    def __init__(self, socket: WebSocket, clock: Clock) -> None:
        self._connection = Connection(socket)
        self._clock = clock
        self._pacer: Pacer | None = None
        self._conversation: Conversing | None = None
        self._lagged = False

    async def started(self) -> wire.Start | Ending:
        """The client's start message; what comes before it gets an error. Or why there will be no call."""
        connection = self._connection
        try:
            async with asyncio.timeout(START_WITHIN_S):
                while True:
                    message = await self._received()
                    if isinstance(message, wire.Start):
                        return message
                    if isinstance(message, wire.End):
                        return Ending.HUNG_UP
                    if isinstance(message, wire.Resume):
                        self._refuse(wire.BadMessage("resume_unknown", "this call is over: send start to begin anew"))
                    elif message is not None:
                        self._refuse(wire.BadMessage("audio_before_start", "send a start message before audio"))
                    if connection.over.done():
                        return connection.over.result()
                    await connection.flush()
        except TimeoutError:
            return Ending.NO_START

    async def hold(self, start: wire.Start, make: MakeCall, settings: CallSettings) -> Ending:
        """Hold the call until either side ends it. Nothing of it is left running."""
        connection = self._connection
        playout = Playout(latency=LEAD_SAMPLES + round(start.latency_ms * VOICE_RATE / 1000.0))
        self._pacer = Pacer(playout, self._clock, self._send_voice, lambda: connection.outbox.audio < LEAD)
        read_tone = settings.read_tone and start.read_tone
        inbox = Inbox(start.rate)
        connection.outbox.put({"type": "ready", "rate": VOICE_RATE, "read_tone": read_tone})
        async with asyncio.TaskGroup() as group:
            names = ", ".join((*settings.expected, *start.names))
            call = replace(
                settings, read_tone=read_tone, names=names, caller=start.caller, speed=start.speed * settings.speed
            )
            talking = group.create_task(
                talk(lambda: self._made(make(call, self._observe, playout)), aiter(inbox.channel), connection.finish),
                name="talk",
            )
            others = [
                group.create_task(self._read(inbox), name="read"),
                group.create_task(connection.write(), name="write"),
                group.create_task(self._pacer.run(), name="pace"),
            ]
            ending = await connection.over
            await inbox.channel.close()
            await asyncio.wait([talking], timeout=UNWIND_S)
            for task in (talking, *others):
                task.cancel()
        return ending

    async def close(self, ending: Ending) -> None:
        """Tell the client why, and close. A client that is gone or does not read is not waited for."""
        await self._connection.close(ending, {"type": "ended", "reason": ending.reason, "message": ending.message})

    def _made(self, conversation: Conversing) -> Conversing:
        self._conversation = conversation
        return conversation

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
            try:
                async with asyncio.timeout(AUDIO_WITHIN_S):
                    message = await self._received()
            except TimeoutError:
                connection.finish(Ending.NO_AUDIO)
                return
            if isinstance(message, wire.End):
                connection.finish(Ending.HUNG_UP)
            elif isinstance(message, wire.Start | wire.Resume):
                self._refuse(wire.BadMessage("already_started", "this call has already started"))
            elif isinstance(message, wire.Write):
                if self._conversation is not None:
                    self._conversation.write(message.text)
            elif message is not None:
                await inbox.put(message)
                self._tell_lag(inbox)

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
