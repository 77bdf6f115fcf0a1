"""Calls over real sockets at two gateways, each a process of its own, one of which is killed: are all calls taken up by
the other, and is every finished exchange still there?"""

from __future__ import annotations

import asyncio
import json
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.request import urlopen

import numpy as np
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import WebSocketException

from warmline.speech.audio.pcm import to_pcm16
from warmline.speech.runtime.errors import BackendError

RATE: Final = 16_000
FRAME_S: Final = 0.02
PERIOD_S: Final = 8.0
"""Each caller says something once in so many seconds; the stand-in ear knows when."""

WORDS: Final = "I lost my job last week"
SCRIPT: Final = "; ".join(f"{at + 0.5:g}-{at + 1.5:g} {WORDS}" for at in range(0, 400, int(PERIOD_S)))
TRY_AGAIN_S: Final = (0.0, 0.5, 1.0, 2.0, 4.0, 8.0)

GATEWAY: Final = (
    "vad.backend=energy",
    "turn.backend=cluster",
    "asr.backend=cluster",
    "tagger.backend=cluster",
    "voice.backend=cluster",
    "llm.backend=scripted",
    'spare_voice.backend=""',
    "call.greeting=Hello.",
    "call.tone_consent=given",
    "call.check_in_s=600",
)


@dataclass(slots=True)
class Caller:
    """``finished``: the exchanges that this caller was told are over. ``lost``: of those, how many the other gateway
    did not know. ``after``: exchanges after the kill; ``why``: what ended the call early, "" for nothing."""

    number: int
    finished: list[str] = field(default_factory=list)
    moved: bool = False
    lost: int = 0
    after: int = 0
    away_s: float = 0.0
    why: str = ""


def gateway(port: int, address: str, calls: int) -> subprocess.Popen[bytes]:
    """``warmline serve`` as a gateway of the cluster, with stand-ins for what the cluster does not run."""
    remote = [f"{kind}.address={address}" for kind in ("asr", "turn", "tagger", "voice")]
    sets = [*GATEWAY, *remote, f"cluster.address={address}", f"server.max_calls={calls}"]
    arguments = [part for one in sets for part in ("--set", one)]
    return subprocess.Popen(
        [sys.executable, "-m", "warmline.server.cli", "serve", "--port", str(port), *arguments],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    )


def await_ready(port: int, process: subprocess.Popen[bytes], within_s: float = 120.0) -> None:
    """Raises BackendError with the gateway's own last words where it does not come up."""
    until = time.monotonic() + within_s
    while time.monotonic() < until:
        if process.poll() is not None:
            said = process.stderr.read().decode("utf-8", "replace") if process.stderr else ""
            raise BackendError(
                f"a gateway did not start: {said.strip().splitlines()[-1] if said.strip() else 'silent'}"
            )
        try:
            with urlopen(f"http://127.0.0.1:{port}/readyz", timeout=1.0) as answer:
                if answer.status == 200:
                    return
        except OSError:
            time.sleep(0.3)
    raise BackendError(f"a gateway was not ready within {within_s:.0f} s")


async def calls(
    ports: Sequence[int], victim: subprocess.Popen[bytes], count: int, note: Callable[[str], None], seed: int = 0
) -> list[Caller]:
    """``count`` callers, spread over the gateways; the first of these is killed while they talk. Ends when everybody
    had an exchange afterwards, or cannot."""
    dice = random.Random(seed)
    callers = [Caller(number) for number in range(count)]
    killed = asyncio.Event()
    async with asyncio.TaskGroup() as group:
        for caller in callers:
            delay_s = dice.uniform(0.0, PERIOD_S)
            group.create_task(_call(caller, ports, delay_s, killed))
        await asyncio.sleep(2.5 * PERIOD_S + dice.uniform(0.0, PERIOD_S))
        note(f"killing the gateway that holds {sum(not caller.number % 2 for caller in callers)} of {count} calls")
        victim.send_signal(signal.SIGKILL)
        killed.set()
    return callers


async def _call(caller: Caller, ports: Sequence[int], delay_s: float, killed: asyncio.Event) -> None:
    await asyncio.sleep(delay_s)
    port, token = ports[caller.number % len(ports)], ""
    try:
        async with asyncio.timeout(8 * PERIOD_S):
            while True:
                ended, token = await _connected(caller, port, token, killed)
                if ended:
                    return
                port = await _elsewhere(caller, [one for one in ports if one != port] or [port])
    except (TimeoutError, OSError, WebSocketException, BackendError) as error:
        caller.why = caller.why or type(error).__name__


async def _elsewhere(caller: Caller, ports: Sequence[int]) -> int:
    """As a load balancer would: a gateway that answers."""
    for wait_s in TRY_AGAIN_S:
        await asyncio.sleep(wait_s)
        for port in ports:
            try:
                _, writer = await asyncio.open_connection("127.0.0.1", port)
            except OSError:
                continue
            writer.close()
            return port
    raise BackendError("no gateway answers")


async def _connected(caller: Caller, port: int, token: str, killed: asyncio.Event) -> tuple[bool, str]:
    """One connection, until the call is over (True) or the connection is lost; with the last token."""
    left_at = time.monotonic()
    try:
        async with connect(f"ws://127.0.0.1:{port}/v1/call", max_size=None) as socket:
            first = {"type": "resume", "token": token} if token else {"type": "start"}
            await socket.send(json.dumps({**first, "rate": RATE}))
            reading = asyncio.create_task(_read(caller, socket, killed, left_at))
            speaking = asyncio.create_task(_speak(socket))
            try:
                ended, newer = await reading
                return ended, newer or token
            finally:
                speaking.cancel()
                await asyncio.gather(speaking, return_exceptions=True)
    except (OSError, WebSocketException):
        return False, token


async def _read(caller: Caller, socket: ClientConnection, killed: asyncio.Event, left_at: float) -> tuple[bool, str]:
    token = ""
    try:
        async for message in socket:
            if isinstance(message, bytes):
                continue
            told: dict[str, Any] = json.loads(message)
            kind = told["type"]
            if kind in ("ready", "resumed"):
                token = str(told["resume"]["token"])
            if kind == "resumed":
                caller.moved, caller.away_s = True, time.monotonic() - left_at
                known = [str(entry["text"]) for entry in told["transcript"] if entry["who"] == "warmline"]
                caller.lost += sum(text not in known for text in caller.finished)
            elif kind == "reply_ended":
                caller.finished.append(str(told.get("heard", "")))
                if killed.is_set() and told.get("words"):
                    caller.after += 1
                    await socket.send(json.dumps({"type": "end"}))
                    return True, token
            elif kind in ("error", "ended"):
                caller.why = str(told.get("code") or told.get("reason"))
                return True, token
    except WebSocketException:
        pass
    return False, token


async def _speak(socket: ClientConnection) -> None:
    """Loud from 0.5 to 1.5 s of every period, quiet else, in real time."""
    began, step = time.monotonic(), 0
    wave = 0.3 * np.sin(2.0 * np.pi * 220.0 * np.arange(round(RATE * FRAME_S)) / RATE)
    loud, quiet = (to_pcm16(one.astype(np.float32)).tobytes() for one in (wave, np.zeros_like(wave)))
    while True:
        at_s = (step * FRAME_S) % PERIOD_S
        await socket.send(loud if 0.5 <= at_s < 1.5 else quiet)
        step += 1
        await asyncio.sleep(max(0.0, began + step * FRAME_S - time.monotonic()))


def free_port() -> int:
    """One that nobody listens on now."""
    import socket

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
