"""Calls whose network breaks at a moment of chance, on virtual time: does the talk go on, and is nothing of it lost?

A person with a client of our WebSocket tells three things over a line that is reset, falls silent, stalls for ten
seconds, or breaks again while the call is being taken up. The server's side is the real one, from the socket to the
conversation; what hears, thinks and speaks are stand-ins. What the person said into a dead line they say again, as
people do. It does not know real networks, nor how a client notices that its own is gone.
"""

from __future__ import annotations

import asyncio
import json
import math
from collections import Counter
from dataclasses import dataclass, field
from random import Random
from typing import Any, Final, cast

import numpy as np
from starlette.websockets import WebSocketDisconnect, WebSocketState

from warmline.dialogue.types import Outcome
from warmline.server.conversation import Conversation
from warmline.server.hosting import Admission, Hosting, seated
from warmline.server.parts import Parts
from warmline.server.settings import Settings
from warmline.server.transport.resume import Seats
from warmline.server.transport.websocket import Line
from warmline.speech.audio.pcm import to_pcm16
from warmline.speech.runtime.clock import LoopClock
from warmline.speech.types import SAMPLE_RATE, Samples

KINDS: Final = ("reset", "silent", "stall", "reset twice")
SAYS: Final = (
    (5.0, 8.0, "I have been lying awake most of this week"),
    (30.0, 33.0, "my sister has not called since the spring"),
    (55.0, 58.0, "the evenings are the hardest part of it all"),
)
WHOLE_S: Final = 80.0
STALL_S: Final = 10.0
AWAY_S: Final = 40.0
"""Longest time before the client is back."""

WORDS: Final = "; ".join(f"{begin}-{end} {text}" for begin, end, text in SAYS)
_STEP: Final = SAMPLE_RATE // 50


def microphone() -> Samples:
    """The person's side of the call: a hum with syllables where they speak, and noise."""
    time = np.arange(round(WHOLE_S * SAMPLE_RATE)) / SAMPLE_RATE
    speaks = np.zeros(len(time), np.float32)
    for begin, end, _ in SAYS:
        speaks[round(begin * SAMPLE_RATE) : round(end * SAMPLE_RATE)] = 0.2
    hum = speaks * (0.6 + 0.4 * np.sin(25.0 * time)) * np.sin(2 * math.pi * 160.0 * time)
    return (hum + np.random.default_rng(7).normal(0.0, 2e-4, len(time))).astype(np.float32)


@dataclass(frozen=True, slots=True)
class Broken:
    """One call: what broke it, at which second of it, how long the client was away, and what of the talk was lost (""
    for nothing)."""

    kind: str
    at_s: float
    away_s: float
    lost: str


class _Wire:
    """A connection: for the server a WebSocket, for the client :meth:`put` and ``told``."""

    def __init__(self) -> None:
        self.client_state = WebSocketState.CONNECTED
        self.told: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self.frames = 0
        self.closed = asyncio.Event()
        self._coming: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self._flows = asyncio.Event()
        self._flows.set()
        self._reset = False

    def put(self, message: dict[str, Any] | bytes) -> None:
        body = {"bytes": message} if isinstance(message, bytes) else {"text": json.dumps(message)}
        self._coming.put_nowait({"type": "websocket.receive", **body})

    def reset(self) -> None:
        self._reset = True
        self._flows.set()
        self._coming.put_nowait({"type": "websocket.disconnect", "code": 1006})

    def stop(self) -> None:
        """Nothing gets through any more, and nobody is told."""
        self._flows.clear()

    def flow(self) -> None:
        self._flows.set()

    # what the server uses

    async def receive(self) -> dict[str, Any]:
        await self._flows.wait()
        message = await self._coming.get()
        if message["type"] == "websocket.disconnect":
            self.client_state = WebSocketState.DISCONNECTED
        else:
            await self._flows.wait()
            self.frames += "bytes" in message
        return message

    async def send_text(self, text: str) -> None:
        await self._passes()
        self.told.put_nowait(json.loads(text))

    async def send_bytes(self, data: bytes) -> None:
        await self._passes()

    async def close(self, code: int = 1000, reason: str | None = None) -> None:
        await self._passes()
        self.closed.set()

    async def _passes(self) -> None:
        await self._flows.wait()
        if self._reset:
            raise WebSocketDisconnect(1006)


