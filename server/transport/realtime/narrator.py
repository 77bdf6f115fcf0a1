"""A call told in the events of the Realtime protocol: items, responses, transcripts, audio. Pure but for the names
that it is given.

A draft is told only once it is let out. What was withdrawn because the person went on is deleted again, so that a
client's history holds what was said and heard. Deltas of a transcript are our pieces as they are spoken; a recognised
text comes whole, because partial words of ours may still change.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from warmline.dialogue.types import Outcome, TurnId
from warmline.server import events as e
from warmline.server.views import plan_view, tags_view
from warmline.speech.types import seconds_of

Event = dict[str, object]
Names = Callable[[str], str]
"""A fresh name with a prefix: names("item") is "item_..."."""

_ENDS = {
    Outcome.SPOKEN: ("completed", None),
    Outcome.CUT: ("cancelled", {"type": "cancelled", "reason": "turn_detected"}),
    Outcome.FAILED: ("completed", None),
    Outcome.DISCARDED: ("cancelled", {"type": "cancelled", "reason": "turn_detected"}),
}


@dataclass(slots=True)
class _User:
    """What the person is saying: its item, and whether it was told as said."""

    turn: TurnId
    item: str
    onset: int
    end: int
    committed: bool = False
    transcribed: bool = False


@dataclass(slots=True)
class _Response:
    turn: TurnId
    id: str
    item: str
    texts: list[str] = field(default_factory=list)
    stopped: bool = False


class Narrator:
    """Feed it with :meth:`event`, :meth:`wrote` and :meth:`audio`; each gives the events to send, in order."""

    def __init__(self, names: Names) -> None:
        self._names = names
        self._items: dict[str, Mapping[str, object]] = {}
        self._last: str | None = None
        self._user: _User | None = None
        self._response: _Response | None = None
        self._planned: e.Planned | None = None
        self._drafted: list[str] = []

    @property
    def responding(self) -> str:
        """The name of the running response, or ""."""
        return "" if self._response is None else self._response.id

    def item(self, id: str) -> Mapping[str, object] | None:
        return self._items.get(id)

    def delete(self, id: str) -> None:
        self._items.pop(id, None)

    def stopping(self) -> None:
        """The client itself asked for the end of the running response."""
        if self._response is not None:
            self._response.stopped = True

    def wrote(self, words: str, id: str) -> list[Event]:
        """The person wrote ``words``; they become an item."""
        content = [{"type": "input_text", "text": words}]
        return self._added({"id": id or self._names("item"), "role": "user", "content": content}, done=True)

    def audio(self, encoded: str) -> Event | None:
        """A frame of our voice in base64; None where no response is running (the tail of one that was cut)."""
        response = self._response
        if response is None:
            return None
        return self._part("response.output_audio.delta", response) | {"delta": encoded}

    def event(self, event: e.CallEvent) -> list[Event]:
        match event:
            case e.TurnBegan(turn, onset):
                return self._began(turn, onset)
            case e.DraftStarted(turn, end) if self._user is not None and self._user.turn == turn:
                self._user.end = end
            case e.DraftDiscarded(turn):
                return self._discarded(turn)
            case e.Planned():
                self._planned = event
                return self._transcript() if self._responding_to(event.turn) else []
            case e.ReplyReleased(turn):
                return self._released(turn)
            case e.ReplyText(turn, text, source):
                return self._text(turn, text, source)
            case e.ReplyEnded():
                return self._ended(event)
            case e.ToneSoFar(turn, tone, at):
                return self._tone(turn, tone.valence, tone.arousal, tone.confidence, at)
            case e.ReportReady(link):
                return [{"type": "x_warmline.report", "url": f"/report#{link}"}]
            case e.Trouble(what):
                return [{"type": "x_warmline.trouble", "what": what}]
        return []

    # --- the person ---------------------------------------------------------------------------------------------------

    def _began(self, turn: TurnId, onset: int) -> list[Event]:
        before = self._stopped() if self._user is not None and not self._user.committed else []
        self._user = _User(turn, self._names("item"), onset, onset)
        started: Event = {
            "type": "input_audio_buffer.speech_started",
            "audio_start_ms": _ms(onset),
            "item_id": self._user.item,
        }
        return [*before, started]

    def _stopped(self) -> list[Event]:
        user = self._user
        assert user is not None
        return [
            {
                "type": "input_audio_buffer.speech_stopped",
                "audio_end_ms": _ms(max(user.end, user.onset)),
                "item_id": user.item,
            }
        ]

    def _committed(self) -> list[Event]:
        """The turn is over: its item, and its words where they are known."""
        user = self._user
        assert user is not None
        user.committed = True
        committed: Event = {
            "type": "input_audio_buffer.committed",
            "item_id": user.item,
            "previous_item_id": self._last,
        }
        content = [{"type": "input_audio", "transcript": None}]
        item = {"id": user.item, "role": "user", "content": content}
        return [*self._stopped(), committed, *self._added(item, done=True), *self._transcript()]

    def _transcript(self) -> list[Event]:
        """The words of the turn that is being answered, and what was made of them."""
        planned, user = self._planned, self._user
        if planned is None or not self._responding_to(planned.turn):
            return []
        ours: Event = {"type": "x_warmline.plan", "words": planned.words, "plan": plan_view(planned.plan)}
        self._planned = None
        if user is None or user.turn != planned.turn or user.transcribed:
            return [ours]
        user.transcribed = True
        content = [{"type": "input_audio", "transcript": planned.words}]
        self._items[user.item] = {**self._items.get(user.item, {}), "content": content}
        name: Event = {"item_id": user.item, "content_index": 0}
        kind = "conversation.item.input_audio_transcription"
        done: Event = {
            "type": f"{kind}.completed",
            **name,
            "transcript": planned.words,
            "usage": {"type": "duration", "seconds": round(seconds_of(max(user.end - user.onset, 0)), 2)},
            "x_emotion": tags_view(planned.tags),
        }
        return [{"type": f"{kind}.delta", **name, "delta": planned.words}, done, ours | {"item_id": user.item}]

    def _tone(self, turn: TurnId, valence: float, arousal: float, confidence: float, at: int) -> list[Event]:
        user = self._user
        if user is None or user.turn != turn:
            return []
        felt: Event = {"valence": valence, "arousal": arousal, "confidence": confidence}
        span: Event = {"start_ms": _ms(user.onset), "end_ms": _ms(at)}
        return [{"type": "x_emotion.user", "item_id": user.item, **span, **felt}]

    # --- our reply ----------------------------------------------------------------------------------------------------

    def _responding_to(self, turn: TurnId) -> bool:
        return self._response is not None and self._response.turn == turn

    def _released(self, turn: TurnId) -> list[Event]:
        response = _Response(turn, self._names("resp"), self._names("item"))
        self._response = response
        spoken = self._user is not None and self._user.turn == turn and not self._user.committed
        before = self._committed() if spoken else self._transcript()
        item = {"id": response.item, "role": "assistant", "content": [], "status": "in_progress"}
        created: Event = {"type": "response.created", "response": self._view(response, "in_progress", None, [])}
        placed: Event = {"response_id": response.id, "output_index": 0, "item": _message(item)}
        added = self._added(item, done=False)
        part = self._part("response.content_part.added", response) | {"part": {"type": "audio", "transcript": ""}}
        texts, self._drafted = self._drafted, []
        said = [event for text in texts for event in self._delta(response, text)]
        return [*before, created, {"type": "response.output_item.added", **placed}, *added, part, *said]

    def _text(self, turn: TurnId, text: str, source: str) -> list[Event]:
        if self._response is not None and self._response.turn == turn:
            return self._delta(self._response, text)
        self._drafted.append(text)
        return []

    def _delta(self, response: _Response, text: str) -> list[Event]:
        delta = f" {text}" if response.texts else text
        response.texts.append(text)
        return [self._part("response.output_audio_transcript.delta", response) | {"delta": delta}]

    def _ended(self, event: e.ReplyEnded) -> list[Event]:
        if self._response is None or self._response.turn != event.turn:
            return []
        outcome = event.outcome
        said = event.heard if outcome is Outcome.CUT else event.planned
        extra = {"planned": event.planned, "heard": event.heard, "stages_ms": dict(event.stages_ms)}
        return self._close(outcome, said, extra)

    def _discarded(self, turn: TurnId) -> list[Event]:
        """A draft that nobody heard of, or a reply that was let out and is taken back: then its items go, too."""
        self._drafted = []
        if self._planned is not None and self._planned.turn == turn:
            self._planned = None
        if not self._responding_to(turn):
            return []
        response, user = self._response, self._user
        assert response is not None
        closing = self._close(Outcome.DISCARDED, "", {})
        gone = [response.item]
        self._last = None if self._last in gone else self._last
        again: list[Event] = []
        if user is not None and user.turn == turn:
            gone.append(user.item)
            again = self._began(turn, user.onset)
        for item in gone:
            self._items.pop(item, None)
        deleted: list[Event] = [{"type": "conversation.item.deleted", "item_id": item} for item in gone]
        return [*closing, *deleted, *again]

    def _close(self, outcome: Outcome, said: str, extra: Mapping[str, object]) -> list[Event]:
        response = self._response
        assert response is not None
        self._response = None
        status, details = _ENDS[outcome]
        if details is not None and response.stopped:
            details = {"type": "cancelled", "reason": "client_cancelled"}
        item = {
            "id": response.item,
            "role": "assistant",
            "content": [{"type": "output_audio", "transcript": said}],
            "status": "completed" if status == "completed" else "incomplete",
        }
        self._items[response.item] = _message(item)
        view = self._view(response, status, details, [_message(item)])
        if extra:
            view["x_warmline"] = dict(extra)
        return [
            self._part("response.output_audio.done", response),
            self._part("response.output_audio_transcript.done", response) | {"transcript": said},
            self._part("response.content_part.done", response) | {"part": {"type": "audio", "transcript": said}},
            {
                "type": "response.output_item.done",
                "response_id": response.id,
                "output_index": 0,
                "item": _message(item),
            },
            {"type": "conversation.item.done", "previous_item_id": None, "item": _message(item)},
            {"type": "response.done", "response": view},
        ]

    # --- shapes -------------------------------------------------------------------------------------------------------

    def _added(self, item: Mapping[str, object], done: bool) -> list[Event]:
        full = _message({"status": "completed", **item})
        before, self._last = self._last, str(full["id"])
        self._items[self._last] = full
        told: Event = {"previous_item_id": before, "item": full}
        added: Event = {"type": "conversation.item.added", **told}
        return [added, {"type": "conversation.item.done", **told}] if done else [added]

    def _part(self, kind: str, response: _Response) -> Event:
        return {
            "type": kind,
            "response_id": response.id,
            "item_id": response.item,
            "output_index": 0,
            "content_index": 0,
        }

    def _view(
        self, response: _Response, status: str, details: Mapping[str, object] | None, output: list[Event]
    ) -> Event:
        return {
            "object": "realtime.response",
            "id": response.id,
            "status": status,
            "status_details": details,
            "output": output,
            "output_modalities": ["audio"],
            "usage": None,
            "metadata": None,
        }


def _message(item: Mapping[str, object]) -> Event:
    return {"object": "realtime.item", "type": "message", **item}


def _ms(sample: int) -> int:
    return round(seconds_of(sample) * 1000.0)
