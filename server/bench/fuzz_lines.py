"""The ends of a fuzzed line: a client that sends hostile frames, and a conversation that only plays sounds."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from random import Random
from typing import Any, Final, cast

import numpy as np
from starlette.websockets import WebSocketDisconnect, WebSocketState

from warmline.dialogue.prompt.wording import table
from warmline.dialogue.types import Outcome, Turn
from warmline.server import events as e
from warmline.server.bench.fuzz import Session, Watch
from warmline.server.bench.fuzz_frames import Frame, Make, frame, spoilt_bytes
from warmline.server.bench.fuzz_grammar import ASTERISK, AUDIOSOCKET, CALL, PLIVO, REALTIME, TELNYX, TWILIO, resume
from warmline.server.handoff.bridge import Bridge, Request
from warmline.server.hosting import Admission, Hosting, held, seated
from warmline.server.settings import CallSettings, Settings
from warmline.server.transport.ending import Ending
from warmline.server.transport.realtime.line import RealtimeLine
from warmline.server.transport.resume import Seats
from warmline.server.transport.telephony.asterisk import Asterisk
from warmline.server.transport.telephony.dialects import DIALECTS
from warmline.server.transport.telephony.stream_line import StreamLine
from warmline.server.transport.telephony.switchboard import AudioSocketCall
from warmline.server.transport.telephony.tickets import Ticket
from warmline.server.transport.websocket import Line
from warmline.speech.runtime.clock import LoopClock
from warmline.speech.types import AudioChunk
from warmline.tts.playout import Playout
from warmline.tts.types import VOICE_RATE, SpokenChunk, SpokenWord

MOST_FRAMES: Final = 1_000
"""Frames of one session; some send one and are gone."""

HOSTILE: Final = (0.01, 0.04, 0.3)
"""Share of spoilt frames, by session: a line hangs up on many at once, so most sessions have few."""

FRAMES_A_TICK: Final = 16
SETTINGS: Final = Settings(call=CallSettings(greeting=""))
ASKS: Final = Request("fuzz", 0, "en", "US", "")

_SOUND: Final = (0.2 * np.sin(np.arange(VOICE_RATE // 5) / 11.0)).astype(np.float32)


class Talker:
    """Speaks, ducks, holds and is cut at random; takes what is written and told."""

    def __init__(self, random: Random, observer: e.Observer, playout: Playout, bridge: Bridge | None) -> None:
        self._random = random
        self._observer = observer
        self._playout = playout
        self._bridge = bridge
        self._asked: asyncio.Future[bool] | None = None
        self._turn = self._at = 0
        self.turns: tuple[Turn, ...] = ()

    def recall(self, turns: tuple[Turn, ...]) -> None:
        self.turns = turns

    async def run(self, source: AsyncIterator[AudioChunk], /) -> None:
        async for chunk in source:
            self._at = chunk.end
            self._act(self._random.random())
        if self._asked is not None:
            self._asked.cancel()

    def write(self, text: str) -> None:
        text.encode("utf-8")  # what goes on to a model must be a text
        self._say()

    def tell(self, name: str) -> None:
        table("call")[name]
        self._say()

    def stop_reply(self) -> None:
        self._overlap("cancel")

    def away(self, lost: int = 0) -> None:
        """What was lost is not said again here."""

    def returned(self, playout: Playout) -> None:
        self._playout = playout

    def _act(self, chance: float) -> None:
        if chance < 0.03:
            self._say()
        elif chance < 0.07:
            self._overlap(self._random.choice(("duck", "hold", "restore", "cancel")))
        elif chance < 0.08:
            self._observer(e.DraftDiscarded(self._turn, self._at))
        elif chance < 0.1 and self._bridge is not None and self._asked is None:
            self._asked = asyncio.ensure_future(self._bridge.ring(ASKS))

    def _say(self) -> None:
        self._turn += 1
        self._observer(e.TurnBegan(self._turn, self._at))
        self._observer(e.ReplyReleased(self._turn, self._at, ready=True))
        self._observer(e.ReplyText(self._turn, "Yes, I hear you.", "model"))
        self._observer(e.ReplyBegan(self._turn, self._at))
        self._playout.enqueue(SpokenChunk(self._turn, 0, _SOUND, (SpokenWord("Yes", len(_SOUND) // 2),)))
        self._playout.finish(self._turn)

    def _overlap(self, action: str) -> None:
        self._observer(e.Overlap(action, self._at))
        if action == "cancel":
            self._playout.drop_all()
            heard = self._playout.heard(self._turn)
            self._observer(e.ReplyEnded(self._turn, "", "Yes", heard, Outcome.CUT, {}, self._at))
        else:
            getattr(self._playout, action)()


class Client:
    """Sends hostile frames, a few every 20 ms, and hangs up. ``opening``: what it sends first, mostly."""

    def __init__(self, random: Random, watch: Watch, kinds: tuple[Make, ...], opening: Make) -> None:
        self._random = random
        self._watch = watch
        self._kinds = kinds
        self._opening = opening
        self._hostile = random.choice(HOSTILE)
        self._left = random.choice((1, 20, MOST_FRAMES, MOST_FRAMES, MOST_FRAMES))
        self._first = random.random() < 0.9

    async def next(self) -> Frame | None:
        """The next frame; None when it has hung up."""
        if not self._left:
            self._watch.done()
            return None
        if self._left % FRAMES_A_TICK == 0:
            self._watch.done()
            await asyncio.sleep(0.02)
        self._left -= 1
        kinds = (self._opening,) if self._first else self._kinds
        made = frame(self._random, kinds, 0.0 if self._first else self._hostile)
        self._first = False
        self._watch.take(made)
        return made


class Socket:
    """A WebSocket without a network, as a server's library hands it over."""

    def __init__(self, client: Client) -> None:
        self.client_state = WebSocketState.CONNECTED
        self._client = client

    async def receive(self) -> dict[str, Any]:
        made = await self._client.next()
        if made is None:
            self.client_state = WebSocketState.DISCONNECTED
            return {"type": "websocket.disconnect", "code": 1006}
        return {"type": "websocket.receive", "text" if isinstance(made, str) else "bytes": made}

    async def send_text(self, text: str) -> None:
        text.encode("utf-8")  # a real one sends bytes
        self._sent()

    async def send_bytes(self, data: bytes) -> None:
        self._sent()

    async def close(self, code: int = 1000, reason: str | None = None) -> None:
        self.client_state = WebSocketState.DISCONNECTED

    def _sent(self) -> None:
        if self.client_state is WebSocketState.DISCONNECTED:
            raise WebSocketDisconnect(1006)


