"""Asterisk's AudioSocket: frames however the bytes are cut, and a call over a real TCP connection."""

from __future__ import annotations

import asyncio
import itertools
import socket
import struct
import uuid
from typing import Any

import numpy as np
import pytest
from fake_call import ScriptedConversation
from hypothesis import given
from hypothesis import strategies as st

from warmline.server.hosting import Admission, Hosting
from warmline.server.settings import CallSettings, Settings, TelephonySettings
from warmline.server.transport.telephony import audiosocket as a
from warmline.server.transport.telephony import switchboard
from warmline.server.transport.telephony.phone import WANTS_PERSON
from warmline.speech.runtime.errors import UsageError

CALL = uuid.UUID(int=7)


def frame(kind: int, payload: bytes = b"") -> bytes:
    return struct.pack(">BH", kind, len(payload)) + payload


STREAM = (
    frame(0x01, CALL.bytes) + frame(0x10, b"\1\2" * 160) + frame(0x03, b"0") + frame(0x7F, b"?")
    + frame(0x12, b"\0" * 640)
    + frame(0xFF, b"\1") + frame(0x00)
)  # fmt: skip


@given(st.lists(st.integers(0, len(STREAM)), max_size=12))
def test_frames_are_the_same_however_the_bytes_are_cut(cuts: list[int]) -> None:
    deframer, frames = a.Deframer(), []
    places = [0, *sorted(cuts), len(STREAM)]
    for start, end in itertools.pairwise(places):
        frames += deframer.push(STREAM[start:end])
    assert frames == [
        a.Identified(str(CALL)),
        a.Audio(8_000, b"\1\2" * 160),
        a.Key("0"),
        a.Audio(16_000, b"\0" * 640),
        a.Hangup(failed=True),
        a.Hangup(),
    ]


@given(st.binary(max_size=400))
def test_bytes_of_any_kind_are_borne(data: bytes) -> None:
    for found in a.Deframer().push(data):
        assert isinstance(found, a.Frame)


@given(st.binary(max_size=200), st.sampled_from(list(a.RATES.values())))
def test_our_voice_is_framed_as_it_is_read(data: bytes, rate: int) -> None:
    read = a.Deframer().push(a.audio(rate, data))
    assert b"".join(found.data for found in read if isinstance(found, a.Audio)) == data


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port: int = probe.getsockname()[1]
        return port


class Exchange:
    """Asterisk's side: dials in, sends 20 ms every 20 ms, and keeps what it hears."""

    def __init__(self) -> None:
        self.calls: list[ScriptedConversation] = []
        self.heard = bytearray()
        self.hung_up = False

    def make(self, *args: Any) -> ScriptedConversation:
        self.calls.append(ScriptedConversation(*args))
        return self.calls[-1]

    async def dial(self, port: int, kind: int, rate: int, seconds_s: float, *extra: bytes) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(frame(0x01, CALL.bytes))
        listening = asyncio.create_task(self._listen(reader))
        count = rate // 50
        loud = (0.5 * np.sin(2 * np.pi * 200.0 * np.arange(count) / rate) * 32_767).astype("<i2").tobytes()
        for step in range(round(seconds_s * 50)):
            writer.write(frame(kind, loud if step < 30 else bytes(len(loud))))
            if step == 40:
                writer.write(b"".join(extra))
            await asyncio.sleep(0.02)
        writer.write(frame(0x00))
        await asyncio.wait_for(listening, 5)
        writer.close()

    async def _listen(self, reader: asyncio.StreamReader) -> None:
        deframer = a.Deframer()
        while data := await reader.read(65_536):
            for found in deframer.push(data):
                if isinstance(found, a.Audio):
                    self.heard += found.data
                self.hung_up = self.hung_up or isinstance(found, a.Hangup)


@pytest.mark.parametrize(("kind", "rate"), [(0x10, 8_000), (0x12, 16_000)])
async def test_a_call_is_answered_at_its_own_rate(kind: int, rate: int) -> None:
    exchange, port = Exchange(), free_port()
    hosting = Hosting(Admission(1), make=exchange.make)
    settings = Settings(call=CallSettings(greeting=""), telephony=TelephonySettings(audiosocket=f"127.0.0.1:{port}"))
    async with switchboard.listening(hosting, settings):
        await exchange.dial(port, kind, rate, 2.0)
    samples = np.frombuffer(bytes(exchange.heard), "<i2")
    assert 0.5 < len(samples) / rate < 2.1
    assert 8_000 < int(np.abs(samples).max()) < 12_000
    assert exchange.hung_up
    assert exchange.calls[0].ended
    assert hosting.admission.calls == 0


async def test_a_busy_server_hangs_up_and_a_key_asks_for_a_person() -> None:
    exchange, port = Exchange(), free_port()
    settings = Settings(call=CallSettings(greeting=""), telephony=TelephonySettings(audiosocket=f"127.0.0.1:{port}"))
    async with switchboard.listening(Hosting(Admission(0), make=exchange.make), settings):
        await exchange.dial(port, 0x10, 8_000, 0.2)
    assert exchange.hung_up
    assert not exchange.calls
    async with switchboard.listening(Hosting(Admission(1), make=exchange.make), settings):
        await exchange.dial(port, 0x10, 8_000, 1.2, frame(0x03, b"0"))
    assert exchange.calls[0].wrote == [WANTS_PERSON]


@pytest.mark.parametrize("address", ["nowhere", "127.0.0.1:", "127.0.0.1:70000", "no.such.host.invalid:9"])
async def test_an_address_that_cannot_be_is_refused(address: str) -> None:
    settings = Settings(telephony=TelephonySettings(audiosocket=address))
    with pytest.raises(UsageError, match="audiosocket"):
        async with switchboard.listening(Hosting(Admission(1)), settings):
            pass
