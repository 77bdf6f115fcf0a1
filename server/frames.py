"""WebSocket frames of audio, read and written without the general way: of a call with 20 ms frames that is most of what
a server does.

uvicorn's protocol hands every byte to a parser that knows all of RFC 6455, and stops reading after each message. Here
whole binary frames go straight to the application; anything else (texts, pings, closes, fragments, what is malformed or
too long) goes that general way still, frame by frame. No extension is spoken: compressing 20 ms of audio takes 64 µs
and makes it 16% smaller.
"""

from __future__ import annotations

import struct
from typing import Any, Final

from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.protocol import OPEN

try:
    from websockets.speedups import apply_mask
except ImportError:  # a machine without its compiled part
    from websockets.utils import apply_mask

MOST_WAITING: Final = 8
"""Messages that may wait for the application before the connection is not read any more."""

_WHOLE_BINARY: Final = 0x82
_MASK: Final = 4


class AudioFrames(WebSocketsSansIOProtocol):
    """As uvicorn's own, faster for whole binary messages."""

    _asked = False
    _refused = False

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        self._rest = bytearray()

    def data_received(self, data: bytes) -> None:
        if not self._asked or self._refused:  # the request itself; or what nobody will read
            self._asked = True
            super().data_received(data)
            return
        if not self._rest:
            self._rest += data[self._take(data) :]
            return
        self._rest += data
        del self._rest[: self._take(self._rest)]

    async def send(self, message: Any) -> None:
        sound = message.get("bytes") if message["type"] == "websocket.send" else None
        if sound is None or not self._lively or not self.writable.is_set():
            await super().send(message)
            return
        self.transport.write(_head(len(sound)) + sound)

    @property
    def _lively(self) -> bool:
        up = self.handshake_complete and not self.disconnected and not self.close_sent
        return up and self.conn.state is OPEN

    def _take(self, data: bytes | bytearray) -> int:
        """Take every whole frame at the beginning of ``data``; how many bytes those were."""
        place, size = 0, len(data)
        while size - place >= 2:
            length, begin = data[place + 1] & 0x7F, place + 2
            if length > 125:
                begin += 2 if length == 126 else 8
                if begin > size:
                    break
                length = int.from_bytes(data[place + 2 : begin], "big")
            if length > self.config.ws_max_size:
                self._refused = True  # by its head
                super().data_received(bytes(data[place:]))
                return size
            masked = data[place + 1] & 0x80
            begin += _MASK if masked else 0
            if begin + length > size:
                break
            if data[place] == _WHOLE_BINARY and masked and self._lively and not self.frames:
                self._heard(apply_mask(bytes(data[begin : begin + length]), bytes(data[begin - _MASK : begin])))
            else:
                super().data_received(bytes(data[place : begin + length]))
            place = begin + length
        return place

    def _heard(self, message: bytes) -> None:
        self.queue.put_nowait({"type": "websocket.receive", "bytes": message})
        if not self.read_paused and self.queue.qsize() >= MOST_WAITING:
            self.read_paused = True
            self.transport.pause_reading()


def _head(length: int) -> bytes:
    """Of a whole binary frame of a server."""
    if length < 126:
        return struct.pack("!BB", _WHOLE_BINARY, length)
    if length < 65_536:
        return struct.pack("!BBH", _WHOLE_BINARY, 126, length)
    return struct.pack("!BBQ", _WHOLE_BINARY, 127, length)