class Tcp:
    """Both ends of a byte stream: frames glued together and cut anywhere."""

    def __init__(self, random: Random, client: Client) -> None:
        self._random = random
        self._client = client
        self._held = b""
        self.transport = self

    async def read(self, most: int) -> bytes:
        for _ in range(self._random.choice((1, 1, 1, 3))):
            made = await self._client.next()
            if made is None:
                break
            self._held += made.encode("utf-8", "surrogatepass") if isinstance(made, str) else made
        if self._random.random() < 0.02:
            self._held = spoilt_bytes(self._random, self._held)
        cut = len(self._held) if self._random.random() < 0.7 else self._random.randrange(len(self._held) + 1)
        data, self._held = self._held[:cut], self._held[cut:]
        return data or self._held

    def write(self, data: bytes) -> None:
        """It goes nowhere."""

    def close(self) -> None:
        """Nothing to close."""

    async def wait_closed(self) -> None:
        """Nothing to wait for."""

    def is_closing(self) -> bool:
        return False

    def get_write_buffer_size(self) -> int:
        return self._random.choice((0, 0, 0, 100_000))


def hosting(random: Random) -> Hosting:
    """A server that has one place for this call."""

    def make(call: CallSettings, observer: e.Observer, playout: Playout, bridge: Bridge | None = None, /) -> Talker:
        return Talker(random, observer, playout, bridge)

    return Hosting(Admission(1), LoopClock(), seats=Seats(LoopClock()), make=make)


async def _call(random: Random, watch: Watch) -> str:
    """A call whose connection is lost is taken up by another, mostly; then it waits for nobody."""
    host, ends, token = hosting(random), list[str](), ""
    async with host.seats.open():
        for _ in range(random.choice((1, 2, 3))):
            begin = resume(token) if token and random.random() < 0.9 else CALL[0]
            socket = cast(Any, Socket(Client(random, watch, (*CALL, resume(token)), begin)))
            line = _watched(Line(socket, host.clock, host.seats.claim, host.seats.within_s), ends)
            await seated(line, host, SETTINGS)
            token = next((seat.token for seat in host.seats.held), "")
    _gave_back(host)
    return ends[-1]


async def _realtime(random: Random, watch: Watch) -> str:
    socket, host = cast(Any, Socket(Client(random, watch, REALTIME, REALTIME[0]))), hosting(random)
    old, ends, seats = random.random() < 0.3, list[str](), host.seats
    async with seats.open():
        line = RealtimeLine(socket, host.clock, old=old, claim=seats.claim, within_s=seats.within_s)
        await seated(_watched(line, ends), host, SETTINGS)
    _gave_back(host)
    return ends[-1]


def _rings_s(random: Random) -> float:
    """A call in thirty can be moved, and is: it waits for a caller who does not come back."""
    return 5.0 if random.random() < 1 / 30 else 0.0


def _streamed(provider: str, kinds: tuple[Make, ...]) -> Session:
    async def session(random: Random, watch: Watch) -> str:
        socket, host = cast(Any, Socket(Client(random, watch, kinds, kinds[0]))), hosting(random)
        dialect = DIALECTS[provider] if provider in DIALECTS else Asterisk()
        line = StreamLine(socket, host.clock, dialect, Ticket(call="fuzz", rings_s=_rings_s(random)), host.phones)
        return await _held(line, host)

    return session


async def _audiosocket(random: Random, watch: Watch) -> str:
    client, host = Client(random, watch, AUDIOSOCKET, AUDIOSOCKET[0]), hosting(random)
    tcp = cast(Any, Tcp(random, client))
    return await _held(AudioSocketCall(tcp, tcp, host, _rings_s(random)), host)


async def _held(line: Any, host: Hosting) -> str:
    """The call as the server holds it; why it ended."""
    ends: list[str] = []
    line = _watched(line, ends)
    await held(line, await line.started(), host, SETTINGS)
    _gave_back(host)
    return ends[-1]


def _watched(line: Any, ends: list[str]) -> Any:
    """``line``, which notes for what reason it is closed."""
    closing = line.close

    async def close(ending: Ending, **more: Any) -> None:
        ends.append(ending.reason)
        await closing(ending, **more)

    line.close = close
    return line


def _gave_back(host: Hosting) -> None:
    if host.admission.calls:
        raise AssertionError("a place was not given back")


SESSIONS: Final[dict[str, Session]] = {
    "call": _call,
    "realtime": _realtime,
    "twilio": _streamed("twilio", TWILIO),
    "telnyx": _streamed("telnyx", TELNYX),
    "plivo": _streamed("plivo", PLIVO),
    "asterisk": _streamed("asterisk", ASTERISK),
    "audiosocket": _audiosocket,
}
