"""Frames of audio the short way: the same messages as by uvicorn's own protocol, however the bytes are cut."""

from __future__ import annotations

import asyncio
import os
import random
from typing import Any

import pytest
import uvicorn
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from uvicorn.server import ServerState
from websockets.frames import Frame, Opcode

from warmline.server.frames import MOST_WAITING, AudioFrames

REQUEST = (
    b"GET / HTTP/1.1\r\nHost: here\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
)
MOST = 70_000


class Wire(asyncio.Transport):
    """Takes what a protocol writes."""

    def __init__(self) -> None:
        super().__init__()
        self.sent = bytearray()
        self.closed = False
        self.paused = 0

    def write(self, data: Any) -> None:
        self.sent += data

    def close(self) -> None:
        self.closed = True

    def is_closing(self) -> bool:
        return self.closed

    def pause_reading(self) -> None:
        self.paused += 1

    def resume_reading(self) -> None: ...


async def spoken(
    kind: type[WebSocketsSansIOProtocol], pieces: list[bytes], out: list[bytes]
) -> tuple[list[Any], bytes]:
    """What an application hears of ``pieces``, and all that the client gets when the application sends ``out``."""
    heard: list[Any] = []
    done = asyncio.Event()

    async def app(scope: Any, receive: Any, send: Any) -> None:
        await receive()
        await send({"type": "websocket.accept"})
        for data in out:
            await send({"type": "websocket.send", "bytes": data})
        while True:
            message = await receive()
            heard.append(message)
            if message["type"] == "websocket.disconnect":
                done.set()
                return

    config = uvicorn.Config(app, ws_max_size=MOST, ws_per_message_deflate=False, log_level="critical")
    config.load()
    protocol, wire = kind(config, ServerState(), {}), Wire()
    protocol.connection_made(wire)
    protocol.data_received(REQUEST)
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    for piece in pieces:
        protocol.data_received(piece)
        await asyncio.sleep(0)
    if not wire.closed:
        protocol.connection_lost(None)
    async with asyncio.timeout(5):
        await done.wait()
    return heard, bytes(wire.sent)


def masked(opcode: Opcode, data: bytes, fin: bool = True) -> bytes:
    return Frame(opcode, data, fin).serialize(mask=True)


def cut(data: bytes, draw: random.Random) -> list[bytes]:
    places = sorted(draw.sample(range(1, len(data)), min(len(data) - 1, draw.randint(0, 30))))
    return [data[begin:end] for begin, end in zip([0, *places], [*places, len(data)], strict=True)]


TALK = (
    masked(Opcode.BINARY, os.urandom(640))
    + masked(Opcode.TEXT, b'{"type":"write"}')
    + masked(Opcode.BINARY, b"")
    + masked(Opcode.BINARY, os.urandom(125))
    + masked(Opcode.BINARY, b"in ", fin=False)
    + masked(Opcode.PING, b"there?")
    + masked(Opcode.CONT, b"pieces")
    + masked(Opcode.BINARY, os.urandom(66_000))
    + masked(Opcode.PONG, b"never asked")
)
ENDS = (
    masked(Opcode.CLOSE, (1000).to_bytes(2, "big")),
    b"",
    masked(Opcode.BINARY, bytes(MOST + 1)),  # too long, and refused by its head
    Frame(Opcode.BINARY, b"without a mask").serialize(mask=False),
    b"\xc2" + masked(Opcode.BINARY, b"reserved bits")[1:],
    masked(Opcode.BINARY, b"begun", fin=False) + masked(Opcode.BINARY, b"and begun anew"),
    masked(Opcode.TEXT, b"\xff\xfe"),
)


@pytest.mark.parametrize("place", range(len(ENDS)))
@pytest.mark.parametrize("seed", range(4))
def test_the_same_is_heard_however_it_is_cut(place: int, seed: int) -> None:
    async def both() -> None:
        draw, end = (
            random.Random(seed),
            ENDS[place],
        )  # apart: theirs forgets messages that came in one piece with an error
        pieces = [*cut(TALK, draw), *(cut(end, draw) if end else ())] if seed else [TALK, end]
        out = [b"", bytes(100), bytes(960), bytes(70_000)]
        theirs, told = await spoken(WebSocketsSansIOProtocol, pieces, out)
        ours, ours_told = await spoken(AudioFrames, pieces, out)
        assert [{**one, "bytes": bytes(one.get("bytes") or b"")} for one in ours] == [
            {**one, "bytes": bytes(one.get("bytes") or b"")} for one in theirs
        ]
        assert ours_told == told

    asyncio.run(both())


def test_a_frame_that_comes_byte_by_byte_is_one_message() -> None:
    async def dripped() -> None:
        data = masked(Opcode.BINARY, os.urandom(300))
        heard, _ = await spoken(AudioFrames, [data[at : at + 1] for at in range(len(data))], [])
        assert [len(one["bytes"]) for one in heard if one["type"] == "websocket.receive"] == [300]

    asyncio.run(dripped())


def test_a_client_is_not_read_on_while_the_call_does_not_listen() -> None:
    async def flooded() -> None:
        async def deaf(scope: Any, receive: Any, send: Any) -> None:
            await asyncio.Event().wait()

        config = uvicorn.Config(deaf, ws_max_size=MOST, log_level="critical")
        config.load()
        protocol, wire = AudioFrames(config, ServerState(), {}), Wire()
        protocol.connection_made(wire)
        protocol.data_received(REQUEST)
        await protocol.send({"type": "websocket.accept"})
        for _ in range(MOST_WAITING - 1):  # beside the connection itself
            assert not wire.paused
            protocol.data_received(masked(Opcode.BINARY, bytes(640)))
        assert wire.paused == 1
        for task in protocol.tasks:
            task.cancel()
        await asyncio.gather(*protocol.tasks, return_exceptions=True)

    asyncio.run(flooded())