@dataclass(slots=True)
class _Caller:
    """The person and their client."""

    hosting: Hosting
    settings: Settings
    sound: Samples
    random: Random
    token: str = ""
    at: int = 0
    """Frames that the server has of what they said."""
    lines: list[asyncio.Task[None]] = field(default_factory=list)

    async def connect(self, first: str) -> _Wire:
        wire, seats = _Wire(), self.hosting.seats
        line = Line(cast(Any, wire), self.hosting.clock, seats.claim, seats.within_s)
        self.lines.append(asyncio.create_task(seated(line, self.hosting, self.settings)))
        opening = {"type": first, "rate": SAMPLE_RATE} | ({"token": self.token} if first == "resume" else {})
        wire.put(opening)
        return wire

    async def answered(self, wire: _Wire) -> str:
        """The first message, whose token is kept; what it says where the call does not go on."""
        told = await wire.told.get()
        if told["type"] not in ("ready", "resumed"):
            return str(told.get("code", told["type"]))
        self.token = told["resume"]["token"]
        return ""

    async def speak(self, wire: _Wire, until: int) -> None:
        """In real time, from where the server has it."""
        before = self.at - wire.frames
        for step in range(self.at, until):
            wire.put(to_pcm16(self.sound[step * _STEP : (step + 1) * _STEP]).astype("<i2").tobytes())
            await asyncio.sleep(0.02)
        await asyncio.sleep(0.0)
        self.at = before + wire.frames


async def call(parts: Parts, settings: Settings, random: Random, kind: str) -> Broken:
    """One call that breaks once, or twice."""
    talks: list[Conversation] = []

    def make(*given: Any) -> Conversation:
        talks.append(Conversation(parts, *given[:3]))
        return talks[-1]

    clock = LoopClock()
    hosting = Hosting(Admission(1), clock, make=make, seats=Seats(clock))
    caller = _Caller(hosting, settings, microphone(), random)
    frames, at = round(WHOLE_S * 50), random.randrange(1, round(WHOLE_S * 50) - 1)
    away_s = STALL_S if kind == "stall" else random.uniform(0.1, AWAY_S)
    async with hosting.seats.open():
        wire = await caller.connect("start")
        lost = await caller.answered(wire)
        await caller.speak(wire, at)
        if kind == "stall":
            wire = await _stalled(caller, wire, frames)
        else:
            wire, lost = await _taken_up(caller, wire, away_s, kind)
        if not lost:
            await caller.speak(wire, frames)
            wire.put({"type": "end"})
            await wire.closed.wait()
    await asyncio.gather(*caller.lines)
    return Broken(kind, at / 50.0, away_s, lost or _lost(talks))


async def _stalled(caller: _Caller, wire: _Wire, frames: int) -> _Wire:
    """The client goes on speaking into a network that holds everything back."""
    wire.stop()
    until = min(frames, caller.at + round(STALL_S * 50))
    speaking = asyncio.create_task(caller.speak(wire, until))
    await asyncio.sleep(STALL_S)
    wire.flow()
    await speaking
    caller.at = until
    return wire


async def _taken_up(caller: _Caller, wire: _Wire, away_s: float, kind: str) -> tuple[_Wire, str]:
    (wire.stop if kind == "silent" else wire.reset)()
    await asyncio.sleep(away_s)
    if kind == "reset twice":
        again = await caller.connect("resume")
        await asyncio.sleep(caller.random.choice((0.0, 0.0, 0.01)))
        again.reset()
        await asyncio.sleep(caller.random.uniform(0.01, 2.0))
    fresh = await caller.connect("resume")
    return fresh, await caller.answered(fresh)


def _lost(talks: list[Conversation]) -> str:
    """What of the talk is not there, in a few words; "" for nothing."""
    if len(talks) != 1:
        return "another call was begun"
    turns = talks[0].turns
    if [turn.user.text for turn in turns] != [text for _, _, text in SAYS]:
        return "something that was said"
    if any(turn.outcome is not Outcome.SPOKEN for turn in turns):
        return "the end of a reply"
    return ""


async def calls(parts: Parts, settings: Settings, count: int, seed: int) -> list[Broken]:
    """``count`` calls, each kind of break in turn."""
    random = Random(seed)
    return [await call(parts, settings, random, KINDS[number % len(KINDS)]) for number in range(count)]


def payload(broken: list[Broken]) -> dict[str, object]:
    """The figures: how many calls went on with nothing lost, and of the others why not."""
    lost = [one for one in broken if one.lost]
    return {
        "continued": len(broken) - len(lost),
        "lost": len(lost),
        "by_kind": {kind: sum(one.kind == kind and not one.lost for one in broken) for kind in KINDS},
        "why": dict(Counter(f"{one.kind}: {one.lost}" for one in lost)),
        "where": [f"{one.kind} at {one.at_s:.2f} s for {one.away_s:.1f} s: {one.lost}" for one in lost],
    }
