"""``warmline serve``: the port, the address that is printed, what stops the start, and Ctrl-C."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import sys
from collections.abc import AsyncGenerator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from pathlib import Path

import httpx
import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

from warmline.server.cli import main
from warmline.server.commands import serve
from warmline.server.transport.conversing import MakeCall
from warmline.speech.runtime.errors import MissingWeights, UsageError

STAND_IN = f"""
import sys
sys.path.insert(0, {str(Path(__file__).parents[1])!r})
from contextlib import asynccontextmanager
from fake_call import ScriptedConversation
from warmline.server import cli
from warmline.server.commands import serve

@asynccontextmanager
async def conversations(settings, console=None, kept=None):
    yield ScriptedConversation

serve.conversations = conversations
sys.exit(cli.main(["serve", "--port", "0"]))
"""


def told(errors: str) -> str:
    """What was told beside the standing warnings to operators."""
    return "\n".join(line for line in errors.splitlines() if not line.startswith("  warning: ")).strip()


@pytest.fixture
def taken() -> Iterator[int]:
    """A port on which somebody listens."""
    with socket.create_server(("127.0.0.1", 0)) as other:
        yield other.getsockname()[1]


def test_a_port_in_use_is_one_clear_line_and_nothing_is_loaded(
    taken: int, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(serve, "conversations", lambda *_: pytest.fail("models were loaded"))
    assert main(["serve", "--port", str(taken)]) == 2
    line = capsys.readouterr().err.strip()
    assert "\n" not in line
    assert f"port {taken} is in use" in line
    assert "--port" in line


@pytest.mark.parametrize(("host", "port"), [("127.0.0.1", 65_536), ("127.0.0.1", -1), ("no.such.host.invalid", 0)])
def test_an_address_that_cannot_be_is_refused_with_what_to_do(host: str, port: int) -> None:
    with pytest.raises(UsageError, match="--port"):
        serve.listen(host, port)


def test_the_address_is_one_that_a_browser_on_this_machine_can_open() -> None:
    for host, shown in (("127.0.0.1", "127.0.0.1"), ("0.0.0.0", "127.0.0.1")):
        with serve.listen(host, 0) as listening:
            assert serve.url_of(listening) == f"http://{shown}:{listening.getsockname()[1]}"


def test_why_it_cannot_start_is_told_as_the_cause_itself(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    @asynccontextmanager
    async def broken(*_: object) -> AsyncGenerator[MakeCall, None]:
        raise MissingWeights("whisper is not here: warmline weights fetch")
        yield

    monkeypatch.setattr(serve, "conversations", broken)
    assert main(["serve", "--port", "0"]) == 3
    assert told(capsys.readouterr().err) == "warmline: whisper is not here: warmline weights fetch"


@contextmanager
def running(first: str = "") -> Iterator[tuple[subprocess.Popen[str], str]]:
    """The command in a process of its own, with scripted conversations, after the line ``first``; its address."""
    with subprocess.Popen(
        [sys.executable, "-c", f"{first}\n{STAND_IN}"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        try:
            assert process.stdout is not None
            yield process, next(word for word in process.stdout.readline().split() if word.startswith("http"))
        finally:
            process.kill()


def ready(call: ClientConnection) -> None:
    call.send('{"type":"start","rate":16000}')
    assert json.loads(call.recv(30))["type"] == "ready"


def closed(call: ClientConnection) -> int | None:
    """Read on until the server closes; its code."""
    with suppress(ConnectionClosed):
        while True:
            call.recv(30)
    return call.close_code


def test_ctrl_c_ends_running_calls_and_stops_without_a_trace() -> None:
    with running() as (process, url), connect(f"ws{url.removeprefix('http')}/v1/call") as call:
        ready(call)
        assert httpx.get(f"{url}/readyz", timeout=30).json() == {
            "ready": True,
            "calls": 1,
            "max_calls": 2,
            "draining": False,
        }
        process.send_signal(signal.SIGINT)
        assert closed(call) == 1012
        _, errors = process.communicate(timeout=60)
        assert process.returncode == 130
        assert told(errors) == "warmline: stopped"


def test_a_huge_message_ends_its_own_call_only() -> None:
    with running() as (_, url), connect(f"ws{url.removeprefix('http')}/v1/call") as other:
        ready(other)
        with connect(f"ws{url.removeprefix('http')}/v1/call") as call:
            ready(call)
            head = b"\x82\xff" + (serve.MOST_MESSAGE + 1).to_bytes(8, "big") + bytes(4)
            call.socket.sendall(head)  # the server need not wait for what would follow
            assert closed(call) == 1009
        other.send("{")
        told: str | bytes = b""
        while not isinstance(told, str) or json.loads(told)["type"] != "error":
            told = other.recv(30)
