"""One call by the Realtime protocol over a WebSocket: the client's events in, the call's events and audio out.

The conversation begins with the client's first ``session.update`` or the first audio or words, so that what the session
sets counts from the start. Audio goes out as it is played, a little ahead: what a client holds is never more than
60 ms, and what was cut off before is what it heard.
"""

from __future__ import annotations

import asyncio
import base64
import secrets
from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from starlette.websockets import WebSocket

from warmline.server import events as e
from warmline.server.config import CallSettings
from warmline.server.transport.connection import UNWIND_S, Connection
from warmline.server.transport.conversing import Conversing, MakeCall, talk
from warmline.server.transport.ear import MOST_WAITING_S, Ear
from warmline.server.transport.ending import Ending
from warmline.server.transport.pacer import LEAD, LEAD_SAMPLES, Pacer
from warmline.server.transport.realtime import beta
from warmline.server.transport.realtime import messages as m
from warmline.server.transport.realtime.narrator import Narrator
from warmline.server.transport.realtime.session import Session, updated
from warmline.speech.audio.resample import Resampler
from warmline.speech.runtime.clock import Clock
from warmline.speech.types import Samples
from warmline.tts.playout import Playout
from warmline.tts.types import VOICE_RATE

BEGIN_WITHIN_S: Final = 60.0
"""A client that has set nothing, said nothing and written nothing for so long does not call."""

BEGINS: Final = (m.SessionUpdate, m.Append, m.Write, m.Respond)


def fresh_name(prefix: str) -> str:
    return f"{prefix}_{secrets.token_urlsafe(12)}"


