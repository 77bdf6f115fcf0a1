"""What the media streams of Twilio, Telnyx and Plivo say, as pure functions: JSON in, one value out, and back.

The three are one protocol in three spellings: a start message, base64 audio both ways, keys that were pressed, a stop,
and a command that throws away what was not played. Sources: the providers' pages on media streaming. Asterisk's
channel, in :mod:`~warmline.server.transport.telephony.asterisk`, is a dialect that can do more.
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


Message = Mapping[str, object] | str | bytes
"""What goes out: an object as JSON, a text, or audio as it is."""


@dataclass(frozen=True, slots=True)
class Started:
    """The stream begins. ``encoding``: "pcmu", "pcma" or "l16" (little-endian), at ``rate`` Hz. ``frame``: bytes of
    which the line takes whole multiples, 0 for any number."""

    stream: str
    encoding: str
    rate: int
    frame: int = 0


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
class Played:
    """All that was sent before the mark ``number`` has been played."""

    number: int


@dataclass(frozen=True, slots=True)
class Room:
    """Whether the line takes more audio now."""

    open: bool


@dataclass(frozen=True, slots=True)
class Noted:
    """Nothing to do: a greeting, a confirmation."""


Heard = Started | Media | Digit | Stopped | Played | Room | Noted


class Dialect(Protocol):
    """One line's spelling. What a line cannot do is None."""

    def heard(self, message: str | bytes) -> Heard:
        """A message of the line. Raises BadStream."""
        ...

    def media(self, stream: str, audio: bytes) -> Message:
        """Our audio, encoded as the stream began."""
        ...

    def clear(self, stream: str) -> Message:
        """Throw away what was not played."""
        ...

    def begin(self, start: Started) -> Message | None:
        """What has to be said before our first audio, and again after each :meth:`clear`."""
        ...

    def mark(self, stream: str, number: int) -> Message | None:
        """Ask to be told, by :class:`Played`, when all that was sent before has been played."""
        ...

    def hold(self) -> Message | None: ...

    def restore(self) -> Message | None: ...

    def hang_up(self) -> Message | None:
        """The last word, before the connection is closed."""
        ...


class Plain:
    """A line that cannot hold what it was sent, needs no opening words, and is hung up by closing."""

    __slots__ = ()

    def begin(self, start: Started) -> Message | None:
        return None

    def hold(self) -> Message | None:
        return None

    def restore(self) -> Message | None:
        return None

    def hang_up(self) -> Message | None:
        return None


@dataclass(frozen=True, slots=True)
class Twilio(Plain):
    """https://www.twilio.com/docs/voice/media-streams/websocket-messages"""

    def heard(self, message: str | bytes) -> Heard:
        said = event_of(message)
        if said["event"] == "start":
            start = _object(said, "start")
            return _started(_text(start, "streamSid"), _object(start, "mediaFormat"), "encoding", "sampleRate")
        return _common(said)

    def media(self, stream: str, audio: bytes) -> dict[str, object]:
        return {"event": "media", "streamSid": stream, "media": {"payload": _encoded(audio)}}

    def clear(self, stream: str) -> dict[str, object]:
        return {"event": "clear", "streamSid": stream}

    def mark(self, stream: str, number: int) -> dict[str, object]:
        return {"event": "mark", "streamSid": stream, "mark": {"name": str(number)}}


@dataclass(frozen=True, slots=True)
class Telnyx(Plain):
    """https://developers.telnyx.com/docs/voice/programmable-voice/media-streaming"""

    def heard(self, message: str | bytes) -> Heard:
        said = event_of(message)
        if said["event"] == "start":
            form = _object(_object(said, "start"), "media_format")
            return _started(_text(said, "stream_id"), form, "encoding", "sample_rate")
        return _common(said)

    def media(self, stream: str, audio: bytes) -> dict[str, object]:
        return {"event": "media", "media": {"payload": _encoded(audio)}}

    def clear(self, stream: str) -> dict[str, object]:
        return {"event": "clear"}

    def mark(self, stream: str, number: int) -> dict[str, object]:
        return {"event": "mark", "mark": {"name": str(number)}}


@dataclass(frozen=True, slots=True)
class Plivo(Plain):
    """https://www.plivo.com/docs/voice/audio-streaming/audio-streaming"""

    def heard(self, message: str | bytes) -> Heard:
        said = event_of(message)
        if said["event"] == "start":
            start = _object(said, "start")
            return _started(_text(start, "streamId"), _object(start, "mediaFormat"), "encoding", "sampleRate")
        return _common(said)

    def media(self, stream: str, audio: bytes) -> dict[str, object]:
        body = {"contentType": "audio/x-mulaw", "sampleRate": 8_000, "payload": _encoded(audio)}
        return {"event": "playAudio", "media": body}

    def clear(self, stream: str) -> dict[str, object]:
        return {"event": "clearAudio", "streamId": stream}

    def mark(self, stream: str, number: int) -> dict[str, object]:
        return {"event": "checkpoint", "streamId": stream, "name": str(number)}


DIALECTS: Final[Mapping[str, Dialect]] = {"twilio": Twilio(), "telnyx": Telnyx(), "plivo": Plivo()}

_ENCODINGS: Final = {
    "audio/x-mulaw": "pcmu", "pcmu": "pcmu", "audio/x-alaw": "pcma", "pcma": "pcma", "audio/x-l16": "l16", "l16": "l16",
}  # fmt: skip


def event_of(message: str | bytes) -> Mapping[str, object]:
    """A message as an object with an event. Raises BadStream."""
    if isinstance(message, bytes):
        raise BadStream("messages are texts")
    if len(message) > MOST_TEXT:
        raise BadStream(f"a message may have {MOST_TEXT} characters")
    try:
        said = json.loads(message)
    except (ValueError, RecursionError):
        raise BadStream("this message is no JSON") from None
    if not isinstance(said, dict) or not isinstance(said.get("event"), str):
        raise BadStream("a message is an object with an event")
    return said


def key_of(digit: object) -> Heard:
    """A key that was pressed; one that no telephone has is nobody's fault."""
    key = digit.upper() if isinstance(digit, str) else ""
    return Digit(key) if key in DIGITS else Noted()


def played(name: object) -> Heard:
    """A mark that came back; one that is none of ours says nothing."""
    number = whole_of(name)
    return Noted() if number is None else Played(number)


def whole_of(value: object) -> int | None:
    """A whole number from 0, written as one or as a text; None for anything else."""
    if isinstance(value, int) and not isinstance(value, bool):
        return value if value >= 0 else None
    return int(value) if isinstance(value, str) and len(value) < 16 and value.isascii() and value.isdigit() else None


def _common(message: Mapping[str, object]) -> Heard:
    match message["event"]:
        case "media":
            media = _object(message, "media")
            if "outbound" in str(media.get("track", "inbound")):
                return Noted()  # our own voice, where somebody streams both tracks
            return Media(_decoded(media))
        case "dtmf":
            return key_of(_object(message, "dtmf").get("digit"))
        case "stop":
            return Stopped()
        case "mark":
            return played(_object(message, "mark").get("name"))
        case "playedStream":
            return played(message.get("name"))
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
