"""Kills a serving process without warning, again and again, and looks for what the callers had already been answered.

The process is ``warmline serve`` itself with stand-ins for the models; callers write to it over real WebSockets and
note each exchange whose end they were told of. After SIGKILL the store is opened anew: every noted exchange must be in
it, word for word, and the store must be whole. It tells nothing about a machine that loses its power: what is synced
there is for the database (SQLite: every commit; PostgreSQL: as it is set).
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import random
import secrets
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import WebSocketException

from warmline.server.store import database
from warmline.server.store.journal import place_of, recovered
from warmline.server.store.sealing import Seal
from warmline.server.store.store import Store
from warmline.speech.runtime.errors import BackendError, StorageError

STAND_INS: Final = (
    "vad.backend=scripted",
    "turn.backend=scripted",
    "asr.backend=scripted",
    "tagger.backend=scripted",
    "voice.backend=tone",
    "voice.word_ms=20",
    "spare_voice.backend=",
    "llm.backend=scripted",
    "call.greeting=",
    "call.check=false",
    "call.openings=false",
    "memory.consent=yes",
    "server.max_calls=1000",
)
FRAME: Final = bytes(640)
"""20 ms of silence at 16 kHz."""

START_S: Final = 60.0
WARM_S: Final = 20.0
"""How long the first answers of a round may take."""


@dataclass(slots=True)
class Crashed:
    """``finished``: exchanges whose end was told; ``lost``: those of them that the store does not have; ``corrupt``:
    rounds after which it was not whole; ``kills``: rounds; ``waited``: writings that the database did not have yet and
    the next start did again; ``after_s``: when each kill came, after the first answer."""

    kills: int = 0
    finished: int = 0
    kept: int = 0
    lost: int = 0
    corrupt: int = 0
    waited: int = 0
    after_s: list[float] = field(default_factory=list)
    troubles: list[str] = field(default_factory=list)


@dataclass(slots=True)
class _Caller:
    """Writes the next line as soon as the last was answered. ``finished``: the lines that were; ``answered`` is set
    with the first."""

    name: str
    answered: asyncio.Event
    finished: list[str] = field(default_factory=list)

    async def call(self, url: str) -> None:
        with contextlib.suppress(WebSocketException, OSError):
            async with connect(url, open_timeout=START_S, ping_interval=None) as socket:
                await socket.send(json.dumps({"type": "start", "rate": 16_000, "caller": self.name}))
                await asyncio.gather(self._listen(socket), _breathe(socket))

    async def _listen(self, socket: ClientConnection) -> None:
        async for message in socket:
            told = json.loads(message) if isinstance(message, str) else {}
            if told.get("type") == "reply_ended" and told.get("words"):
                self.finished.append(told["words"])
                self.answered.set()
            if told.get("type") == "ready" or (told.get("type") == "reply_ended" and told.get("words")):
                line = f"I walked {len(self.finished)} times round the lake and told {self.name}."
                await socket.send(json.dumps({"type": "write", "text": line}))


async def _breathe(socket: ClientConnection) -> None:
    """Silence, in real time: a call's clock is its audio."""
    begun, count = time.monotonic(), 0
    while True:
        await socket.send(FRAME)
        count += 1
        await asyncio.sleep(max(0.0, begun + 0.02 * count - time.monotonic()))


@dataclass(frozen=True, slots=True)
class Shop:
    """The store: its address, the key as it is set, and the cache folder of this machine."""

    url: str
    key: str
    cache: Path

    @property
    def seal(self) -> Seal:
        return Seal(self.key)


async def crash(shop: Shop, kills: int, calls: int, within_s: float, seed: int) -> Crashed:
    """Kill so often, each time at a moment of ``within_s`` seconds after the first answer. Raises BackendError where
    the server does not start, StorageError where the store cannot be opened before the first kill."""
    found, chance = Crashed(), random.Random(seed)
    async with database.opened(shop.url, shop.seal):
        pass
    for _ in range(kills):
        answered = asyncio.Event()
        callers = tuple(_Caller(secrets.token_urlsafe(18), answered) for _ in range(calls))
        after_s = chance.uniform(0.0, within_s)
        await _round(shop, callers, after_s)
        found.kills += 1
        found.after_s.append(round(after_s, 3))
        await _looked(found, shop, callers)
    return found


async def _round(shop: Shop, callers: Sequence[_Caller], after_s: float) -> None:
    process = _serving(shop)
    try:
        address = await asyncio.to_thread(_address, process)
        calling = [asyncio.create_task(caller.call(address)) for caller in callers]
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(callers[0].answered.wait(), WARM_S)
        await asyncio.sleep(after_s)
        process.send_signal(signal.SIGKILL)
        await asyncio.wait(calling, timeout=START_S)
        for task in calling:
            task.cancel()
        await asyncio.wait(calling)
    finally:
        process.kill()
        await asyncio.to_thread(process.communicate)


def _serving(shop: Shop) -> subprocess.Popen[str]:
    """The real command; the key goes by the environment, where no list of processes shows it."""
    sets = [word for one in STAND_INS for word in ("--set", one)]
    secret = {"WARMLINE_STORE__KEY": shop.key} if shop.key else {"WARMLINE_STORE__PLAINTEXT": "true"}
    return subprocess.Popen(
        [sys.executable, "-m", "warmline.server.cli", "serve", "--port", "0", *sets],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, **secret, "WARMLINE_STORE__URL": shop.url},
    )


def _address(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    for line in process.stdout:
        for word in line.split():
            if word.startswith("http://"):
                return f"ws{word.removeprefix('http')}/v1/call"
    _, errors = process.communicate()
    told = errors.strip().splitlines()
    raise BackendError(f"the server did not start: {told[-1] if told else 'it said nothing'}")


async def _looked(found: Crashed, shop: Shop, callers: Sequence[_Caller]) -> None:
    """Open the store as the next start does, with what waits beside it, and compare."""
    finished = [set(caller.finished) for caller in callers]
    found.finished += sum(len(lines) for lines in finished)
    try:
        if fault := await asyncio.to_thread(_fault, shop.url):
            raise StorageError(fault)
        async with database.opened(shop.url, shop.seal) as opened:
            store = Store(opened)
            found.waited += await recovered(place_of(opened, shop.cache), store)
            for caller, lines in zip(callers, finished, strict=True):
                kept = {turn.user for call in await store.calls(caller.name) for turn in await store.turns(call.id)}
                found.kept += len(kept)
                found.lost += len(lines - kept)
    except StorageError as error:
        found.corrupt += 1
        found.troubles.append(str(error))


def _fault(url: str) -> str:
    """What SQLite itself finds wrong; "" for nothing, and for other databases, which look after themselves."""
    path = Path(url.removeprefix("sqlite:///")).expanduser()
    if "://" in str(path) or url.startswith("postgres"):
        return ""
    try:
        with contextlib.closing(sqlite3.connect(path)) as connection:
            told = [str(row[0]) for row in connection.execute("PRAGMA integrity_check")]
    except sqlite3.DatabaseError as error:
        told = [str(error)]
    return "" if told == ["ok"] else f"the file is damaged: {told[0] if told else 'no answer'}"
