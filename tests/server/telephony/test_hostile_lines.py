"""Lines that do what no line should: sound before the call, one ticket twice, a byte now and then, keys at any time."""

from __future__ import annotations

import asyncio
import struct
from typing import Any, cast

import pytest
from fake_call import Built, FakeSocket, ScriptedConversation
from scenarios.rehearsal import Rehearsal
from starlette.testclient import TestClient
from starlette.websockets import WebSocketDisconnect
from virtual_time import virtual_time

from tests.server.telephony.test_audiosocket import free_port
from tests.server.telephony.test_dialects import STARTS, ULAW
from tests.server.telephony.test_streams import SETTINGS, announced
from warmline.dialogue.safety import lines
from warmline.dialogue.types import Outcome
from warmline.server import events as e
from warmline.server.app import create_app
from warmline.server.handoff.bridge import Request, Transfer
from warmline.server.hosting import Admission, Hosting
from warmline.server.settings import CallSettings, Settings, TelephonySettings
from warmline.server.transport.ending import Ending
from warmline.server.transport.telephony import dialects as d
from warmline.server.transport.telephony import stream_line, switchboard
from warmline.server.transport.telephony.phone import WANTS_PERSON
from warmline.server.transport.telephony.phones import Phones
from warmline.server.transport.telephony.stream_line import StreamLine
from warmline.server.transport.telephony.switchboard import AudioSocketCall
from warmline.server.transport.telephony.tickets import Ticket
from warmline.speech.runtime.clock import LoopClock

QUIET = CallSettings(greeting="")
MEDIA = {"event": "media", "media": {"track": "inbound", "payload": ULAW}}


def line_of(socket: FakeSocket) -> StreamLine:
    return StreamLine(cast(Any, socket), LoopClock(), d.Twilio(), Ticket(), Phones())


def now_s() -> float:
    return asyncio.get_running_loop().time()


@virtual_time
async def test_sound_before_the_start_opens_nothing() -> None:
    socket = FakeSocket()
    for _ in range(50):
        socket.text(MEDIA)
    assert await line_of(socket).started() is Ending.NO_START
    assert now_s() == pytest.approx(stream_line.START_WITHIN_S)


@virtual_time
async def test_sound_before_the_start_is_passed_over_and_a_second_start_changes_nothing() -> None:
    socket = FakeSocket()
    for message in (MEDIA, STARTS["twilio"], MEDIA, STARTS["twilio"], MEDIA):
        socket.text(message)
    line = line_of(socket)
    start = await line.started()
    assert start == d.Started("MZ1", "pcmu", 8_000)
    assert isinstance(start, d.Started)
    socket.text({"event": "stop", "stop": {}})
    assert await line.hold(start, ScriptedConversation, QUIET) is Ending.HUNG_UP


@virtual_time
async def test_a_line_that_only_tells_and_sends_no_sound_is_let_go() -> None:
    socket = FakeSocket()
    socket.text(STARTS["twilio"])
    line = line_of(socket)
    start = await line.started()
    assert isinstance(start, d.Started)

    async def tells() -> None:
        while True:
            socket.text({"event": "mark", "mark": {"name": "x"}})
            socket.text({"event": "dtmf", "dtmf": {"digit": "5"}})
            await asyncio.sleep(1.0)

    telling = asyncio.ensure_future(tells())
    assert await line.hold(start, ScriptedConversation, QUIET) is Ending.NO_AUDIO
    assert now_s() == pytest.approx(stream_line.SILENT_FOR_S, abs=0.1)
    telling.cancel()


def test_a_ticket_opens_no_second_stream_while_the_first_is_open() -> None:
    built = Built()
    with TestClient(create_app(built, SETTINGS)) as client:
        path = announced(client).text.split("wss://calls.example.org")[1].split('"')[0]
        with client.websocket_connect(path) as first:
            first.send_json(STARTS["twilio"])
            with pytest.raises(WebSocketDisconnect) as refused, client.websocket_connect(path):
                pass
            assert refused.value.code == 1008
            for _ in range(5):
                first.send_json(MEDIA)
            while not built.calls or not built.calls[0].chunks:
                first.send_json(MEDIA)
    assert len(built.calls) == 1


class Drain:
    """A writer whose other end takes everything."""

    def __init__(self) -> None:
        self.transport = self
        self.closed = False

    def write(self, data: bytes) -> None: ...

    def close(self) -> None:
        self.closed = True

    async def wait_closed(self) -> None: ...

    def is_closing(self) -> bool:
        return self.closed

    def get_write_buffer_size(self) -> int:
        return 0


