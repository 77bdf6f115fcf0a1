"""Asterisk's WebSocket channel: what it says, and whole calls with a channel written from its documentation."""

from __future__ import annotations

import asyncio
import base64
import itertools
import json
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any

import numpy as np
import pytest
from fake_call import Built, ScriptedConversation
from hypothesis import given
from hypothesis import strategies as st
from starlette.testclient import TestClient
from starlette.websockets import WebSocketDisconnect
from virtual_time import virtual_time

from tests.server.telephony.channel import Channel
from warmline.dialogue.types import Outcome
from warmline.server import events as e
from warmline.server.app import create_app
from warmline.server.settings import CallSettings, ServerSettings, Settings, TelephonySettings
from warmline.server.transport.ending import Ending
from warmline.server.transport.telephony import dialects as d
from warmline.server.transport.telephony.asterisk import FORMATS, Asterisk
from warmline.server.transport.telephony.phone import WANTS_PERSON
from warmline.server.transport.telephony.phones import Phones
from warmline.server.transport.telephony.stream_line import START_WITHIN_S, StreamLine
from warmline.server.transport.telephony.tickets import Ticket
from warmline.speech.runtime.clock import LoopClock
from warmline.speech.types import AudioChunk

JSON_START = {
    "event": "MEDIA_START",
    "connection_id": "e226e283-c90a-4ea9-9e37-389000b9ef47",
    "channel": "WebSocket/connectionid",
    "channel_id": "pbx1-123456789.999",
    "format": "ulaw",
    "optimal_frame_size": 160,
    "ptime": 20,
    "channel_variables": {"SOME": "value"},
}
WORDS_START = (
    "MEDIA_START connection_id:e226e283-c90a-4ea9-9e37-389000b9ef47 channel:WebSocket/connectionid "
    "channel_id:pbx1-123456789.999 format:ulaw optimal_frame_size:160 ptime:20"
)
FIRST_START = "MEDIA_START connection_id:e226e283 channel:WebSocket/connectionid format:slin16 optimal_frame_size:640"


def test_a_channel_begins_as_documented_in_either_form() -> None:
    started = d.Started("pbx1-123456789.999", "pcmu", 8_000, 160)
    assert Asterisk().heard(json.dumps(JSON_START, indent=2)) == started
    assert Asterisk().heard(WORDS_START) == started
    assert Asterisk().heard(FIRST_START) == d.Started("e226e283", "l16", 16_000, 640)


@pytest.mark.parametrize(
    ("message", "heard"),
    [
        ({"event": "DTMF_END", "channel_id": "1", "digit": "0"}, d.Digit("0")),
        ("DTMF_END digit:#", d.Digit("#")),
        ("DTMF_END digit:E", d.Noted()),
        ({"event": "MEDIA_XOFF"}, d.Room(False)),
        ("MEDIA_XON", d.Room(True)),
        ({"event": "MEDIA_MARK_PROCESSED", "correlation_id": "12"}, d.Played(12)),
        ("MEDIA_MARK_PROCESSED correlation_id:12", d.Played(12)),
        ({"event": "MEDIA_MARK_PROCESSED"}, d.Noted()),
        ({"event": "QUEUE_DRAINED", "channel_id": "1"}, d.Noted()),
        ("STATUS queue_length:43 xon_level:800 queue_full:false", d.Noted()),
        (b"\xff" * 160, d.Media(b"\xff" * 160)),
    ],
)
def test_what_a_channel_tells_is_heard(message: object, heard: d.Heard) -> None:
    assert Asterisk().heard(message if isinstance(message, str | bytes) else json.dumps(message)) == heard


@pytest.mark.parametrize(
    "message",
    [
        "",
        " ",
        "hello there",
        "{",
        "[]",
        "MEDIA_START format:opus optimal_frame_size:160",
        "MEDIA_START format:ulaw",
        "MEDIA_START format:ulaw optimal_frame_size:-3",
        b"\0" * 65_501,
    ],
)
def test_what_is_wrong_is_refused(message: str | bytes) -> None:
    with pytest.raises(d.BadStream):
        Asterisk().heard(message)


@given(st.text(max_size=60) | st.binary(max_size=60) | st.builds(lambda rest: f"MEDIA_START {rest}", st.text()))
def test_whatever_comes_is_read_or_refused(message: str | bytes) -> None:
    with suppress(d.BadStream):
        assert isinstance(Asterisk().heard(message), d.Heard)


def test_it_is_answered_as_it_speaks() -> None:
    words, objects = Asterisk(), Asterisk()
    words.heard(WORDS_START)
    objects.heard(json.dumps(JSON_START))
    assert words.clear("x") == "FLUSH_MEDIA"
    assert words.mark("x", 7) == "MARK_MEDIA 7"
    assert objects.mark("x", 7) == {"command": "MARK_MEDIA", "correlation_id": "7"}
    assert objects.hang_up() == {"command": "HANGUP"}