class RealtimeLine:
    """As :class:`~warmline.server.transport.websocket.Line`, in another protocol. ``old``: the client speaks the
    beta's."""

    def __init__(
        self, socket: WebSocket, clock: Clock, model: str = "warmline", voice: str = "", *, old: bool = False
    ) -> None:
        self._connection = Connection(socket)
        self._clock = clock
        self._old = old
        self._session = Session(fresh_name("sess"), model=model or "warmline", voice=voice)
        self._narrator = Narrator(fresh_name)
        self._written: list[str] = []
        self._ear: Ear | None = None
        self._conversation: Conversing | None = None
        self._resampler: Resampler | None = None

    async def started(self) -> m.Received | Ending:
        """The event with which the client begins the call. Or why there will be none."""
        connection = self._connection
        self._tell({"type": "session.created", "session": self._session.view()})
        conversation = {"id": fresh_name("conv"), "object": "realtime.conversation"}
        self._tell({"type": "conversation.created", "conversation": conversation})
        await connection.flush()
        try:
            async with asyncio.timeout(BEGIN_WITHIN_S):
                while not connection.over.done():
                    received = await self._received()
                    if received is not None and isinstance(received.event, BEGINS) and self._prepared(received):
                        return received
                    if received is not None and not isinstance(received.event, BEGINS):
                        self._take(received)
                    await connection.flush()
                return connection.over.result()
        except TimeoutError:
            return Ending.NO_START

    async def hold(self, first: m.Received, make: MakeCall, settings: CallSettings) -> Ending:
        """Hold the call until either side ends it. Nothing of it is left running."""
        connection, session = self._connection, self._session
        playout = Playout(latency=LEAD_SAMPLES)
        pacer = Pacer(playout, self._clock, self._send_voice, lambda: connection.outbox.audio < LEAD)
        self._ear = ear = Ear(session.heard.rate, self._clock)
        self._resampler = Resampler(VOICE_RATE, session.said.rate)
        names = ", ".join((*settings.expected, *session.names))
        call = replace(settings, read_tone=settings.read_tone and session.read_tone, names=names, caller="")

        def made() -> Conversing:
            self._conversation = make(call, self._observe, playout)
            return self._conversation

        async with asyncio.TaskGroup() as group:
            talking = group.create_task(talk(made, aiter(ear.channel), connection.finish), name="talk")
            await asyncio.sleep(0)
            if not isinstance(first.event, m.SessionUpdate):
                self._take(first)
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

    async def close(self, ending: Ending) -> None:
        """Tell the client why, and close."""
        last = None if ending is Ending.HUNG_UP else self._named(_error(m.BadEvent(ending.reason, ending.message)))
        await self._connection.close(ending, last)

    # --- in -----------------------------------------------------------------------------------------------------------

    async def _received(self) -> m.Received | None:
        """The client's next event; None for one that could not be used (the client has been told)."""
        message = await self._connection.received()
        if message is None:
            return None
        try:
            if isinstance(message, bytes):
                raise m.BadEvent("invalid_event", "events are JSON texts; audio is in base64 in them")
            return m.parse(message)
        except m.BadEvent as bad:
            self._refuse(bad)
            return None

    async def _read(self) -> None:
        while not self._connection.over.done():
            received = await self._received()
            if received is not None:
                self._take(received)

    def _prepared(self, received: m.Received) -> bool:
        """Before the call begins, what the session sets is set; False where it could not be."""
        if not isinstance(received.event, m.SessionUpdate):
            return True
        return self._update(received.event, received.event_id, begun=False)

    def _take(self, received: m.Received) -> None:
        try:
            match received.event:
                case m.SessionUpdate() as event:
                    self._update(event, received.event_id, begun=self._ear is not None)
                case m.Append(audio):
                    self._append(audio)
                case m.Write(text, id):
                    self._written.append(text)
                    self._tell(*self._narrator.wrote(text, id))
                case m.Respond():
                    self._respond()
                case m.Cancel(id):
                    self._cancel(id)
                case _:
                    self._keep_books(received.event)
        except m.BadEvent as bad:
            bad.event_id = received.event_id
            self._refuse(bad)

    def _update(self, event: m.SessionUpdate, event_id: str | None, begun: bool) -> bool:
        try:
            patch = beta.asked(event.session) if self._old else event.session
            self._session = updated(self._session, patch, begun)
        except m.BadEvent as bad:
            bad.event_id = event_id
            self._refuse(bad)
            return False
        self._tell({"type": "session.updated", "session": self._session.view()})
        return True

    def _append(self, audio: bytes) -> None:
        if len(audio) % self._session.heard.width:
            raise m.BadEvent("invalid_value", "PCM16 has two bytes a sample", "audio")
        if self._ear is not None and not self._ear.append(self._session.heard.decode(audio)):
            raise m.BadEvent(
                "buffer_full", f"over {MOST_WAITING_S:.0f} s of audio wait: send it as it is spoken", "audio"
            )

    def _respond(self) -> None:
        if not self._written or self._conversation is None:
            raise m.BadEvent("nothing_to_answer", "nothing was written: what is spoken is answered by itself")
        words, self._written = self._written, []
        self._conversation.write(" ".join(words))

    def _cancel(self, id: str) -> None:
        running = self._narrator.responding
        if not running or (id and id != running) or self._conversation is None:
            raise m.BadEvent("response_cancel_not_active", "no such response is running", "response_id")
        self._narrator.stopping()
        self._conversation.stop_reply()

    def _keep_books(self, event: m.ClientEvent) -> None:
        """Items and the buffer: nothing of the talk changes by these."""
        match event:
            case m.Clear():
                if self._ear is not None:
                    self._ear.clear()
                self._tell({"type": "input_audio_buffer.cleared"})
            case m.Commit():
                raise m.BadEvent("input_audio_buffer_commit_unsupported", "Warmline hears itself when a turn is over")
            case m.Retrieve(id):
                self._tell({"type": "conversation.item.retrieved", "item": self._item(id)})
            case m.Delete(id):
                self._item(id)
                self._narrator.delete(id)
                self._tell({"type": "conversation.item.deleted", "item_id": id})
            case m.Truncate(id, end_ms):
                self._item(id)
                place: dict[str, object] = {"item_id": id, "content_index": 0, "audio_end_ms": end_ms}
                self._tell({"type": "conversation.item.truncated", **place})

    def _item(self, id: str) -> Mapping[str, object]:
        item = self._narrator.item(id)
        if item is None:
            raise m.BadEvent("item_not_found", f"there is no item {id[:40]!r}", "item_id")
        return item

    # --- out ----------------------------------------------------------------------------------------------------------

    def _observe(self, event: e.CallEvent) -> None:
        if isinstance(event, e.DraftDiscarded) or (isinstance(event, e.Overlap) and event.action == "cancel"):
            self._connection.outbox.clear_audio()
        self._tell(*self._narrator.event(event))

    def _send_voice(self, frame: Samples) -> None:
        assert self._resampler is not None
        encoded = self._session.said.encode(self._resampler.push(frame))
        delta = self._narrator.audio(base64.b64encode(encoded).decode()) if encoded else None
        if delta is not None:
            self._put(delta, audio=True)

    def _tell(self, *events: Mapping[str, object]) -> None:
        for event in events:
            self._put(event)

    def _put(self, event: Mapping[str, object], *, audio: bool = False) -> None:
        outbox = self._connection.outbox
        named = beta.told(self._named(event)) if self._old else self._named(event)
        if named is not None:
            outbox.put(named, audio=audio)
        if outbox.full:
            self._connection.finish(Ending.SLOW)

    def _refuse(self, bad: m.BadEvent) -> None:
        self._tell(_error(bad))
        self._connection.refused()

    @staticmethod
    def _named(event: Mapping[str, object]) -> dict[str, object]:
        return {"event_id": fresh_name("event"), **event}


def _error(bad: m.BadEvent) -> dict[str, object]:
    error = {
        "type": "invalid_request_error",
        "code": bad.code,
        "message": str(bad),
        "param": bad.param,
        "event_id": bad.event_id,
    }
    return {"type": "error", "error": error}
