"""What the media streams of Twilio, Telnyx and Plivo say, as pure functions: JSON in, one value out, and back.

The three are one protocol in three spellings: a start message, base64 audio both ways, keys that were pressed, a stop,
and a command that throws away what was not played. Sources: the providers' pages on media streaming.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Protocol

MOST_TEXT: Final = 200_000
"""Longest message in characters; Telnyx sends up to 30 s of audio in one."""

DIGITS: Final = frozenset("0123456789*#ABCD")


class BadStream(Exception):
    """A message of the provider that cannot be used; the text says why."""


@dataclass(frozen=True, slots=True)
class Started:
    """The stream begins. ``encoding``: "pcmu", "pcma" or "l16" (little-endian), at ``rate`` Hz."""

    stream: str
    encoding: str
    rate: int


@dataclass(frozen=True, slots=True)
class Media:
    audio: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Digit:
    """A key was pressed: one of :data:`DIGITS`."""

    key: str


@dataclass(frozen=True, slots=True)
class Stopped:
    """The call is over."""


@dataclass(frozen=True, slots=True)
class Noted:
    """Nothing to do: a greeting, a mark, a confirmation."""


Heard = Started | Media | Digit | Stopped | Noted


class Dialect(Protocol):
    """One provider's spelling."""

    def heard(self, text: str) -> Heard:
        """A message of the provider. Raises BadStream."""
        ...

    def media(self, stream: str, audio: bytes) -> dict[str, object]:
        """Our audio, encoded as the stream began."""
        ...

    def clear(self, stream: str) -> dict[str, object]:
        """Throw away what was not played."""
        ...


@dataclass(frozen=True, slots=True)
class Twilio:
    """https://www.twilio.com/docs/voice/media-streams/websocket-messages"""

    def heard(self, text: str) -> Heard:
        message = _message(text)
        if message["event"] == "start":
            start = _object(message, "start")
            return _started(_text(start, "streamSid"), _object(start, "mediaFormat"), "encoding", "sampleRate")
        return _common(message)

    def media(self, stream: str, audio: bytes) -> dict[str, object]:
        return {"event": "media", "streamSid": stream, "media": {"payload": _encoded(audio)}}

    def clear(self, stream: str) -> dict[str, object]:
        return {"event": "clear", "streamSid": stream}


@dataclass(frozen=True, slots=True)
class Telnyx:
    """https://developers.telnyx.com/docs/voice/programmable-voice/media-streaming"""

    def heard(self, text: str) -> Heard:
        message = _message(text)
        if message["event"] == "start":
            form = _object(_object(message, "start"), "media_format")
            return _started(_text(message, "stream_id"), form, "encoding", "sample_rate")
        return _common(message)

    def media(self, stream: str, audio: bytes) -> dict[str, object]:
        return {"event": "media", "media": {"payload": _encoded(audio)}}

    def clear(self, stream: str) -> dict[str, object]:
        return {"event": "clear"}


@dataclass(frozen=True, slots=True)
class Plivo:
    """https://www.plivo.com/docs/voice/audio-streaming/audio-streaming"""

    def heard(self, text: str) -> Heard:
        message = _message(text)
        if message["event"] == "start":
            start = _object(message, "start")
            return _started(_text(start, "streamId"), _object(start, "mediaFormat"), "encoding", "sampleRate")
        return _common(message)

    def media(self, stream: str, audio: bytes) -> dict[str, object]:
        body = {"contentType": "audio/x-mulaw", "sampleRate": 8_000, "payload": _encoded(audio)}
        return {"event": "playAudio", "media": body}

    def clear(self, stream: str) -> dict[str, object]:
        return {"event": "clearAudio", "streamId": stream}


DIALECTS: Final[Mapping[str, Dialect]] = {"twilio": Twilio(), "telnyx": Telnyx(), "plivo": Plivo()}

_ENCODINGS: Final = {
    "audio/x-mulaw": "pcmu", "pcmu": "pcmu", "audio/x-alaw": "pcma", "pcma": "pcma", "audio/x-l16": "l16", "l16": "l16",
}  # fmt: skip


def _message(text: str) -> Mapping[str, object]:
    if len(text) > MOST_TEXT:
        raise BadStream(f"a message may have {MOST_TEXT} characters")
    try:
        message = json.loads(text)
    except (ValueError, RecursionError):
        raise BadStream("this message is no JSON") from None
    if not isinstance(message, dict) or not isinstance(message.get("event"), str):
        raise BadStream("a message is an object with an event")
    return message


def _common(message: Mapping[str, object]) -> Heard:
    match message["event"]:
        case "media":
            media = _object(message, "media")
            if "outbound" in str(media.get("track", "inbound")):
                return Noted()  # our own voice, where somebody streams both tracks
            return Media(_decoded(media))
        case "dtmf":
            key = _text(_object(message, "dtmf"), "digit").upper()
            if key not in DIGITS:
                raise BadStream("a key is one of 0-9, *, #, A-D")
            return Digit(key)
        case "stop":
            return Stopped()
    return Noted()


def _started(stream: str, form: Mapping[str, object], encoding: str, rate: str) -> Started:
    found = _ENCODINGS.get(_text(form, encoding).lower())
    hz = form.get(rate)
    if found is None or isinstance(hz, bool) or hz not in (8_000, 16_000) or (found != "l16" and hz != 8_000):
        raise BadStream("a stream is mu-law or A-law at 8000 Hz, or linear at 8000 or 16000 Hz")
    return Started(stream, found, int(str(hz)))


def _object(message: Mapping[str, object], key: str) -> Mapping[str, object]:
    value = message.get(key)
    if not isinstance(value, dict):
        raise BadStream(f"{key} is missing")
    return value


def _text(message: Mapping[str, object], key: str) -> str:
    value = message.get(key)
    if not isinstance(value, str) or not 0 < len(value) <= 200:
        raise BadStream(f"{key} is missing")
    return value


def _decoded(media: Mapping[str, object]) -> bytes:
    payload = media.get("payload")
    if not isinstance(payload, str):
        raise BadStream("media has no payload")
    try:
        return base64.b64decode(payload, validate=True)
    except (binascii.Error, ValueError):
        raise BadStream("the payload is no base64") from None


def _encoded(audio: bytes) -> str:
    return base64.b64encode(audio).decode("ascii")
