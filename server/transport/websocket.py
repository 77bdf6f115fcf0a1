"""One call over a WebSocket: audio and hang-up in, audio and events out (the messages are in ``wire``).

Whatever a client sends is answered: with one error message for what cannot be used, or with a last message that says
why the call ended. A client that vanishes ends its call. Nothing here blocks the loop but the resampling of 20 ms.

Queues: the caller's audio waits in one of :data:`MOST_HEARD_S`, from which the oldest is thrown away when the models
cannot keep up; what goes out waits in an outbox, and a client that lets it fill is hung up on. Our voice never
queues: the pacer does not pull what cannot be sent.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from enum import Enum
from typing import Final, Protocol

import numpy as np
from starlette.websockets import WebSocket, WebSocketDisconnect, WebSocketState

from warmline.server import events as e
from warmline.server.config import CallSettings
from warmline.server.transport import wire
from warmline.server.transport.outbox import Outbox
from warmline.server.transport.pacer import LEAD, LEAD_SAMPLES, Pacer
from warmline.speech.audio.framing import Framer
from warmline.speech.audio.resample import Resampler
from warmline.speech.runtime.channel import Channel, ChannelClosed, Overflow
from warmline.speech.runtime.clock import Clock
from warmline.speech.types import SAMPLE_RATE, AudioChunk, Samples, samples_of
from warmline.tts.playout import Playout
from warmline.tts.types import VOICE_RATE

HEARD_STEP: Final = samples_of(0.02)
MOST_HEARD_S: Final = 5.0
MOST_ERRORS: Final = 20
START_WITHIN_S: Final = 10.0
AUDIO_WITHIN_S: Final = 15.0
UNWIND_S: Final = 2.0

log = logging.getLogger(__name__)


class Conversing(Protocol):
    """What a transport needs of a conversation."""

    async def run(self, source: AsyncIterator[AudioChunk], /) -> None: ...


MakeCall = Callable[[CallSettings, e.Observer, Playout], Conversing]
"""Builds the conversation of one call."""


class Ending(Enum):
    """Why a call ended: the WebSocket's close code, the reason for programs, and words for people."""

    HUNG_UP = 1000, "hung_up", "The call has ended."
    VANISHED = 1001, "vanished", ""
    NO_START = 1008, "no_start", "No call was started in time. Please reload the page and try again."
    NO_AUDIO = 1008, "no_audio", "No sound has come from your microphone for a while, so the call has ended."
    TOO_MANY_ERRORS = 1008, "too_many_errors", "Too many messages could not be used, so the call has ended."
    SLOW = 1008, "slow_client", "The connection is too slow for a call."
    BUSY = 1013, "busy", "All lines are busy just now. Please try again in a few minutes."
    FAILED = 1011, "failed", "Something went wrong on our side and the call has ended. I'm sorry. Please call again."

    def __init__(self, code: int, reason: str, message: str) -> None:
        self.code = code
        self.reason = reason
        self.message = message