class Held:
    """A call over a channel, on virtual time."""

    def __init__(self, channel: Channel, does: Callable[[AudioChunk], None] = lambda _: None) -> None:
        self.channel = channel
        self.events: list[e.CallEvent] = []
        self.calls: list[ScriptedConversation] = []
        self.ending: Ending | None = None
        self._does = does

    async def run(self, seconds_s: float, loud: range = range(0), other: range = range(0)) -> None:
        self.channel.start()
        line = StreamLine(self.channel, LoopClock(), Asterisk(), Ticket(), Phones())  # type: ignore[arg-type]
        start = await line.started()
        assert isinstance(start, d.Started)
        talking = asyncio.ensure_future(self.channel.run(loud, other))
        held = asyncio.ensure_future(line.hold(start, self._make, CallSettings(greeting="")))
        await asyncio.sleep(seconds_s)
        self.channel.vanish()
        self.ending = await held
        talking.cancel()

    def _make(self, settings: CallSettings, observer: e.Observer, *rest: Any) -> ScriptedConversation:
        def both(event: e.CallEvent) -> None:
            self.events.append(event)
            observer(event)

        self.calls.append(ScriptedConversation(settings, both, *rest, does=self._does))
        return self.calls[-1]

    @property
    def ended(self) -> list[e.ReplyEnded]:
        return [event for event in self.events if isinstance(event, e.ReplyEnded)]


@pytest.mark.parametrize("words", [False, True])
@pytest.mark.parametrize("name", list(FORMATS))
@virtual_time
async def test_a_call_is_heard_and_answered_without_a_gap_in_every_format(name: str, words: bool) -> None:
    channel = Channel(name, words=words)
    call = Held(channel)
    await call.run(4.0, loud=range(30))
    assert call.ending is Ending.VANISHED
    (ended,) = call.ended
    assert ended.outcome is Outcome.SPOKEN
    times = [at for at, _ in channel.played]
    assert times == pytest.approx([times[0] + 0.02 * place for place in range(len(times))])
    assert channel.voice_s == pytest.approx(2.0, abs=0.03)
    samples = channel.form.decode(b"".join(data for _, data in channel.played))
    assert 0.25 < float(np.abs(samples).max()) < 0.35
    assert "HANGUP" not in channel.commands, "it hung up itself"


@virtual_time
async def test_an_interruption_holds_then_flushes_and_only_what_was_played_counts_as_heard() -> None:
    channel = Channel()
    call = Held(channel)
    await call.run(4.0, loud=range(30), other=range(60, 100))
    assert [name for name in channel.commands if name != "MARK_MEDIA"] == ["PAUSE_MEDIA", "FLUSH_MEDIA"]
    ended = call.ended[0]
    assert ended.outcome is Outcome.CUT
    words = ended.planned.split()
    whole = len(ended.heard.split())
    first = 3  # words of the first second
    assert 0 < whole < len(words)
    assert whole / first <= channel.voice_s, "no word counts whose end was not played"
    assert channel.voice_s < (whole + 1) / first + 0.12, "to a tenth of a second"
    assert channel.played[-1][0] < 60 * 0.02 + 0.3, "it fell silent at once"


@virtual_time
async def test_what_was_held_goes_on_where_it_stopped() -> None:
    channel = Channel("slin16")
    heard = 0

    def pauses(_: AudioChunk) -> None:
        nonlocal heard
        heard += 1
        (conversation,) = call.calls
        if heard == 60:
            conversation.playout.hold()
            conversation.observer(e.Overlap("hold", 0))
        if heard == 100:
            conversation.playout.restore()
            conversation.observer(e.Overlap("restore", 0))

    call = Held(channel, pauses)
    await call.run(5.0, loud=range(30))
    assert [name for name in channel.commands if name != "MARK_MEDIA"] == ["PAUSE_MEDIA", "CONTINUE_MEDIA"]
    times = [at for at, _ in channel.played]
    gaps = [after - before for before, after in itertools.pairwise(times) if after - before > 0.03]
    assert len(gaps) == 1
    assert gaps[0] == pytest.approx(0.8, abs=0.1)
    assert channel.voice_s == pytest.approx(2.0, abs=0.05)
    assert call.ended[0].heard == call.ended[0].planned


@virtual_time
async def test_what_the_line_has_not_played_is_not_heard() -> None:
    channel = Channel()
    stuck_at = 0

    def sticks(_: AudioChunk) -> None:
        nonlocal stuck_at
        if channel.voice_s > 0.5 and channel.plays and not stuck_at:
            stuck_at = channel.ticks
            channel.plays = False
        if stuck_at and channel.ticks == stuck_at + 250:
            assert call.calls[0].playout.heard(1) == "That", "a third of a second each, and half a second was played"
            assert not call.ended
            channel.plays = True

    call = Held(channel, sticks)
    await call.run(10.0, loud=range(30))
    assert call.ended[0].outcome is Outcome.SPOKEN
    assert channel.voice_s == pytest.approx(2.0, abs=0.03)


