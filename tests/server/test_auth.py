"""Tokens and client secrets: who may call by a program."""

from __future__ import annotations

import asyncio
import base64
import json
from typing import Any

import pytest
from fake_call import Built
from starlette.testclient import TestClient
from starlette.websockets import WebSocketDisconnect
from virtual_time import virtual_time

from warmline.server import auth
from warmline.server.app import create_app
from warmline.server.auth import Keys
from warmline.server.config import flat
from warmline.server.settings import CallSettings, ServerSettings, Settings
from warmline.speech.runtime.clock import LoopClock

GUARDED = Settings(call=CallSettings(greeting=""), server=ServerSettings(tokens="one, two"))
BEARER = {"authorization": "Bearer two"}


@virtual_time
async def test_a_secret_admits_until_it_is_too_old() -> None:
    keys = Keys(("one",), LoopClock())
    word = keys.secret(60)
    assert keys.admits(f"Bearer {word}")
    assert keys.admits("", ["realtime", f"openai-insecure-api-key.{word}"])
    assert not keys.is_token(f"Bearer {word}"), "a secret makes no further secrets"
    await asyncio.sleep(61)
    assert not keys.admits(f"Bearer {word}")


@virtual_time
async def test_secrets_do_not_pile_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(auth, "MOST", 3)
    keys = Keys(("one",), LoopClock())
    words = [keys.secret() for _ in range(5)]
    assert [keys.admits(f"Bearer {word}") for word in words] == [False, False, True, True, True]


@pytest.mark.parametrize("given", ["", "Bearer", "Bearer ", "Bearer wrong", "Basic one", "one", "Bearer é"])
@virtual_time
async def test_what_is_no_key_is_refused(given: str) -> None:
    keys = Keys(("one",), LoopClock())
    assert not keys.admits(given)
    assert Keys((), LoopClock()).admits(given), "an open server asks nobody"


def refused(client: TestClient, path: str, **headers: str) -> bool:
    try:
        with client.websocket_connect(path, headers=headers) as call:
            call.receive()
    except WebSocketDisconnect as closed:
        return closed.code == 1008
    return False


def test_a_guarded_server_asks_programs_for_a_token_and_its_own_page_for_none() -> None:
    with TestClient(create_app(Built(), GUARDED)) as client:
        assert refused(client, "/v1/realtime")
        assert refused(client, "/v1/call")
        assert refused(client, "/v1/realtime", origin="https://elsewhere.example")
        assert client.post("/v1/realtime/calls", content="v=0").status_code == 401
        assert client.get("/metrics").status_code == 401
        with client.websocket_connect("/v1/realtime", headers=BEARER) as call:
            assert call.receive_json()["type"] == "session.created"
        with client.websocket_connect("/v1/call", headers={"origin": "http://testserver"}) as call:
            call.send_text('{"type": "start", "rate": 16000}')
            assert call.receive_json()["type"] == "ready"


def test_a_client_secret_opens_a_call_from_another_sites_page() -> None:
    with TestClient(create_app(Built(), GUARDED)) as client:
        assert client.post("/v1/realtime/client_secrets").status_code == 401
        body = {"expires_after": {"anchor": "created_at", "seconds": 60}, "session": {"type": "realtime"}}
        made: dict[str, Any] = client.post("/v1/realtime/client_secrets", json=body, headers=BEARER).json()
        assert made["session"]["object"] == "realtime.session"
        offered = ["realtime", f"openai-insecure-api-key.{made['value']}"]
        page = {"origin": "https://app.example"}
        with client.websocket_connect("/v1/realtime", subprotocols=offered, headers=page) as call:
            assert call.accepted_subprotocol == "realtime"
            assert call.receive_json()["type"] == "session.created"


@pytest.mark.parametrize("body", [b"{", b"[]", b'{"session": 1}', b'{"expires_after": {"seconds": 1}}', b"x" * 100_000])
def test_a_wrong_request_for_a_secret_is_refused(body: bytes) -> None:
    with TestClient(create_app(Built(), GUARDED)) as client:
        assert client.post("/v1/realtime/client_secrets", content=body, headers=BEARER).status_code == 400


def test_tokens_are_never_shown() -> None:
    assert flat(GUARDED)["server.tokens"] == "(set)"


def test_figures_of_a_call_are_counted_without_a_word_of_it() -> None:
    with TestClient(create_app(Built(), Settings(call=CallSettings(greeting="")))) as client:
        with client.websocket_connect("/v1/realtime") as call:
            call.receive_json()
            loud = base64.b64encode((b"\xff\x3f" * 60 + b"\x01\xc0" * 60) * 120).decode()
            call.send_text(json.dumps({"type": "input_audio_buffer.append", "audio": loud}))
            while call.receive_json()["type"] != "response.done":
                pass
            assert "warmline_calls 1.0" in client.get("/metrics").text
        figures = client.get("/metrics").text
    assert 'warmline_replies_total{outcome="spoken"} 1.0' in figures
    assert 'warmline_risk_turns_total{level="L0"} 1.0' in figures
    assert "warmline_answer_seconds_count 1.0" in figures
    assert "exam" not in figures
