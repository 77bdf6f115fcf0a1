"""The web server: the page and its headers, health, admission, and calls through the real stack."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncGenerator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import replace
from typing import Any

import pytest
from fake_call import Built
from starlette.testclient import TestClient, WebSocketTestSession
from starlette.websockets import WebSocketDisconnect

from warmline.server.app import PAGE, create_app
from warmline.server.auth import same_host
from warmline.server.settings import CallSettings, Settings
from warmline.server.transport.conversing import MakeCall
from warmline.speech.runtime.errors import MissingWeights

SETTINGS = Settings(call=CallSettings(greeting=""))
START = json.dumps({"type": "start", "rate": 16_000})


@contextmanager
def serving(built: Built, settings: Settings = SETTINGS) -> Iterator[TestClient]:
    with TestClient(create_app(built, settings)) as client:
        yield client


@pytest.fixture
def client() -> Iterator[TestClient]:
    with serving(Built()) as client:
        yield client


def last(call: WebSocketTestSession) -> tuple[dict[str, Any], int]:
    """The message that says why a call ended, and the close code."""
    message: dict[str, Any] = {}
    while True:
        received = call.receive()
        if received["type"] == "websocket.close":
            return message, received["code"]
        if "text" in received:
            message = json.loads(received["text"])


@pytest.mark.parametrize("path", PAGE)
def test_the_page_and_its_parts_are_served_with_their_types(client: TestClient, path: str) -> None:
    answer = client.get(f"/{path}")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == PAGE[path][1]
    assert len(answer.content) > 100


def test_every_answer_carries_the_security_headers(client: TestClient) -> None:
    for path in ("/", "/call.js", "/healthz", "/nowhere"):
        headers = client.get(path).headers
        assert "default-src 'none'" in headers["content-security-policy"]
        assert "http" not in headers["content-security-policy"]
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "no-referrer"
        assert "microphone=(self)" in headers["permissions-policy"]


def test_the_page_needs_no_third_party_and_no_inline_script(client: TestClient) -> None:
    page = client.get("/").text
    assert re.findall(r'(?:src|href)="(?![/#])([^"]*)"', page) == ["https://findahelpline.com"]
    assert "<script>" not in page
    assert "style=" not in page
    assert " on" not in "".join(re.findall(r"<[^>]*\bon\w+=", page))
    scripts = {path: client.get(f"/{path}").text for path in PAGE if path.endswith((".js", ".css"))}
    for path, text in scripts.items():
        fetched = set(re.findall(r"\b(?:fetch|import|from|src|url)\W{1,3}(https?:[^'\"]*)", text))
        assert fetched == set(), path
        assert "innerHTML" not in text, path
        assert not re.search(r"\beval\(|new Function", text), path
    imported = {name for text in scripts.values() for name in re.findall(r"from '\./([\w.]+)'", text)}
    assert imported <= set(PAGE), "every module is served"


def test_the_page_always_shows_where_to_find_help(client: TestClient) -> None:
    page = client.get("/").text
    help_line = page[page.index('class="help"') : page.index('id="card"')]
    assert "local emergency number" in help_line
    assert "findahelpline.com" in help_line
    assert "hidden" not in help_line


def test_the_page_asks_for_consent_unticked_and_says_that_it_is_an_ai(client: TestClient) -> None:
    page = client.get("/").text
    assert "not a person" in page
    box = re.search(r"<input[^>]*id=\"tone\"[^>]*>", page)
    assert box is not None
    assert "checked" not in box[0]


def test_there_are_no_pages_of_the_framework(client: TestClient) -> None:
    assert {client.get(path).status_code for path in ("/docs", "/redoc")} == {404}


def test_health_and_readiness(client: TestClient) -> None:
    assert client.get("/healthz").json() == {"status": "ok"}
    ready = {"ready": True, "calls": 0, "max_calls": 2, "draining": False}
    assert client.get("/readyz").json() == ready


def test_parts_are_built_once_and_freed() -> None:
    built = Built()
    with serving(built) as client:
        for _ in range(3):
            with client.websocket_connect("/v1/call") as call:
                call.send_text(START)
                call.send_text('{"type":"end"}')
                last(call)
        assert built.open == 1
    assert built.open == 0
    assert len(built.calls) == 3


def test_what_cannot_be_built_stops_the_start_and_is_kept_for_the_command() -> None:
    @asynccontextmanager
    async def broken() -> AsyncGenerator[MakeCall, None]:
        raise MissingWeights("fetch them: warmline weights fetch")
        yield

    app = create_app(broken, SETTINGS)
    with pytest.raises(MissingWeights), TestClient(app):
        pass
    assert isinstance(app.state.hosting.failure, MissingWeights)


def test_a_call_answers_through_the_real_stack(client: TestClient) -> None:
    with client.websocket_connect("/v1/call") as call:
        call.send_text(START)
        loud = b"\x00\x40\x00\xc0" * 160
        for _ in range(25):
            call.send_bytes(loud)
        received, voice = [], 0
        while "reply_began" not in received:
            message = call.receive()
            voice += "bytes" in message
            if "text" in message:
                received.append(json.loads(message["text"])["type"])
            call.send_bytes(bytes(640))
        call.send_text('{"type":"end"}')
        ended, code = last(call)
    assert received[0] == "ready"
    assert "planned" in received
    assert voice > 0
    assert (ended["reason"], code) == ("hung_up", 1000)


def test_at_most_max_calls_at_once_and_the_next_is_told_kindly() -> None:
    settings = replace(SETTINGS, server=replace(SETTINGS.server, max_calls=1))
    with serving(Built(), settings) as client:
        with client.websocket_connect("/v1/call") as first:
            first.send_text(START)
            assert json.loads(first.receive_text())["type"] == "ready"
            assert client.get("/readyz").status_code == 503
            with client.websocket_connect("/v1/call") as second:
                second.send_text(START)
                message, code = last(second)
            assert (message["type"], message["reason"], code) == ("ended", "busy", 1013)
            assert "busy" in message["message"]
            first.send_text('{"type":"end"}')
            last(first)
        with client.websocket_connect("/v1/call") as third:
            third.send_text(START)
            assert json.loads(third.receive_text())["type"] == "ready"


def test_a_place_is_free_again_when_a_client_vanishes() -> None:
    settings = replace(SETTINGS, server=replace(SETTINGS.server, max_calls=1))
    built = Built()
    with serving(built, settings) as client:
        for _ in range(3):
            with client.websocket_connect("/v1/call") as call:
                call.send_text(START)
                assert json.loads(call.receive_text())["type"] == "ready"
        assert client.get("/readyz").json()["calls"] == 0
    assert [call.ended for call in built.calls] == [True] * 3


@pytest.mark.parametrize("origin", ["https://elsewhere.example", "null", "http://testserver.elsewhere.example"])
def test_a_page_of_another_site_cannot_call(client: TestClient, origin: str) -> None:
    with (
        pytest.raises(WebSocketDisconnect) as refused,
        client.websocket_connect("/v1/call", headers={"origin": origin}),
    ):
        pass
    assert refused.value.code == 1008


def test_our_own_page_can_call(client: TestClient) -> None:
    with client.websocket_connect("/v1/call", headers={"origin": "http://testserver"}) as call:
        call.send_text(START)
        assert json.loads(call.receive_text())["type"] == "ready"


@pytest.mark.parametrize(
    ("origin", "host", "same"),
    [
        (None, "here:1", True),
        ("http://here:1", "here:1", True),
        ("https://HERE:1", "here:1", True),
        ("http://here:2", "here:1", False),
        ("http://here:1@there", "here:1", False),
        ("null", "here:1", False),
        ("", "here:1", False),
        ("http://", "", False),
        ("http://[", "here:1", False),
        ("http://here", None, False),
    ],
)
def test_same_host(origin: str | None, host: str | None, same: bool) -> None:
    assert same_host(origin, host) is same


def test_bad_input_is_told_through_the_real_stack(client: TestClient) -> None:
    with client.websocket_connect("/v1/call") as call:
        call.send_bytes(b"\0\0")
        assert json.loads(call.receive_text())["code"] == "audio_before_start"
        call.send_text('{"type":"start","rate":"fast"}')
        assert json.loads(call.receive_text())["code"] == "bad_rate"
        call.send_text(START)
        assert json.loads(call.receive_text())["type"] == "ready"
        call.send_bytes(b"\0")
        assert json.loads(call.receive_text())["code"] == "odd_audio"


def test_the_protocol_is_published_and_linked(client: TestClient) -> None:
    assert 'href="/protocol"' in client.get("/").text
    page = client.get("/protocol")
    assert page.status_code == 200
    assert "Are you having thoughts of killing yourself?" in page.text
    assert page.headers["content-security-policy"].startswith("default-src 'none'")


def test_the_console_is_there_only_where_it_was_chosen(client: TestClient) -> None:
    assert client.get("/v1/console").status_code == 404
