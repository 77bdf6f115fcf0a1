"""The API over a store of its own: a shelf with calls on it, asked in the same event loop, or served on a port."""

from __future__ import annotations

import asyncio
import socket
import threading
import time
from collections.abc import AsyncGenerator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

import httpx
import uvicorn
from fake_call import ScriptedConversation
from fastapi import FastAPI

from tests.dialogue.memory.test_memory import item
from tests.server.store.test_keeping import ended
from warmline.server.api.access import Shelf
from warmline.server.api.routes import add_api
from warmline.server.app import create_app
from warmline.server.auth import Keys
from warmline.server.settings import CallSettings, MemorySettings, ServerSettings, Settings, StoreSettings
from warmline.server.store.keeping import CallRecord, Keeper, keeper
from warmline.server.transport.conversing import MakeCall
from warmline.speech.runtime.clock import WallClock

TOKEN = "op-token"
OPERATOR = {"authorization": f"Bearer {TOKEN}"}


def settings_at(path: Path) -> Settings:
    return Settings(store=StoreSettings(str(path), plaintext=True, days=90), memory=MemorySettings("yes"))


def app_of(keeping: Keeper | None, tokens: tuple[str, ...] = (TOKEN,), audit: str = "") -> FastAPI:
    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
    add_api(app, Shelf(Keys(tokens, WallClock()), keeping, audit))
    return app


def asking(app: FastAPI, headers: dict[str, str] | None = None) -> httpx.AsyncClient:
    transport = httpx.ASGITransport(app, raise_app_exceptions=True)
    return httpx.AsyncClient(transport=transport, base_url="http://here", headers=headers)


def owner(record: CallRecord) -> dict[str, str]:
    return {"authorization": f"Bearer {record.link}"}


async def a_call(keeping: Keeper, caller: str = "ada", turns: int = 2, *, over: bool = True) -> CallRecord:
    """A call with words, with a note, that is over."""
    record = await keeping.begin(CallSettings(caller=caller))
    for number in range(1, turns + 1):
        record.turn(ended(number))
    record.remember((item("My sister hurt me.", call=record.id),))
    if over:
        record.end()
    await keeping._writer.flushed()
    await asyncio.sleep(0)
    return record


@asynccontextmanager
async def kept(folder: Path) -> AsyncGenerator[Keeper, None]:
    async with keeper(settings_at(folder / "c.db")) as keeping:
        assert keeping is not None
        yield keeping


@contextmanager
def on_a_port(folder: Path) -> Iterator[tuple[str, list[CallRecord]]]:
    """The real application on a port, in a thread, with calls on its shelf: its address, and their records."""
    made: list[CallRecord] = []

    @asynccontextmanager
    async def build() -> AsyncGenerator[MakeCall, None]:
        async with kept(folder) as keeping:
            made.append(await a_call(keeping, turns=6))
            for caller in ("dee", "ada", "bea", ""):
                made.append(await a_call(keeping, caller))
            app.state.shelf.keeping = keeping
            yield ScriptedConversation

    app = create_app(build, Settings(server=ServerSettings(tokens=TOKEN)))
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        server = uvicorn.Server(uvicorn.Config(app, log_level="critical", lifespan="on"))
        thread = threading.Thread(target=lambda: server.run(sockets=[listening]))
        thread.start()
        try:
            while not server.started:
                assert thread.is_alive()
                time.sleep(0.01)
            yield f"http://127.0.0.1:{listening.getsockname()[1]}", made
        finally:
            server.should_exit = True
            thread.join()
