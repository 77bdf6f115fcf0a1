"""What a client of the Realtime protocol may say, as pure functions: JSON in, one value or one error out."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final

from warmline.server.transport.text import whole

MOST_TEXT: Final = 2_000_000
"""Longest message in characters: about half a minute of audio at 24 kHz."""

MOST_SESSION: Final = 100_000
"""Longest session.update in characters."""

MOST_WORDS: Final = 20_000
"""Longest written message of a person, in characters."""


class BadEvent(Exception):
    """An event that cannot be used. ``code`` and ``param`` as OpenAI's errors have them; ``event_id`` is the client's
    own name for the event, where it gave one."""

    def __init__(self, code: str, message: str, param: str | None = None, event_id: str | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.param = param
        self.event_id = event_id


@dataclass(frozen=True, slots=True)
class SessionUpdate:
    session: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Append:
    audio: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Clear:
    """Forget audio that was not heard yet."""


@dataclass(frozen=True, slots=True)
class Commit:
    """The client would end the turn itself."""


@dataclass(frozen=True, slots=True)
class Write:
    """The person's written words, as the item ``id`` ("" to be named by us)."""

    text: str
    id: str


@dataclass(frozen=True, slots=True)
class Retrieve:
    id: str


@dataclass(frozen=True, slots=True)
class Delete:
    id: str


@dataclass(frozen=True, slots=True)
class Truncate:
    """The client played the item ``id`` only up to ``end_ms``."""

    id: str
    end_ms: int


@dataclass(frozen=True, slots=True)
class Respond:
    """Answer what was written."""


@dataclass(frozen=True, slots=True)
class Cancel:
    """Stop the running reply; ``id`` "" for whichever it is. ``must``: is it an error when none is running? A client
    that cancels a reply and then clears what it plays may have stopped it with the first of the two."""

    id: str
    must: bool = True


ClientEvent = SessionUpdate | Append | Clear | Commit | Write | Retrieve | Delete | Truncate | Respond | Cancel


@dataclass(frozen=True, slots=True)
class Received:
    event: ClientEvent
    event_id: str | None


def parse(text: str) -> Received:
    """One message of the client. Raises BadEvent."""
    if len(text) > MOST_TEXT:
        raise BadEvent("too_big", f"a message may have {MOST_TEXT} characters: send shorter pieces of audio")
    try:
        message = json.loads(text)
    except (ValueError, RecursionError):
        raise BadEvent("invalid_json", "this message is no JSON") from None
    if not isinstance(message, dict):
        raise BadEvent("invalid_event", "an event is a JSON object")
    event_id = message.get("event_id")
    name = event_id if isinstance(event_id, str) else None
    kind = message.get("type")
    make = _KINDS.get(kind) if isinstance(kind, str) else None
    try:
        if make is None:
            raise BadEvent("unknown_event", f"there are the events {', '.join(_KINDS)}", "type")
        if make is _session and len(text) > MOST_SESSION:
            raise BadEvent("too_big", f"a session.update may have {MOST_SESSION} characters", "session")
        return Received(make(message), name)
    except BadEvent as bad:
        bad.event_id = name
        raise


def _session(message: Mapping[str, object]) -> ClientEvent:
    session = message.get("session")
    if not isinstance(session, dict):
        raise BadEvent("invalid_value", "session.update needs a session", "session")
    return SessionUpdate(session)


def _append(message: Mapping[str, object]) -> ClientEvent:
    audio = message.get("audio")
    if not isinstance(audio, str):
        raise BadEvent("invalid_value", "audio is a text in base64", "audio")
    try:
        return Append(base64.b64decode(audio, validate=True))
    except (binascii.Error, ValueError):
        raise BadEvent("invalid_value", "audio is no base64", "audio") from None


def _create(message: Mapping[str, object]) -> ClientEvent:
    item = message.get("item")
    if not isinstance(item, dict):
        raise BadEvent("invalid_value", "conversation.item.create needs an item", "item")
    if item.get("type") != "message" or item.get("role") != "user":
        raise BadEvent("unsupported_item", "Warmline takes messages of the user only", "item.type")
    content = item.get("content")
    parts = content if isinstance(content, list) else []
    texts = [part.get("text") for part in parts if isinstance(part, dict) and part.get("type") == "input_text"]
    if len(texts) != len(parts) or not all(isinstance(text, str) for text in texts):
        raise BadEvent(
            "unsupported_content", "a message holds input_text; audio goes to input_audio_buffer.append", "item.content"
        )
    said = whole(" ".join(" ".join(str(text).split()) for text in texts).strip())
    if not said:
        raise BadEvent("invalid_value", "this message is empty", "item.content")
    if len(said) > MOST_WORDS:
        raise BadEvent("too_big", f"a message may have {MOST_WORDS} characters", "item.content")
    return Write(said, _name(item, "id", "item.id", optional=True))


def _truncate(message: Mapping[str, object]) -> ClientEvent:
    end_ms = message.get("audio_end_ms")
    if isinstance(end_ms, bool) or not isinstance(end_ms, int) or end_ms < 0:
        raise BadEvent("invalid_value", "audio_end_ms is a whole number from 0", "audio_end_ms")
    return Truncate(_name(message, "item_id", "item_id"), end_ms)


def _name(message: Mapping[str, object], key: str, param: str, optional: bool = False) -> str:
    value = message.get(key)
    if value is None and optional:
        return ""
    if not isinstance(value, str) or not 0 < len(value) <= 128:
        raise BadEvent("invalid_value", f"{param} is a name of at most 128 characters", param)
    return value


_KINDS: Final[Mapping[str, Callable[[Mapping[str, object]], ClientEvent]]] = {
    "session.update": _session,
    "input_audio_buffer.append": _append,
    "input_audio_buffer.clear": lambda _: Clear(),
    "input_audio_buffer.commit": lambda _: Commit(),
    "conversation.item.create": _create,
    "conversation.item.retrieve": lambda message: Retrieve(_name(message, "item_id", "item_id")),
    "conversation.item.delete": lambda message: Delete(_name(message, "item_id", "item_id")),
    "conversation.item.truncate": _truncate,
    "response.create": lambda _: Respond(),
    "response.cancel": lambda message: Cancel(_name(message, "response_id", "response_id", optional=True)),
    "output_audio_buffer.clear": lambda _: Cancel("", must=False),
}
