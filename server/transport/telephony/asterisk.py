"""What Asterisk's WebSocket channel (chan_websocket) says, as functions: texts and audio in, one value out, and back.

Audio is binary, control is text: JSON, or one line of words before Asterisk 20.18, 22.8 and 23.2 and wherever it is set
so; it is answered as it speaks. Asterisk times and frames what it is sent, queues up to 20 s of it, and can hold it,
throw it away and tell what it has played: such a line needs no guess about what was heard.
Source: Asterisk's documentation of the WebSocket channel driver, 2025-2026. It was not tried with a real Asterisk.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from warmline.server.transport.telephony import dialects as d

MOST_AUDIO: Final = 65_500
"""Longest message in bytes, both ways: Asterisk's own limit."""

FORMATS: Final[Mapping[str, tuple[str, int]]] = {
    "ulaw": ("pcmu", 8_000), "alaw": ("pcma", 8_000), "slin": ("l16", 8_000), "slin12": ("l16", 12_000),
    "slin16": ("l16", 16_000), "slin24": ("l16", 24_000), "slin32": ("l16", 32_000), "slin44": ("l16", 44_100),
    "slin48": ("l16", 48_000), "slin96": ("l16", 96_000), "slin192": ("l16", 192_000),
}  # fmt: skip
"""Asterisk's names of the formats that can be taken: for ``c(...)`` in the dial string."""


class Asterisk(d.Plain):
    """The dialect of one connection: its first message says whether it speaks JSON."""

    __slots__ = ("_json",)

    def __init__(self) -> None:
        self._json = True

    def heard(self, message: str | bytes) -> d.Heard:
        if isinstance(message, bytes):
            if len(message) > MOST_AUDIO:
                raise d.BadStream(f"a message may have {MOST_AUDIO} bytes")
            return d.Media(message)
        said = d.event_of(message) if message.lstrip()[:1] == "{" else _words(message)
        match said["event"]:
            case "MEDIA_START":
                self._json = message.lstrip()[:1] == "{"
                return _started(said)
            case "DTMF_END":
                return d.key_of(said.get("digit"))
            case "MEDIA_MARK_PROCESSED":
                return d.played(said.get("correlation_id"))
            case "MEDIA_XOFF" | "MEDIA_XON" as event:
                return d.Room(event == "MEDIA_XON")
        return d.Noted()

    def media(self, stream: str, audio: bytes) -> d.Message:
        return audio

    def clear(self, stream: str) -> d.Message:
        return self._command("FLUSH_MEDIA")

    def begin(self, start: d.Started) -> d.Message | None:
        """Where our 20 ms are not whole frames of the line's, Asterisk cuts them itself."""
        own = start.rate // 50 * (2 if start.encoding == "l16" else 1)
        return self._command("START_MEDIA_BUFFERING") if start.frame and own % start.frame else None

    def mark(self, stream: str, number: int) -> d.Message:
        return self._command("MARK_MEDIA", str(number))

    def hold(self) -> d.Message:
        return self._command("PAUSE_MEDIA")

    def restore(self) -> d.Message:
        return self._command("CONTINUE_MEDIA")

    def hang_up(self) -> d.Message:
        return self._command("HANGUP")

    def _command(self, command: str, id: str = "") -> d.Message:
        if self._json:
            return {"command": command, "correlation_id": id} if id else {"command": command}
        return f"{command} {id}".rstrip()


def _words(text: str) -> Mapping[str, object]:
    """``EVENT key:value key:value``, as an object. Raises BadStream."""
    if len(text) > d.MOST_TEXT:
        raise d.BadStream(f"a message may have {d.MOST_TEXT} characters")
    event, *rest = text.split() or [""]
    if not event.isascii() or not event.replace("_", "").isupper():
        raise d.BadStream("a message begins with an event")
    pairs = (word.partition(":") for word in rest)
    return {key: value for key, colon, value in pairs if colon} | {"event": event}


def _started(said: Mapping[str, object]) -> d.Started:
    form, frame = said.get("format"), d.whole_of(said.get("optimal_frame_size"))
    found = FORMATS.get(form) if isinstance(form, str) else None
    if found is None:
        raise d.BadStream(f"a channel is one of {', '.join(FORMATS)}: say so by c(...) in the dial string")
    if frame is None or frame > MOST_AUDIO:
        raise d.BadStream("optimal_frame_size is a number of bytes")
    stream = said.get("channel_id") or said.get("connection_id")
    return d.Started(stream[:200] if isinstance(stream, str) else "", *found, frame)
