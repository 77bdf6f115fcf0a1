"""A caller who agreed to it is moved to a human, and comes back when nobody takes them: by each provider's own way."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import re
from collections.abc import Iterator, Mapping
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import urlencode, urlsplit
from xml.etree import ElementTree

import httpx
import pytest
import uvicorn
import websockets
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from fake_call import ScriptedConversation
from plivo.utils.signature_v3 import construct_post_url, get_signature_v3
from scenarios.rehearsal import Rehearsal
from starlette.testclient import TestClient, WebSocketTestSession
from twilio.request_validator import RequestValidator
from virtual_time import virtual_time

from tests.server.telephony.channel import Channel
from tests.server.telephony.test_dialects import STARTS, ULAW
from warmline.dialogue.safety import lines
from warmline.server import events as e
from warmline.server.app import create_app
from warmline.server.care import handoff_bridge
from warmline.server.commands.serve import listen, url_of
from warmline.server.handoff.bridge import Request, Transfer
from warmline.server.hosting import Admission, Hosting
from warmline.server.settings import CallSettings, HandoffSettings, ServerSettings, Settings, TelephonySettings
from warmline.server.transport.ending import Ending
from warmline.server.transport.telephony import switchboard
from warmline.server.transport.telephony.asterisk import Asterisk
from warmline.server.transport.telephony.dialects import Started
from warmline.server.transport.telephony.phone import BACK_WITHIN_S
from warmline.server.transport.telephony.phones import Phones
from warmline.server.transport.telephony.stream_line import StreamLine
from warmline.server.transport.telephony.tickets import Ticket
from warmline.speech.runtime.clock import LoopClock
from warmline.speech.runtime.errors import SettingsError
from warmline.speech.types import AudioChunk

PUBLIC = "https://calls.example.org"
HUMAN = "+442079460123"
KEY = Ed25519PrivateKey.generate()
TELEPHONY = TelephonySettings(
    public_url=PUBLIC,
    twilio_token="secret",
    plivo_token="secret",
    telnyx_key=base64.b64encode(KEY.public_key().public_bytes_raw()).decode(),
    asterisk_token="secret",
)
SETTINGS = Settings(
    server=ServerSettings(most_lag_ms=0.0),
    call=CallSettings(greeting=""),
    telephony=TELEPHONY,
    handoff=HandoffSettings(by="transfer", number=HUMAN, wait_s=30.0),
)
REQUEST = Request("abc", 2, "en", "US", "A caller asked to talk with a person.")


class Agreeing(ScriptedConversation):
    """A caller who agrees to be moved after half a second; ``taken`` is what came of it."""

    taken: bool | None = None
    heard_after = 0

    def __init__(self, *args: Any) -> None:
        super().__init__(*args, does=self._agree)
        self._asked: asyncio.Future[bool] | None = None

    def _agree(self, _: AudioChunk) -> None:
        self.heard_after += self.taken is False
        if len(self.chunks) == 25 and self.bridge is not None and self._asked is None:
            self._asked = asyncio.ensure_future(self.bridge.ring(REQUEST))
            self._asked.add_done_callback(self._answered)

    def _answered(self, done: asyncio.Future[bool]) -> None:
        self.taken = None if done.cancelled() else done.result()


class Building:
    def __init__(self) -> None:
        self.calls: list[Agreeing] = []

    @asynccontextmanager
    async def __call__(self) -> Any:
        yield self.make

    def make(self, *args: Any) -> Agreeing:
        self.calls.append(Agreeing(*args))
        return self.calls[-1]


@pytest.fixture
def building() -> Building:
    return Building()


@pytest.fixture(params=["twilio", "telnyx", "plivo"])
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def provider(name: str, client: TestClient) -> Iterator[Provider]:
    with Provider(name, client) as provider:
        yield provider


@pytest.fixture
def client(building: Building) -> Iterator[TestClient]:
    with TestClient(create_app(building, SETTINGS)) as client:
        yield client


class Provider:
    """The provider's side: signs what it asks, does what it is answered. Its streams stay open in the test client,
    which would stop what answers them; :func:`test_a_real_server_goes_on_when_a_stream_has_ended` closes them."""

    def __init__(self, name: str, client: TestClient) -> None:
        self.name = name
        self._client = client
        self._open = contextlib.ExitStack()

    def __enter__(self) -> Provider:
        return self

    def __exit__(self, *_: object) -> None:
        self._open.close()

    def asks(self, url: str, **fields: str) -> ElementTree.Element:
        """A signed webhook; its XML."""
        answer = self._client.post(urlsplit(url).path, content=urlencode(fields), headers=self._signed(url, fields))
        assert answer.status_code == 200, answer.text
        return ElementTree.fromstring(answer.text)

    def calls(self) -> ElementTree.Element:
        return self.asks(f"{PUBLIC}/v1/phone/{self.name}", CallSid="CA1", From="+442079460958", To="+18005550100")

    def streams(self, answer: ElementTree.Element) -> WebSocketTestSession:
        stream = answer.find(".//Stream")
        assert stream is not None
        url = (stream.get("url") or stream.text or "").strip()
        assert url.startswith("wss://calls.example.org/")
        return self._open.enter_context(self._client.websocket_connect(urlsplit(url).path))

    def then(self, answer: ElementTree.Element) -> ElementTree.Element:
        """What stands behind the stream, once we have closed it."""
        redirect = answer.find("Redirect")
        assert redirect is not None, "nothing behind the stream: the call would end"
        assert redirect.text
        return self.asks(redirect.text, CallSid="CA1")

    def talks(self, stream: WebSocketTestSession) -> None:
        """Until we close."""
        stream.send_json(STARTS[self.name])
        for _ in range(100):
            stream.send_json({"event": "media", "media": {"track": "inbound", "payload": ULAW}})
        assert closed(stream) == 1000

    def _signed(self, url: str, fields: Mapping[str, str]) -> dict[str, str]:
        kind = {"content-type": "application/x-www-form-urlencoded"}
        if self.name == "twilio":
            return kind | {"X-Twilio-Signature": RequestValidator("secret").compute_signature(url, dict(fields))}
        if self.name == "plivo":
            signed = get_signature_v3(b"secret", construct_post_url(url, dict(fields)).decode(), b"n").decode()
            return kind | {"X-Plivo-Signature-V3": signed, "X-Plivo-Signature-V3-Nonce": "n"}
        import time

        at = str(int(time.time()))
        signed = base64.b64encode(KEY.sign(f"{at}|{urlencode(fields)}".encode())).decode()
        return kind | {"telnyx-signature-ed25519": signed, "telnyx-timestamp": at}


def closed(stream: WebSocketTestSession) -> int:
    """The code with which we close the stream, whatever was said before."""
    while (message := stream.receive())["type"] != "websocket.close":
        pass
    return int(message["code"])


def moved(provider: Provider) -> tuple[ElementTree.Element, ElementTree.Element]:
    """A call up to the ringing: what it was first answered, and the dialling."""
    first = provider.calls()
    provider.talks(provider.streams(first))
    answer = provider.then(first)
    dial = answer.find("Dial")
    assert dial is not None, ElementTree.tostring(answer)
    assert dial.findtext("Number") == HUMAN
    assert dial.get("timeout") == "30"
    return first, dial


def test_nobody_picks_up_and_the_same_call_goes_on(provider: Provider, building: Building) -> None:
    _, dial = moved(provider)
    back = provider.asks(dial.get("action") or "", DialCallStatus="no-answer", DialStatus="no-answer")
    stream = provider.streams(back)
    stream.send_json(STARTS[provider.name])
    while not building.calls[0].heard_after:
        stream.send_json({"event": "media", "media": {"track": "inbound", "payload": ULAW}})
    stream.send_json({"event": "stop", "stop": {}})
    closed(stream)
    (call,) = building.calls
    assert call.taken is False
    assert call.ended
    assert provider.then(back).find("Hangup") is not None, "nothing is left of it"


@pytest.mark.parametrize("name", ["telnyx", "plivo"])
def test_somebody_talked_with_the_caller_and_our_call_is_over(provider: Provider, building: Building) -> None:
    first, dial = moved(provider)
    last = provider.asks(dial.get("action") or "", DialCallStatus="completed", DialStatus="completed")
    assert last.find("Hangup") is not None
    assert building.calls[0].taken
    assert provider.then(first).find("Hangup") is not None, "a call that is gone is not dialled again"


def test_a_caller_who_does_not_wait_is_gone(provider: Provider, building: Building) -> None:
    first, dial = moved(provider)
    last = provider.asks(
        dial.get("action") or "", CallStatus="completed", DialCallStatus="canceled", DialStatus="cancel"
    )
    assert last.find("Hangup") is not None
    assert provider.then(first).find("Hangup") is not None
    (call,) = building.calls
    assert not call.taken


@pytest.mark.parametrize("name", ["twilio"])
def test_twilios_human_is_asked_first_and_takes_the_call_by_a_key(provider: Provider, building: Building) -> None:
    _, dial = moved(provider)
    number = dial.find("Number")
    assert number is not None
    gather = provider.asks(number.get("url") or "", CallSid="CA2").find("Gather")
    assert gather is not None
    assert "press any key" in (gather.findtext("Say") or "")
    assert building.calls[0].taken is None, "a machine picks up too"
    assert not list(provider.asks(gather.get("action") or "", CallSid="CA2", Digits="1"))
    assert building.calls[0].taken
    assert provider.asks(dial.get("action") or "", DialCallStatus="completed").find("Hangup") is not None


@pytest.mark.parametrize("name", ["twilio"])
def test_twilios_answering_machine_takes_nobody(provider: Provider) -> None:
    _, dial = moved(provider)
    number = dial.find("Number")
    assert number is not None
    provider.asks(number.get("url") or "", CallSid="CA2")
    assert provider.asks(dial.get("action") or "", DialCallStatus="completed").find(".//Stream") is not None


@pytest.mark.parametrize("step", ["next", "asked", "taken", "ended", "dance"])
def test_a_call_that_nobody_moves_is_hung_up_and_nobody_is_dialled(client: TestClient, step: str) -> None:
    provider = Provider("twilio", client)
    answer = provider.asks(f"{PUBLIC}/v1/phone/twilio/guessed/{step}")
    assert [child.tag for child in answer] == ["Hangup"]
    forged = client.post(f"/v1/phone/twilio/guessed/{step}", headers={"X-Twilio-Signature": "x"})
    assert forged.status_code == 403


def test_without_a_transfer_nothing_stands_behind_the_stream(building: Building) -> None:
    settings = Settings(call=CallSettings(greeting=""), telephony=TELEPHONY)
    with TestClient(create_app(building, settings)) as client, Provider("twilio", client) as provider:
        answer = provider.calls()
        assert answer.find("Redirect") is None
        stream = provider.streams(answer)
        stream.send_json(STARTS["twilio"])
        while not building.calls:
            stream.send_json({"event": "media", "media": {"track": "inbound", "payload": ULAW}})
        assert building.calls[0].bridge is None


@virtual_time
async def test_who_neither_comes_back_nor_is_said_to_be_taken_is_let_go() -> None:
    channel, building = Channel(), Building()
    channel.start()
    line = StreamLine(channel, LoopClock(), Asterisk(), Ticket(call="c", rings_s=30.0), Phones())  # type: ignore[arg-type]
    start = await line.started()
    assert isinstance(start, Started)
    talking = asyncio.ensure_future(channel.run())
    assert await line.hold(start, building.make, CallSettings(greeting="")) is Ending.VANISHED
    talking.cancel()
    assert channel.commands == ["HANGUP"], "the dial plan goes on at once"
    assert asyncio.get_running_loop().time() == pytest.approx(30.0 + BACK_WITHIN_S, abs=1.0)
    assert building.calls[0].ended
    assert building.calls[0].taken is False, "nobody is said to have answered"
    assert len(building.calls[0].chunks) < 40, "while they are away no time passes"


@pytest.mark.parametrize("taken", [False, True])
async def test_a_real_server_goes_on_when_a_stream_has_ended(building: Building, taken: bool) -> None:
    """Over real sockets, closed by both sides: the exchange asks what is next, and brings the caller back."""
    start = "MEDIA_START connection_id:e2 channel:WebSocket/w format:ulaw optimal_frame_size:160"
    listening = listen("127.0.0.1", 0)
    server = uvicorn.Server(uvicorn.Config(create_app(building, SETTINGS), log_level="critical"))
    serving = asyncio.create_task(server.serve(sockets=[listening]))
    url = url_of(listening)
    path = f"ws{url.removeprefix('http')}/v1/phone/asterisk?call=1700000000.7"
    follow = f"{url}/v1/phone/asterisk/next/1700000000.7"
    password = {"authorization": "Basic " + base64.b64encode(b"media:secret").decode()}
    async with httpx.AsyncClient(headers=password) as http:
        while not server.started:  # noqa: ASYNC110 - uvicorn has a flag and no event
            await asyncio.sleep(0.01)
        assert (await http.get(follow)).text == ""
        async with websockets.connect(path, additional_headers=password, subprotocols=["media"]) as channel:
            await channel.send(start)
            with contextlib.suppress(websockets.ConnectionClosed):
                while True:
                    await channel.send(b"\xff" * 160)
                    await asyncio.sleep(0.01)
            assert channel.close_code == 1000
        assert (await http.get(follow)).text == HUMAN
        if taken:
            assert (await http.get(follow.replace("/next/", "/taken/"))).text == ""
        else:
            async with websockets.connect(path, additional_headers=password) as channel:
                await channel.send(start)
                while not building.calls[0].heard_after:
                    await channel.send(b"\xff" * 160)
                    await asyncio.sleep(0.01)
        assert (await http.get(follow)).text == ""
        assert (await http.get(follow.replace("/next/", "/dance/"))).status_code == 404
    (call,) = building.calls
    assert call.taken is taken
    server.should_exit = True
    await serving
    listening.close()


@virtual_time
async def test_an_exchange_says_that_somebody_picked_up() -> None:
    channel, building, phones = Channel(), Building(), Phones()
    channel.start()
    line = StreamLine(channel, LoopClock(), Asterisk(), Ticket(call="c", rings_s=30.0), phones)  # type: ignore[arg-type]
    start = await line.started()
    assert isinstance(start, Started)
    talking = asyncio.ensure_future(channel.run())
    held = asyncio.ensure_future(line.hold(start, building.make, CallSettings(greeting="")))
    await asyncio.sleep(5.0)
    phone = phones.away("c")
    assert phone is not None
    phone.taken()
    assert await held is Ending.HANDED_ON
    assert building.calls[0].taken
    talking.cancel()


async def test_audiosocket_hangs_up_to_move_a_call_and_knows_it_when_it_comes_back() -> None:
    import struct
    import uuid

    from tests.server.telephony.test_audiosocket import free_port

    building, port = Building(), free_port()
    hosting = Hosting(Admission(1), make=building.make)
    settings = Settings(
        call=CallSettings(greeting=""),
        telephony=TelephonySettings(audiosocket=f"127.0.0.1:{port}"),
        handoff=SETTINGS.handoff,
    )
    id = uuid.UUID(int=9)
    audio = struct.pack(">BH", 0x10, 320) + bytes(320)
    async with switchboard.listening(hosting, settings):
        for leg in range(2):
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(struct.pack(">BH", 0x01, 16) + id.bytes)
            for _ in range(60):
                writer.write(audio)
            if leg == 0:
                assert (await asyncio.wait_for(reader.read(), 5))[-3:] == b"\0\0\0", "we hung up"
                assert hosting.phones.away(str(id)) is not None
            else:
                while not building.calls[0].heard_after:
                    writer.write(audio)
                    await asyncio.sleep(0.02)
                writer.write(b"\0\0\0")
                await asyncio.wait_for(reader.read(), 5)
            writer.close()
        assert hosting.phones.away(str(id)) is None
    assert building.calls[0].taken is False
    assert hosting.admission.calls == 0


async def test_two_calls_under_one_name_are_two_calls() -> None:
    """A dial plan with a fixed UUID: the second caller is not taken for the first one, who has not left."""
    from tests.server.telephony.test_audiosocket import free_port

    building, port = Building(), free_port()
    hosting = Hosting(Admission(2), make=building.make)
    settings = Settings(call=CallSettings(greeting=""), telephony=TelephonySettings(audiosocket=f"127.0.0.1:{port}"))
    async with switchboard.listening(hosting, settings):
        legs = []
        for _ in range(2):
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(b"\x01\x00\x10" + bytes(16) + b"\x10\x01\x40" + bytes(320))
            legs.append((reader, writer))
        while len(building.calls) < 2:  # noqa: ASYNC110 - over real sockets there is no event to wait for
            await asyncio.sleep(0.01)
        for reader, writer in legs:
            writer.write(b"\0\0\0")
            await asyncio.wait_for(reader.read(), 5)
            writer.close()
    assert hosting.admission.calls == 0


def test_in_a_whole_call_the_caller_agrees_hears_what_comes_and_is_not_left_alone() -> None:
    asked: list[Request] = []

    async def nobody(request: Request) -> bool:
        asked.append(request)
        await asyncio.sleep(4.0)
        return False

    call = Rehearsal(
        speech="0.5-2.5, 14.0-14.8",
        words="0.5-2.5 can I talk to a real person; 14.0-14.8 yes please",
        bridge=Transfer(nobody),
        country="US",
    )
    call.play(60.0)
    said = [event.text for event in call.of(e.ReplyText) if isinstance(event, e.ReplyText) and event.source == "notice"]
    own = lines.of("en").say
    assert said[0] in own["handoff_offer"]
    assert said[1] in own["handoff_moving"]
    assert not set(said) & set(own["handoff_trying"]), "nobody is there while it rings"
    missed = [text for text in said if text.startswith(tuple(own["handoff_failed"]))]
    assert [text.count("nine, eight, eight") for text in missed] == [2]
    assert len(asked) == 1
    assert not re.search(r"real person|please", asked[0].summary)


@pytest.mark.parametrize("number", ["", "+44 20 7946", "<Number>", "1" * 65])
def test_a_transfer_needs_a_number(number: str) -> None:
    with pytest.raises(SettingsError, match=r"handoff\.number"):
        handoff_bridge(Settings(handoff=HandoffSettings(by="transfer", number=number)))
    assert handoff_bridge(SETTINGS) is None, "it is each line's own"
