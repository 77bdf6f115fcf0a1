"""``warmline serve``: the port, the address that is printed, what stops the start, and Ctrl-C."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
from collections.abc import AsyncGenerator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest

from warmline.server.cli import main
from warmline.server.commands import serve
from warmline.server.config import Settings
from warmline.server.transport.websocket import MakeCall
from warmline.speech.runtime.errors import MissingWeights, UsageError

STAND_IN = f"""
import sys
sys.path.insert(0, {str(Path(__file__).parents[1])!r})
from contextlib import asynccontextmanager
from fake_call import ScriptedConversation
from warmline.server import cli
from warmline.server.commands import serve

@asynccontextmanager
async def conversations(settings):
    yield ScriptedConversation

serve.conversations = conversations
sys.exit(cli.main(["serve", "--port", "0"]))
"""


@pytest.fixture
def taken() -> Iterator[int]:
    """A port on which somebody listens."""
    with socket.create_server(("127.0.0.1", 0)) as other:
        yield other.getsockname()[1]


def test_a_port_in_use_is_one_clear_line_and_nothing_is_loaded(
    taken: int, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(serve, "conversations", lambda _: pytest.fail("models were loaded"))
    assert main(["serve", "--port", str(taken)]) == 2
    told = capsys.readouterr().err.strip()
    assert "\n" not in told
    assert f"port {taken} is in use" in told
    assert "--port" in told


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
    async def broken(_: Settings) -> AsyncGenerator[MakeCall, None]:
        raise MissingWeights("whisper is not here: warmline weights fetch")
        yield

    monkeypatch.setattr(serve, "conversations", broken)
    assert main(["serve", "--port", "0"]) == 3
    assert capsys.readouterr().err.strip() == "warmline: whisper is not here: warmline weights fetch"


def test_it_serves_until_ctrl_c_and_stops_without_a_trace() -> None:
    with subprocess.Popen(
        [sys.executable, "-c", STAND_IN], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        line = process.stdout.readline()
        url = next(word for word in line.split() if word.startswith("http"))
        assert httpx.get(f"{url}/readyz", timeout=30).json()["ready"] is True
        process.send_signal(signal.SIGINT)
        _, told = process.communicate(timeout=60)
    assert process.returncode == 130
    assert told.strip() == "warmline: stopped"
