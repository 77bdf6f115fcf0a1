"""One call by the Realtime protocol, whatever carries it: what the client asks for is done, what happens is told.

A carrier gives it the client's events (:meth:`RealtimeCall.take`) and its audio, and sends what it tells. It holds the
session, the items and the written words; it knows no socket.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Final

from warmline.server import events as e
from warmline.server.auth import NO_VOUCHER, NotVouched, Vouched, operators_key
from warmline.server.settings import CallSettings
from warmline.server.transport.ear import MOST_WAITING_S, Ear
from warmline.server.transport.realtime import beta
from warmline.server.transport.realtime import messages as m
from warmline.server.transport.realtime.narrator import Narrator
from warmline.server.transport.realtime.session import Session, resumed_by, updated
from warmline.server.transport.resume import UNKNOWN
from warmline.server.transport.seat import Seat, Sitting
from warmline.server.transport.wire import Claim, event_messages, nothing_waits, transcript
from warmline.tts.playout import Playout

BEGINS: Final = (m.SessionUpdate, m.Append, m.Write, m.Respond)
"""What begins a call: what its session sets counts from the start."""


def fresh_name(prefix: str) -> str:
    return f"{prefix}_{secrets.token_urlsafe(12)}"


class RealtimeCall:
    """``send`` is given each event to be sent; ``refused`` is called for each of the client's that cannot be used.
    ``old``: the client speaks the beta's names. ``claim`` gives the waiting call that a token opens. ``ear`` is set by
    the carrier when the call begins; ``claimed`` is the call that the client takes up, ``sitting`` its hold on one."""

    def __init__(
        self,
        send: Callable[[Mapping[str, object]], None],
        refused: Callable[[], None],
        *,
        model: str = "",
        voice: str = "",
        old: bool = False,
        claim: Claim = nothing_waits,
        within_s: float = 0.0,
        vouched: Vouched = NO_VOUCHER,
    ) -> None:
        self.claimed: Seat | None = None
        self._claim = claim
        self._wanted = ""
        self._within_s = within_s
        self._vouched = vouched
        self._caller = vouched.caller_named("")
        self.session = Session(fresh_name("sess"), model=model or "warmline", voice=voice)
        self.sitting: Sitting | None = None
        self.ear: Ear | None = None
        self._send = send
        self._refused = refused
        self._old = old
        self._narrator = Narrator(fresh_name)
        self._written: list[str] = []

    @property
    def responding(self) -> str:
        """The name of the running response, or ""."""
        return self._narrator.responding

    def greet(self) -> None:
        """The first events of every session."""
        conversation = {"id": fresh_name("conv"), "object": "realtime.conversation"}
        self.tell({"type": "session.created", "session": self.session.view()})
        self.tell({"type": "conversation.created", "conversation": conversation})

    def settings(self, settings: CallSettings) -> CallSettings:
        """The operator's, with what the client may set."""
        session = self.session
        names = ", ".join((*settings.expected, *session.names))
        return replace(
            settings,
            read_tone=settings.read_tone and session.read_tone,
            names=names,
            caller=self._caller or session.caller,
            speed=settings.speed * session.speed,
        )

    async def resume(self) -> bool:
        """Claim the call that the client asked for, if it did. False where there is none (the client has been told)."""
        token, self._wanted = self._wanted, ""
        if token:
            self.claimed = await self._claim(token)
            if self.claimed is None:
                self.refuse(m.BadEvent("resume_unknown", UNKNOWN, "session.x_session.resume"))
        return not token or self.claimed is not None

    def sit(self, seat: Seat, settings: CallSettings, observe: e.Observer, playout: Playout) -> Sitting:
        """Take the seat, and tell the client what opens it the next time, and what was said so far."""
        resumed = seat is self.claimed
        told: dict[str, object] = {"resume": {"token": seat.token, "within_s": self._within_s}, "resumed": resumed}
        if resumed:
            told |= {"away_s": round(seat.away_s, 2), "transcript": transcript(seat.said)}
        self.tell({"type": "x_session", **told})
        if resumed:
            self.sitting = seat.take_up(observe, playout)
        else:
            self.sitting = seat.begin(self.settings(settings), observe, playout)
        return self.sitting

    def received(self, text: str | bytes) -> m.Received | None:
        """A message of the client; None for one that could not be used (the client has been told)."""
        try:
            if isinstance(text, bytes):
                raise m.BadEvent("invalid_event", "events are JSON texts; audio is in base64 in them")
            return m.parse(text)
        except m.BadEvent as bad:
            self.refuse(bad)
            return None

    def take(self, received: m.Received) -> bool:
        """Do what the client asks for. False where it could not be done (the client has been told)."""
        try:
            self._do(received.event)
        except m.BadEvent as bad:
            bad.event_id = received.event_id
            self.refuse(bad)
            return False
        return True

    def observe(self, event: e.CallEvent) -> None:
        """The conversation's observer."""
        self.tell(*self._narrator.event(event))
        if self.session.events:
            self.tell(*({"type": "x_warmline.event", "event": told} for told in event_messages(event)))

    def voice(self, encoded: str) -> dict[str, object] | None:
        """A frame of our voice, in base64, as an event; None where no response is running."""
        delta = self._narrator.audio(encoded)
        return None if delta is None else self.named(delta)

    def tell(self, *events: Mapping[str, object]) -> None:
        for event in events:
            named = self.named(event)
            if named is not None:
                self._send(named)

    def refuse(self, bad: m.BadEvent) -> None:
        self.tell(error(bad))
        self._refused()

    def named(self, event: Mapping[str, object]) -> dict[str, object] | None:
        """With an id, in the client's names; None for what these do not have."""
        full = {"event_id": fresh_name("event"), **event}
        return beta.told(full) if self._old else full

    # --- what a client asks for ---------------------------------------------------------------------------------------

    def _do(self, event: m.ClientEvent) -> None:
        match event:
            case m.SessionUpdate(session):
                patch = beta.asked(session) if self._old else session
                self._wanted, caller = self._resumes(patch), self._named(patch)
                self.session = updated(self.session, patch, begun=self.ear is not None)
                self._caller = caller
                self.tell({"type": "session.updated", "session": self.session.view()})
            case m.Append(audio):
                self._append(audio)
            case m.Write(text, id):
                self._written.append(text)
                self.tell(*self._narrator.wrote(text, id))
            case m.Respond():
                self._respond()
            case m.Cancel(must=False) if not self._narrator.responding:
                pass
            case m.Cancel(id):
                self._cancel(id)
            case _:
                self._keep_books(event)

    def _resumes(self, session: Mapping[str, object]) -> str:
        token = resumed_by(session)
        if token and self.ear is not None:
            raise m.BadEvent("too_late", "a call is taken up before one begins", "session.x_session")
        return token

    def _named(self, session: Mapping[str, object]) -> str:
        try:
            key = operators_key(session.get("x_caller"))
            caller = self._vouched.caller_named(key) if key else self._caller
        except ValueError as error:
            raise m.BadEvent("invalid_value", str(error), "session.x_caller") from None
        except NotVouched as error:
            raise m.BadEvent("caller_not_vouched", str(error), "session.x_caller") from None
        if self.ear is not None and caller != self._caller:
            raise m.BadEvent("too_late", "x_caller is set before the call begins", "session.x_caller")
        return caller

    def _append(self, audio: bytes) -> None:
        heard = self.session.heard
        if len(audio) % heard.width:
            raise m.BadEvent("invalid_value", "PCM16 has two bytes a sample", "audio")
        if self.ear is not None and not self.ear.append(heard.decode(audio)):
            waits = f"over {MOST_WAITING_S:.0f} s of audio wait: send it as it is spoken"
            raise m.BadEvent("buffer_full", waits, "audio")

    def _respond(self) -> None:
        if not self._written or self.sitting is None:
            raise m.BadEvent("nothing_to_answer", "nothing was written: what is spoken is answered by itself")
        words, self._written = self._written, []
        self.sitting.write(" ".join(words))

    def _cancel(self, id: str) -> None:
        running = self._narrator.responding
        if not running or (id and id != running) or self.sitting is None:
            raise m.BadEvent("response_cancel_not_active", "no such response is running", "response_id")
        self._narrator.stopping()
        self.sitting.stop_reply()

    def _keep_books(self, event: m.ClientEvent) -> None:
        """Items and the buffer: nothing of the talk changes by these."""
        match event:
            case m.Clear():
                if self.ear is not None:
                    self.ear.clear()
                self.tell({"type": "input_audio_buffer.cleared"})
            case m.Commit():
                raise m.BadEvent("input_audio_buffer_commit_unsupported", "Warmline hears itself when a turn is over")
            case m.Retrieve(id):
                self.tell({"type": "conversation.item.retrieved", "item": self._item(id)})
            case m.Delete(id):
                self._item(id)
                self._narrator.delete(id)
                self.tell({"type": "conversation.item.deleted", "item_id": id})
            case m.Truncate(id, end_ms):
                self._item(id)
                place: dict[str, object] = {"item_id": id, "content_index": 0, "audio_end_ms": end_ms}
                self.tell({"type": "conversation.item.truncated", **place})

    def _item(self, id: str) -> Mapping[str, object]:
        item = self._narrator.item(id)
        if item is None:
            raise m.BadEvent("item_not_found", f"there is no item {id[:40]!r}", "item_id")
        return item


def error(bad: m.BadEvent) -> dict[str, object]:
    """The protocol's error event."""
    told = {
        "type": "invalid_request_error",
        "code": bad.code,
        "message": str(bad),
        "param": bad.param,
        "event_id": bad.event_id,
    }
    return {"type": "error", "error": told}
