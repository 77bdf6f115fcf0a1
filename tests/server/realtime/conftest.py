"""A server with scripted conversations in a process of its own, and every event of ours read by the official types."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from openai.types.realtime import RealtimeServerEvent
from pydantic import TypeAdapter

SERVER = f"""
import sys
sys.path.insert(0, {str(Path(__file__).parents[2])!r})
from contextlib import asynccontextmanager
from fake_call import ScriptedConversation
from warmline.server import cli
from warmline.server.commands import serve

@asynccontextmanager
async def conversations(settings, console=None, kept=None):
    yield ScriptedConversation

serve.conversations = conversations
sys.exit(cli.main(["serve", "--port", "0", "--set", "call.greeting=", "--set", "server.most_lag_ms=0",
                  "--set", "server.max_calls=40", *sys.argv[1:]]))
"""

OURS = ("x_session", "x_emotion.user", "x_warmline.plan", "x_warmline.trouble", "x_warmline.event")


@pytest.fixture(scope="session")
def scripted_server() -> str:
    """A program for ``python -c`` that takes more arguments of ``warmline serve``."""
    return SERVER


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    """host:port of the running server."""
    with subprocess.Popen([sys.executable, "-c", SERVER], stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            url = next(word for word in process.stdout.readline().split() if word.startswith("http"))
            yield url.removeprefix("http://")
        finally:
            process.kill()


@pytest.fixture(scope="session")
def official() -> Callable[[Mapping[str, Any]], None]:
    """Reads an event with the official client's own types; fails where a field is missing or of another kind."""
    types: TypeAdapter[Any] = TypeAdapter(RealtimeServerEvent)

    def check(event: Mapping[str, Any]) -> None:
        if event["type"] not in OURS:
            types.validate_python({"event_id": "event_1", **event})

    return check
