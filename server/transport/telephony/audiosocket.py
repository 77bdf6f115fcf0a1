"""Asterisk's AudioSocket: framed audio over TCP, as pure functions and one reader of a byte stream.

A frame is a type, a length (big-endian, 16 bits) and a payload; samples are little-endian. Source: Asterisk's
documentation of the AudioSocket protocol. There is no way to clear what Asterisk holds, so we never send ahead of time.
"""

from __future__ import annotations

import struct
import uuid
from dataclasses import dataclass, field
from typing import Final

HANGUP, ID, KEY, ERROR = 0x00, 0x01, 0x03, 0xFF
RATES: Final = {
    0x10: 8_000, 0x11: 12_000, 0x12: 16_000, 0x13: 24_000, 0x14: 32_000, 0x15: 44_100, 0x16: 48_000, 0x17: 96_000,
    0x18: 192_000,
}  # fmt: skip
_KINDS: Final = {rate: kind for kind, rate in RATES.items()}


@dataclass(frozen=True, slots=True)
class Hangup:
    """The call is over; ``failed``: Asterisk says that something went wrong."""

    failed: bool = False


@dataclass(frozen=True, slots=True)
class Identified:
    """The call's name, a UUID of the dial plan's."""

    id: str


@dataclass(frozen=True, slots=True)
class Key:
    key: str


@dataclass(frozen=True, slots=True)
class Audio:
    rate: int
    data: bytes = field(repr=False)


Frame = Hangup | Identified | Key | Audio


class Deframer:
    """Bytes in, however they are cut; whole frames out. What has an unknown type is left out."""

    def __init__(self) -> None:
        self._held = bytearray()

    def push(self, data: bytes) -> list[Frame]:
        self._held += data
        frames: list[Frame] = []
        while len(self._held) >= 3:
            kind, length = struct.unpack_from(">BH", self._held)
            if len(self._held) < 3 + length:
                break
            payload = bytes(self._held[3 : 3 + length])
            del self._held[: 3 + length]
            frame = _frame(kind, payload)
            if frame is not None:
                frames.append(frame)
        return frames


def audio(rate: int, data: bytes) -> bytes:
    """Our voice as frames; ``data`` is PCM16 little-endian at ``rate``."""
    most = 65_534
    pieces = [data[at : at + most] for at in range(0, len(data), most)]
    return b"".join(struct.pack(">BH", _KINDS[rate], len(piece)) + piece for piece in pieces)


def hangup() -> bytes:
    return struct.pack(">BH", HANGUP, 0)


def _frame(kind: int, payload: bytes) -> Frame | None:
    if kind in RATES:
        return Audio(RATES[kind], payload)
    match kind:
        case 0x00:
            return Hangup()
        case 0xFF:
            return Hangup(failed=True)
        case 0x01 if len(payload) == 16:
            return Identified(str(uuid.UUID(bytes=payload)))
        case 0x03 if payload:
            return Key(payload[:1].decode("ascii", "replace"))
    return None