class _Inbox:
    """The caller's audio on its way to the conversation: any pieces at ``rate`` in, 20 ms at 16 kHz out."""

    def __init__(self, rate: int) -> None:
        self._resampler = Resampler(rate, SAMPLE_RATE)
        self._framer = Framer(HEARD_STEP)
        self.channel: Channel[AudioChunk] = Channel(samples_of(MOST_HEARD_S) // HEARD_STEP, Overflow.DROP_OLDEST)

    async def put(self, audio: Samples) -> None:
        resampled = np.clip(self._resampler.push(audio), -1.0, 1.0)  # a loud wave overshoots between its samples
        for chunk in self._framer.push(resampled):
            try:
                await self.channel.put(chunk)
            except ChannelClosed:
                return


class Line:
    """A client on the line: :meth:`started` takes its first message, :meth:`hold` the call, :meth:`close` says why
    it ended."""

    def __init__(self, socket: WebSocket, clock: Clock) -> None:
        self._socket = socket
        self._clock = clock
        self._outbox = Outbox()
        self._errors = 0
        self._over: asyncio.Future[Ending] = asyncio.get_running_loop().create_future()
        self._pacer: Pacer | None = None
        self._lagged = False

    async def started(self) -> wire.Start | Ending:
        """The client's start message; what comes before it gets an error. Or why there will be no call."""
        try:
            async with asyncio.timeout(START_WITHIN_S):
                while True:
                    message = await self._received()
                    if isinstance(message, wire.Start):
                        return message
                    if isinstance(message, wire.End):
                        return Ending.HUNG_UP
                    if message is not None:
                        self._refuse(wire.BadMessage("audio_before_start", "send a start message before audio"))
                    if self._over.done():
                        return self._over.result()
                    await self._flush()
        except TimeoutError:
            return Ending.NO_START

    async def hold(self, start: wire.Start, make: MakeCall, settings: CallSettings) -> Ending:
        """Hold the call until either side ends it. Nothing of it is left running."""
        playout = Playout(latency=LEAD_SAMPLES + round(start.latency_ms * VOICE_RATE / 1000.0))
        self._pacer = Pacer(playout, self._clock, self._send_voice, lambda: self._outbox.audio < LEAD)
        read_tone = settings.read_tone and start.read_tone
        inbox = _Inbox(start.rate)
        self._outbox.put({"type": "ready", "rate": VOICE_RATE, "read_tone": read_tone})
        async with asyncio.TaskGroup() as group:
            names = ", ".join((*settings.expected, *start.names))
            call = replace(settings, read_tone=read_tone, names=names)
            talk = group.create_task(self._talk(lambda: make(call, self._observe, playout), inbox), name="talk")
            others = [
                group.create_task(self._read(inbox), name="read"),
                group.create_task(self._write(), name="write"),
                group.create_task(self._pacer.run(), name="pace"),
            ]
            ending = await self._over
            await inbox.channel.close()
            await asyncio.wait([talk], timeout=UNWIND_S)
            for task in (talk, *others):
                task.cancel()
        return ending

    async def close(self, ending: Ending) -> None:
        """Tell the client why, and close. A client that is gone or does not read is not waited for."""
        log.info("call ended: %s, %d unusable messages", ending.reason, self._errors)
        if ending is Ending.VANISHED:
            return
        last = {"type": "ended", "reason": ending.reason, "message": ending.message}
        try:
            async with asyncio.timeout(UNWIND_S):
                for text in (*self._outbox.rest(), wire.dump(last)):
                    await self._socket.send_text(text)
                await self._socket.close(ending.code, ending.reason)
        except (TimeoutError, WebSocketDisconnect, RuntimeError):
            log.info("the client did not wait for the end")

    # --- in -------------------------------------------------------------------------------------------------------

    async def _received(self) -> wire.Start | wire.End | Samples | None:
        """The client's next message; None for one that could not be used (the client has been told)."""
        if self._socket.client_state is WebSocketState.DISCONNECTED:
            self._finish(Ending.VANISHED)
            return None
        message = await self._socket.receive()
        if message["type"] == "websocket.disconnect":
            self._finish(Ending.VANISHED)
            return None
        text, data = message.get("text"), message.get("bytes")
        try:
            if text is not None:
                return wire.parse(text)
            return wire.samples_from(data or b"")
        except wire.BadMessage as bad:
            self._refuse(bad)
            return None

    async def _read(self, inbox: _Inbox) -> None:
        while not self._over.done():
            try:
                async with asyncio.timeout(AUDIO_WITHIN_S):
                    message = await self._received()
            except TimeoutError:
                self._finish(Ending.NO_AUDIO)
                return
            if isinstance(message, wire.End):
                self._finish(Ending.HUNG_UP)
            elif isinstance(message, wire.Start):
                self._refuse(wire.BadMessage("already_started", "this call has already started"))
            elif message is not None:
                await inbox.put(message)
                self._tell_lag(inbox)

    def _tell_lag(self, inbox: _Inbox) -> None:
        """Say it once when audio had to be thrown away."""
        if inbox.channel.dropped and not self._lagged:
            self._lagged = True
            self._observe(e.Trouble("sound came faster than it could be heard: some of it was lost"))

    def _refuse(self, bad: wire.BadMessage) -> None:
        self._errors += 1
        self._outbox.put(wire.error(bad.code, str(bad)))
        if self._errors >= MOST_ERRORS:
            self._finish(Ending.TOO_MANY_ERRORS)

    # --- out ------------------------------------------------------------------------------------------------------

    def _observe(self, event: e.CallEvent) -> None:
        pacer = self._pacer
        if pacer is not None and isinstance(event, e.Overlap):
            if event.action == "hold":
                pacer.hold()
            elif event.action == "restore":
                pacer.restore()
        for message in wire.event_messages(event):
            if message["type"] == "clear":
                self._outbox.clear_audio()
                if pacer is not None:
                    pacer.cleared()
            self._outbox.put(message)
        if self._outbox.full:
            self._finish(Ending.SLOW)

    def _send_voice(self, frame: Samples) -> None:
        self._outbox.put(wire.bytes_of(frame))

    async def _write(self) -> None:
        try:
            while True:
                await self._send(await self._outbox.get())
        except (WebSocketDisconnect, RuntimeError):
            self._finish(Ending.VANISHED)

    async def _flush(self) -> None:
        """Send what waits, before the call has a task that does."""
        try:
            for text in self._outbox.rest():
                await self._send(text)
        except (WebSocketDisconnect, RuntimeError):
            self._finish(Ending.VANISHED)
        self._outbox = Outbox()

    async def _send(self, message: str | bytes) -> None:
        if isinstance(message, str):
            await self._socket.send_text(message)
        else:
            await self._socket.send_bytes(message)

    async def _talk(self, make: Callable[[], Conversing], inbox: _Inbox) -> None:
        try:
            await make().run(aiter(inbox.channel))
            self._finish(Ending.HUNG_UP)
        except Exception as error:  # noqa: BLE001 - the task boundary of a call: the server goes on
            log.error("a call failed (%s)", type(error).__name__)
            self._finish(Ending.FAILED)

    def _finish(self, ending: Ending) -> None:
        """The first reason counts."""
        if not self._over.done():
            self._over.set_result(ending)
