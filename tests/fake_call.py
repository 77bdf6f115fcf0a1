"""Stand-ins for both ends of a call: a conversation that follows a script, and a WebSocket without a network."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import numpy as np
from starlette.websockets import WebSocketDisconnect, WebSocketState

from warmline.dialogue.types import NEUTRAL, Outcome, Plan, Strategy, SupportStage, Turn
from warmline.emotion.types import ParalinguisticTags
from warmline.server import events as e
from warmline.server.handoff.bridge import Bridge
from warmline.server.settings import CallSettings
from warmline.server.transport.conversing import MakeCall
from warmline.speech.types import AudioChunk, samples_of
from warmline.tts.playout import Playout
from warmline.tts.types import VOICE_RATE, SpokenChunk, SpokenWord

WORDS = "I failed my exam."
REPLY = ("That sounds heavy.", "What hurts most?")
TAGS = ParalinguisticTags(
    valence=-0.4,
    arousal=-0.2,
    dominance=0.0,
    labels={"sad": 0.7, "neutral": 0.3},
    confidence=0.7,
    span=(0, 1),
    label="sad",
)
PLAN = Plan(
    stage=SupportStage.EXPLORATION,
    strategy=Strategy.REFLECTION,
    distribution={Strategy.REFLECTION: 0.6, Strategy.QUESTION: 0.4},
    intensity=3.0,
    cause="my exam",
    style=NEUTRAL,
    why=("you sounded sad", "it is early in the talk"),
)


def tone(turn: int, segment: int, text: str, seconds_s: float) -> SpokenChunk:
    count = round(seconds_s * VOICE_RATE)
    wave = 0.3 * np.sin(2 * np.pi * 330.0 * np.arange(1, count + 1) / VOICE_RATE)
    words = text.split()
    ends = tuple(SpokenWord(word, count * (place + 1) // len(words)) for place, word in enumerate(words))
    return SpokenChunk(turn, segment, wave.astype(np.float32), ends)


class ScriptedConversation:
    """Answers every loud stretch of ``turn_s`` with the same words and a reply of one second; what is loud while the
    reply sounds ducks, holds and cancels it. ``does`` is called with each chunk, for tests of trouble."""

    def __init__(
        self,
        settings: CallSettings,
        observer: e.Observer,
        playout: Playout,
        bridge: Bridge | None = None,
        turn_s: float = 0.5,
        does: Callable[[AudioChunk], None] = lambda _: None,
    ) -> None:
        self.settings = settings
        self.observer = observer
        self.playout = playout
        self.bridge = bridge
        self.chunks: list[AudioChunk] = []
        self.ended = False
        self.turn = 0
        self._turn_s = turn_s
        self._does = does
        self._loud = 0
        self._audible = False
        self._actions: list[str] = []

        self.turns: tuple[Turn, ...] = ()
        self.wrote: list[str] = []
        self.told: list[str] = []
        self.stops = 0
        self.lost: list[int] = []

    @property
    def now(self) -> int:
        return self.chunks[-1].end if self.chunks else 0

    def recall(self, turns: tuple[Turn, ...]) -> None:
        self.turns = turns

    def write(self, text: str) -> None:
        self.wrote.append(text)
        self.turn += 1
        self.observer(e.ReplyReleased(self.turn, self.now, ready=False))
        self.observer(e.Planned(self.turn, text, TAGS, PLAN))
        self._say(REPLY)

    def tell(self, name: str) -> None:
        self.told.append(name)
        self.turn += 1
        self._say((name.capitalize(),))

    def stop_reply(self) -> None:
        self.stops += 1
        self._do("cancel")

    def away(self, lost: int = 0) -> None:
        self.lost.append(lost)
        self.playout.lose(lost)
        if self.playout.speaking:
            self._do("cancel")

    def returned(self, playout: Playout) -> None:
        self.playout = playout
        self.turn += 1
        self._say(("We are connected again.",))

    async def run(self, source: AsyncIterator[AudioChunk], /) -> None:
        if self.settings.greeting:
            self._say((self.settings.greeting,))
        async for chunk in source:
            self.chunks.append(chunk)
            self._does(chunk)
            self._watch()
            self._loud = self._loud + len(chunk.samples) if np.abs(chunk.samples).max() > 0.05 else 0
            if self.playout.speaking:
                self._interrupted()
            elif self._loud >= samples_of(self._turn_s):
                self._loud = 0
                self._answer()
        self.ended = True

    def _answer(self) -> None:
        self.turn += 1
        self.observer(e.TurnBegan(self.turn, self.now - samples_of(self._turn_s)))
        self.observer(e.PartialHeard(self.turn, "I failed"))
        self.observer(e.DraftStarted(self.turn, self.now - samples_of(0.2), self.now))
        self.observer(e.Planned(self.turn, WORDS, TAGS, PLAN))
        self.observer(e.ReplyReleased(self.turn, self.now, ready=True))
        self._say(REPLY)

    def _say(self, texts: tuple[str, ...]) -> None:
        if self._actions and "cancel" not in self._actions:
            self._do("restore")  # the one before ended while it was held
        self._audible = False
        self._actions = []
        self._planned = texts
        for index, text in enumerate(texts):
            self.observer(e.ReplyText(self.turn, text, "model"))
            self.playout.enqueue(tone(self.turn, index, text, 1.0))
        self.playout.finish(self.turn)

    def _watch(self) -> None:
        if not self._audible and self.playout.begun(self.turn):
            self._audible = True
            self.observer(e.ReplyBegan(self.turn, self.now))
        if self.turn in self.playout.finished():
            self._over(Outcome.SPOKEN)

    def _interrupted(self) -> None:
        if not self._loud and self._actions[-1:] == ["hold"]:
            self._actions = []
            self._do("restore")
        for action, after_s in (("duck", 0.06), ("hold", 0.2), ("cancel", 0.4)):
            if self._loud >= samples_of(after_s) and action not in self._actions and self._audible:
                self._actions.append(action)
                self._do(action)

    def _do(self, action: str) -> None:
        if action == "cancel":
            self.observer(e.Overlap(action, self.now))
            self.playout.drop(self.turn)
            self._over(Outcome.CUT)
            self._loud = 0
            return
        {"duck": self.playout.duck, "hold": self.playout.hold, "restore": self.playout.restore}[action]()
        self.observer(e.Overlap(action, self.now))

    def _over(self, outcome: Outcome) -> None:
        heard = self.playout.heard(self.turn)
        stages = {"asr": 120.0, "llm_first_segment": 210.5, "voice": 40.0}
        self.observer(e.ReplyEnded(self.turn, WORDS, " ".join(self._planned), heard, outcome, stages, self.now))


class FakeSocket:
    """A WebSocket whose client is the test: :meth:`text`, :meth:`audio` and :meth:`vanish` send, :attr:`sent` is what
    came back. ``stuck``: the client reads nothing more."""

    def __init__(self) -> None:
        self.client_state = WebSocketState.CONNECTED
        self.sent: list[str | bytes] = []
        self.closed: tuple[int, str] | None = None
        self.stuck = False
        self.gone = False
        self._coming: asyncio.Queue[dict[str, Any]] = asyncio.Queue()

    def text(self, message: object) -> None:
        text = message if isinstance(message, str) else json.dumps(message)
        self._coming.put_nowait({"type": "websocket.receive", "text": text})

    def audio(self, data: bytes) -> None:
        self._coming.put_nowait({"type": "websocket.receive", "bytes": data})

    def vanish(self) -> None:
        self.gone = True
        self._coming.put_nowait({"type": "websocket.disconnect", "code": 1006})

    @property
    def messages(self) -> list[dict[str, Any]]:
        return [json.loads(item) for item in self.sent if isinstance(item, str)]

    @property
    def types(self) -> list[str]:
        return [message["type"] for message in self.messages]

    @property
    def codes(self) -> list[str]:
        return [message["code"] for message in self.messages if message["type"] == "error"]

    @property
    def voice(self) -> list[bytes]:
        return [item for item in self.sent if isinstance(item, bytes)]

    # what the transport uses

    async def receive(self) -> dict[str, Any]:
        message = await self._coming.get()
        if message["type"] == "websocket.disconnect":
            self.client_state = WebSocketState.DISCONNECTED
        return message

    async def send_text(self, text: str) -> None:
        await self._send(text)

    async def send_bytes(self, data: bytes) -> None:
        await self._send(data)

    async def close(self, code: int = 1000, reason: str | None = None) -> None:
        if self.stuck:
            await asyncio.Event().wait()
        self.closed = (code, reason or "")

    async def _send(self, message: str | bytes) -> None:
        if self.gone:
            raise WebSocketDisconnect(1006)
        if self.stuck:
            await asyncio.Event().wait()
        self.sent.append(message)


class Built:
    """Stands for what a server builds: counts what is open, and keeps the scripted conversations that it makes."""

    def __init__(self) -> None:
        self.open = 0
        self.calls: list[ScriptedConversation] = []

    @asynccontextmanager
    async def __call__(self) -> AsyncGenerator[MakeCall, None]:
        self.open += 1
        yield self._make
        self.open -= 1

    def _make(self, *args: Any) -> ScriptedConversation:
        self.calls.append(ScriptedConversation(*args))
        return self.calls[-1]