@pytest.mark.parametrize("marks", [True, False])
@virtual_time
async def test_a_channel_that_tells_nothing_does_not_hold_up_the_call(marks: bool) -> None:
    channel = Channel(marks=marks)

    def sticks(_: AudioChunk) -> None:
        channel.plays = channel.plays and channel.voice_s < 0.5

    call = Held(channel, sticks)
    await call.run(16.0, loud=range(30))
    assert call.ended[0].outcome is Outcome.SPOKEN, "a reply ends some time"


@virtual_time
async def test_a_full_channel_is_not_sent_more_until_it_has_room() -> None:
    channel = Channel()
    sent: list[int] = []

    def tells(_: AudioChunk) -> None:
        sent.append(len(channel.voice))
        if channel.ticks == 50:
            channel.event("MEDIA_XOFF")
        if channel.ticks == 80:
            channel.event("MEDIA_XON")

    call = Held(channel, tells)
    await call.run(6.0, loud=range(30))
    assert sent[55] == sent[78] < sent[-1]
    assert channel.voice_s == pytest.approx(2.0, abs=0.03)


@virtual_time
async def test_frames_that_are_not_ours_are_cut_by_asterisk() -> None:
    channel = Channel("ulaw", frame=240)  # 30 ms
    call = Held(channel)
    await call.run(4.0, loud=range(30), other=range(60, 100))
    assert channel.commands[0] == "START_MEDIA_BUFFERING"
    flushed = channel.commands.index("FLUSH_MEDIA")
    assert channel.commands[flushed + 1] == "START_MEDIA_BUFFERING"


@virtual_time
async def test_keys_in_a_flood_ask_once_and_explain_once() -> None:
    channel = Channel()
    call = Held(channel)

    def floods(_: AudioChunk) -> None:
        if 20 <= channel.ticks < 120:
            for key in ("5", "0", "E", "*", "", "99"):
                channel.event("DTMF_END", digit=key)

    call = Held(channel, floods)
    await call.run(8.0)
    (conversation,) = call.calls
    assert 1 <= len(conversation.wrote) <= 3, "two seconds of leaning on it"
    assert set(conversation.wrote) <= {WANTS_PERSON}
    assert conversation.told == ["keys"]
    assert call.ending is Ending.VANISHED, "no key ends a call"


@virtual_time
async def test_a_channel_in_a_format_we_do_not_have_is_hung_up() -> None:
    channel = Channel()
    channel.text({**JSON_START, "format": "opus"})
    line = StreamLine(channel, LoopClock(), Asterisk(), Ticket(), Phones())  # type: ignore[arg-type]
    assert await line.started() is Ending.NO_START
    assert asyncio.get_running_loop().time() == pytest.approx(START_WITHIN_S)
    await line.close(Ending.NO_START)
    assert channel.commands == ["HANGUP"]


TOKEN = "exchange-secret"
SETTINGS = Settings(
    call=CallSettings(greeting=""),
    server=ServerSettings(most_lag_ms=0.0),
    telephony=TelephonySettings(asterisk_token=TOKEN),
)
PATH = "/v1/phone/asterisk"


def basic(password: str) -> dict[str, str]:
    return {"authorization": "Basic " + base64.b64encode(f"media:{password}".encode()).decode()}


@pytest.fixture
def built() -> Built:
    return Built()


@pytest.fixture
def client(built: Built) -> Iterator[TestClient]:
    with TestClient(create_app(built, SETTINGS)) as client:
        yield client


@pytest.mark.parametrize(("path", "headers"), [(PATH, basic(TOKEN)), (f"{PATH}?token={TOKEN}", {})])
def test_an_exchange_with_its_token_calls(client: TestClient, built: Built, path: str, headers: dict[str, str]) -> None:
    with client.websocket_connect(path, subprotocols=["media"], headers=headers) as channel:
        assert channel.accepted_subprotocol == "media"
        channel.send_text(WORDS_START)
        for _ in range(40):
            channel.send_bytes(b"\x10\x90" * 80)
        said = channel.receive()
        while "bytes" not in said or said["bytes"] is None:
            said = channel.receive()
        assert len(said["bytes"]) == 160
    assert built.calls


@pytest.mark.parametrize(
    ("path", "headers"),
    [
        (PATH, {}),
        (PATH, basic("wrong")),
        (PATH, {"authorization": "Basic %%%"}),
        (PATH, {"authorization": f"Bearer {TOKEN}"}),
        (f"{PATH}?token=", {}),
        (f"{PATH}?token=wrong", {}),
    ],
)
def test_an_exchange_without_its_token_does_not(client: TestClient, path: str, headers: dict[str, str]) -> None:
    with pytest.raises(WebSocketDisconnect), client.websocket_connect(path, headers=headers):
        pass
    assert client.get(f"{PATH}/next/x", headers=headers).status_code == 401


def test_without_a_token_there_is_no_such_route(built: Built) -> None:
    with TestClient(create_app(built, Settings())) as client:
        assert client.get(f"{PATH}/next/x").status_code in (404, 405)
        with pytest.raises(WebSocketDisconnect), client.websocket_connect(PATH):
            pass