def exchange() -> tuple[AudioSocketCall, asyncio.StreamReader]:
    reader = asyncio.StreamReader()
    return AudioSocketCall(reader, cast(Any, Drain()), Hosting(Admission(1), LoopClock())), reader


async def slowly(reader: asyncio.StreamReader, data: bytes, every_s: float) -> None:
    for byte in data:
        await asyncio.sleep(every_s)
        reader.feed_data(bytes([byte]))


@virtual_time
async def test_an_exchange_that_sends_a_byte_a_second_gets_no_call() -> None:
    call, reader = exchange()
    dripping = asyncio.ensure_future(slowly(reader, struct.pack(">BH", 0x10, 320) + bytes(320), 1.0))
    assert await call.started() is Ending.NO_START
    assert now_s() == pytest.approx(switchboard.FIRST_WITHIN_S)
    dripping.cancel()


@virtual_time
async def test_a_call_whose_exchange_goes_on_with_a_byte_a_second_is_let_go() -> None:
    call, reader = exchange()
    reader.feed_data(struct.pack(">BH", 0x10, 320) + bytes(320))
    start = await call.started()
    assert start == 8_000
    dripping = asyncio.ensure_future(slowly(reader, struct.pack(">BH", 0x10, 3_000) + bytes(3_000), 1.0))
    assert await call.hold(8_000, ScriptedConversation, QUIET) is Ending.NO_AUDIO
    assert now_s() == pytest.approx(switchboard.SILENT_FOR_S, abs=0.1)
    dripping.cancel()


@virtual_time
async def test_keys_without_end_before_the_first_sound_are_not_kept() -> None:
    call, reader = exchange()
    reader.feed_data((struct.pack(">BH", 0x03, 1) + b"5") * 10_000)
    assert await call.started() is Ending.TOO_MANY_ERRORS


async def test_idle_connections_do_not_keep_the_exchange_out_for_good() -> None:
    built, port = Built(), free_port()
    hosting = Hosting(Admission(1), make=built._make)
    settings = Settings(call=QUIET, telephony=TelephonySettings(audiosocket=f"127.0.0.1:{port}"))
    async with switchboard.listening(hosting, settings):
        idle = [await asyncio.open_connection("127.0.0.1", port) for _ in range(switchboard.MOST_WAITING)]
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        assert await asyncio.wait_for(reader.read(), 5) == b"\0\0\0", "hung up at once"
        writer.close()
        for _, waiting in idle:
            waiting.close()
        while not built.calls:
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(struct.pack(">BH", 0x10, 320) + bytes(320))
            await asyncio.sleep(0.05)
        writer.write(b"\0\0\0")
        await asyncio.wait_for(reader.read(), 5)
        writer.close()
    assert hosting.admission.calls == 0


class Watching(list[e.CallEvent]):
    """What happens in a rehearsed call; ``key`` is pressed once, as soon as a reply can be heard."""

    def __init__(self, press: Any) -> None:
        super().__init__()
        self._press = press

    def append(self, event: e.CallEvent) -> None:
        super().append(event)
        if isinstance(event, e.ReplyBegan) and self._press is not None:
            press, self._press = self._press, None
            press()


def pressed(name: str) -> Rehearsal:
    """A whole call in which a key is pressed while we speak: ``name`` is what the phone then does."""

    async def nobody(_: Request) -> bool:
        return False

    call = Rehearsal(
        speech="0.5-2.5", words="0.5-2.5 I failed my exam", bridge=Transfer(nobody), country="US", word_ms=600
    )

    def press() -> None:
        assert call.conversation is not None
        if name == "0":
            call.conversation.write(WANTS_PERSON)
        else:
            call.conversation.tell("keys")

    call.seen = Watching(press)
    call.play(30.0)
    return call


def test_zero_while_we_speak_cuts_us_short_and_a_person_is_offered() -> None:
    call = pressed("0")
    ended = [event for event in call.of(e.ReplyEnded) if isinstance(event, e.ReplyEnded)]
    assert ended[0].outcome is Outcome.CUT
    assert len(ended[0].heard.split()) < len(ended[0].planned.split())
    assert ended[1].planned in lines.of("en").say["handoff_offer"]


def test_another_key_while_we_speak_waits_until_we_have_said_it() -> None:
    call = pressed("5")
    ended = [event for event in call.of(e.ReplyEnded) if isinstance(event, e.ReplyEnded)]
    assert ended[0].outcome is Outcome.SPOKEN
    assert "except for zero" in ended[1].planned
    assert ended[1].outcome is Outcome.SPOKEN
