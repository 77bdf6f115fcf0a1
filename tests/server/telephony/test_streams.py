"""A provider's call from its webhook to its end, with scripted conversations behind a real application."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from fake_call import Built
from starlette.testclient import TestClient, WebSocketTestSession
from starlette.websockets import WebSocketDisconnect
from twilio.request_validator import RequestValidator
from virtual_time import virtual_time

from warmline.server.app import create_app
from warmline.server.settings import CallSettings, ServerSettings, Settings, TelephonySettings
from warmline.server.transport.telephony.phone import WANTS_PERSON
from warmline.server.transport.telephony.tickets import VALID_S, Ticket, Tickets, ticket_for
from warmline.speech.audio.codec import decode_mulaw, encode_mulaw
from warmline.speech.runtime.clock import LoopClock

PUBLIC = "https://calls.example.org"
TELEPHONY = TelephonySettings(public_url=PUBLIC, twilio_token="secret", caller_key="key")
SETTINGS = Settings(call=CallSettings(greeting=""), server=ServerSettings(most_lag_ms=0.0), telephony=TELEPHONY)
NUMBER = "+442079460958"
START = {
    "event": "start",
    "streamSid": "MZ1",
    "start": {"streamSid": "MZ1", "mediaFormat": {"encoding": "audio/x-mulaw", "sampleRate": 8000, "channels": 1}},
}


@pytest.fixture
def built() -> Built:
    return Built()


@pytest.fixture
def client(built: Built) -> Iterator[TestClient]:
    with TestClient(create_app(built, SETTINGS)) as client:
        yield client


def announced(client: TestClient, token: str = "secret") -> Any:
    form = {"CallSid": "CA1", "From": NUMBER, "To": "+18005550100"}
    signed = RequestValidator(token).compute_signature(f"{PUBLIC}/v1/phone/twilio", form)
    return client.post("/v1/phone/twilio", data=form, headers={"X-Twilio-Signature": signed})


@contextmanager
def streaming(client: TestClient) -> Iterator[WebSocketTestSession]:
    answer = announced(client)
    found = re.search(
        r'<Connect><Stream url="wss://calls\.example\.org(/v1/phone/twilio/[^"]+)"/></Connect>', answer.text
    )
    assert found, answer.text
    with client.websocket_connect(found[1]) as stream:
        stream.send_json({"event": "connected", "protocol": "Call", "version": "1.0.0"})
        stream.send_json(START)
        yield stream


def speak(stream: WebSocketTestSession, seconds_s: float) -> None:
    wave = 0.5 * np.sin(2 * np.pi * 200.0 * np.arange(160) / 8_000).astype(np.float32)
    payload = base64.b64encode(encode_mulaw(wave)).decode()
    for _ in range(round(seconds_s * 50)):
        stream.send_json({"event": "media", "streamSid": "MZ1", "media": {"track": "inbound", "payload": payload}})


def until(stream: WebSocketTestSession, event: str) -> list[dict[str, Any]]:
    seen: list[dict[str, Any]] = []
    while not seen or seen[-1]["event"] != event:
        seen.append(json.loads(stream.receive_text()))
    return seen


def test_a_signed_call_is_connected_heard_and_answered(client: TestClient, built: Built) -> None:
    with streaming(client) as stream:
        speak(stream, 0.6)
        frames = [until(stream, "media")[-1] for _ in range(20)]
        assert {frame["streamSid"] for frame in frames} == {"MZ1"}
        voice = decode_mulaw(b"".join(base64.b64decode(frame["media"]["payload"]) for frame in frames))
        assert 0.15 < float(np.abs(voice).max()) <= 0.35
        stream.send_json({"event": "stop", "streamSid": "MZ1", "stop": {}})
        with pytest.raises(WebSocketDisconnect) as closed:
            until(stream, "never")
    assert closed.value.code == 1000
    (call,) = built.calls
    assert call.settings.country == "GB"
    assert not call.settings.read_tone, "nobody was asked: there is no greeting in which to ask"
    assert call.settings.caller.startswith("phone-")
    assert NUMBER not in call.settings.caller
    assert call.ended


def test_whoever_calls_by_telephone_is_asked_before_their_tone_is_read(built: Built) -> None:
    greeted = replace(SETTINGS, call=CallSettings(greeting="Hello."))
    with TestClient(create_app(built, greeted)) as client, streaming(client) as stream:
        until(stream, "media")
    assert built.calls[0].settings.read_tone
    assert built.calls[0].settings.tone_consent == "ask"


def test_an_interruption_clears_what_the_line_holds(client: TestClient) -> None:
    with streaming(client) as stream:
        speak(stream, 0.6)
        until(stream, "media")
        speak(stream, 1.0)
        assert until(stream, "clear")[-1] == {"event": "clear", "streamSid": "MZ1"}


def test_the_key_0_asks_for_a_person_once_however_often_it_is_pressed(client: TestClient, built: Built) -> None:
    with streaming(client) as stream:
        for _ in range(50):
            stream.send_json({"event": "dtmf", "dtmf": {"digit": "0"}})
        stream.send_json({"event": "dtmf", "dtmf": {"digit": "5"}})
        until(stream, "media")
    assert built.calls[0].wrote == [WANTS_PERSON]


def test_a_webhook_that_is_not_signed_opens_nothing(client: TestClient, built: Built) -> None:
    assert announced(client, token="forged").status_code == 403
    assert client.post("/v1/phone/twilio").status_code == 403
    assert client.post("/v1/phone/plivo").status_code == 404, "not set up"
    assert client.post("/v1/phone/nobody").status_code == 404
    assert client.post("/v1/phone/twilio", content=b"x" * 100_000).status_code == 413
    assert not built.calls


def test_a_ticket_opens_one_stream(client: TestClient) -> None:
    path = re.search(r"org(/v1/phone/twilio/[^\"]+)", announced(client).text)
    assert path
    with client.websocket_connect(path[1]):
        pass
    with pytest.raises(WebSocketDisconnect), client.websocket_connect(path[1]):
        pass
    with pytest.raises(WebSocketDisconnect), client.websocket_connect("/v1/phone/twilio/guessed"):
        pass


def test_a_stream_of_nonsense_ends(client: TestClient) -> None:
    with streaming(client) as stream:
        for _ in range(30):
            stream.send_text('{"event": "media"}')
        with pytest.raises(WebSocketDisconnect) as closed:
            until(stream, "never")
    assert closed.value.code == 1008


def test_a_caller_who_finds_all_lines_busy_is_told(built: Built) -> None:
    settings = Settings(server=ServerSettings(max_calls=0), telephony=TELEPHONY)
    with TestClient(create_app(built, settings)) as client:
        answer = announced(client)
    assert "<Say>All lines are busy" in answer.text
    assert "<Hangup/>" in answer.text


def test_a_server_that_stops_tells_callers_so_and_takes_none(client: TestClient) -> None:
    client.app.state.hosting.draining = True  # type: ignore[attr-defined]
    assert "<Say>All lines are busy" in announced(client).text


def test_a_number_becomes_a_country_and_a_name_that_does_not_tell_it() -> None:
    ticket = ticket_for(NUMBER, "key")
    assert ticket.country == "GB"
    assert ticket == ticket_for(NUMBER, "key")
    assert ticket.caller != ticket_for(NUMBER, "another").caller
    assert ticket_for(NUMBER, "") == Ticket("", "GB")
    assert ticket_for("anonymous", "key") == ticket_for("", "key") == Ticket()


@virtual_time
async def test_a_ticket_grows_too_old() -> None:
    import asyncio

    tickets = Tickets(LoopClock())
    word = tickets.issue(Ticket())
    await asyncio.sleep(VALID_S + 1)
    assert tickets.redeem(word) is None
