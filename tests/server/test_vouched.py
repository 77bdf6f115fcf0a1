"""A caller whom the operator knows: believed with the operator's token or a secret made for that caller, else never."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from fake_call import Built
from starlette.testclient import TestClient, WebSocketTestSession

from warmline.server.app import create_app
from warmline.server.auth import OPERATORS, Vouched, operators_key
from warmline.server.settings import CallSettings, ServerSettings, Settings

TOKEN = {"authorization": "Bearer operators-token-1"}


@pytest.fixture
def built() -> Built:
    return Built()


def client_of(built: Built, tokens: str) -> TestClient:
    settings = Settings(call=CallSettings(greeting=""), server=ServerSettings(tokens=tokens))
    return TestClient(create_app(built, settings))


@pytest.fixture
def client(built: Built) -> Iterator[TestClient]:
    with client_of(built, "operators-token-1") as client:
        yield client


def first(call: WebSocketTestSession, **start: object) -> dict[str, object]:
    call.send_text(json.dumps({"type": "start", "rate": 16_000, **start}))
    told: dict[str, object] = json.loads(call.receive_text())
    return told


def secret_for(client: TestClient, caller: str) -> dict[str, str]:
    body = {"session": {"type": "realtime", "x_caller": caller}} if caller else {}
    made = client.post("/v1/realtime/client_secrets", json=body, headers=TOKEN)
    assert made.status_code == 200
    return {"authorization": f"Bearer {made.json()['value']}"}


def test_whoever_has_the_operators_token_names_the_caller(client: TestClient, built: Built) -> None:
    with client.websocket_connect("/v1/call", headers=TOKEN) as call:
        assert first(call, x_caller="user-17")["type"] == "ready"
    assert built.calls[0].settings.caller == "x:user-17"


def test_a_secret_names_the_caller_for_whom_it_was_made_and_nobody_else(client: TestClient, built: Built) -> None:
    headers = secret_for(client, "user-17")
    with client.websocket_connect("/v1/call", headers=headers) as call:
        assert first(call, x_caller="user-18")["code"] == "caller_not_vouched"
        assert first(call)["type"] == "ready"
    assert built.calls[0].settings.caller == "x:user-17"


@pytest.mark.parametrize("page", [True, False])
def test_nobody_else_is_believed(client: TestClient, built: Built, page: bool) -> None:
    headers = {"origin": "http://testserver"} if page else secret_for(client, "")
    with client.websocket_connect("/v1/call", headers=headers) as call:
        assert first(call, x_caller="user-17")["code"] == "caller_not_vouched"
        assert first(call)["type"] == "ready"
    assert built.calls[0].settings.caller == ""


def test_an_open_server_believes_nobody(built: Built) -> None:
    with client_of(built, "") as client:
        with client.websocket_connect("/v1/call") as call:
            assert first(call, x_caller="user-17")["code"] == "caller_not_vouched"
        made = client.post("/v1/realtime/client_secrets", json={"session": {"x_caller": "user-17"}})
        assert (made.status_code, made.json()["error"]["code"]) == (400, "caller_not_vouched")


def test_the_realtime_protocol_takes_it_in_the_session(client: TestClient, built: Built) -> None:
    def update(call: WebSocketTestSession, caller: str) -> list[str]:
        session = {"type": "realtime", "x_caller": caller}
        call.send_text(json.dumps({"type": "session.update", "session": session}))
        kinds: list[str] = []
        while not kinds or kinds[-1] not in ("error", "x_session"):
            kinds.append(json.loads(call.receive_text())["type"])
        return kinds

    with client.websocket_connect("/v1/realtime", headers=secret_for(client, "user-17")) as call:
        assert update(call, "user-18")[-1] == "error"
        assert update(call, "user-17")[-1] == "x_session"
    assert built.calls[0].settings.caller == "x:user-17"


@pytest.mark.parametrize("given", ["a b", "x" * 61, "a:b", 7, ["a"]])
def test_a_key_that_cannot_be_one_is_told(given: object) -> None:
    with pytest.raises(ValueError, match="says nothing about the person"):
        operators_key(given)


def test_no_client_can_choose_an_operators_name_itself(client: TestClient) -> None:
    with client.websocket_connect("/v1/call", headers=TOKEN) as call:
        assert first(call, caller=f"{OPERATORS}user-17-{'x' * 22}")["code"] == "bad_start"
    assert Vouched().caller_named("") == ""
