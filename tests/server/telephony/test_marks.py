"""What a provider's stream says was played is what was heard: with its delay, and when it was told to clear."""

from __future__ import annotations

import asyncio
import base64
import json
from collections import deque
from typing import Any, cast

import numpy as np
import pytest
from fake_call import FakeSocket, ScriptedConversation
from virtual_time import virtual_time

from tests.server.telephony.test_dialects import STARTS
from warmline.dialogue.types import Outcome
from warmline.server import events as e
from warmline.server.settings import CallSettings
from warmline.server.transport.telephony import dialects as d
from warmline.server.transport.telephony.phones import Phones
from warmline.server.transport.telephony.stream_line import StreamLine
from warmline.server.transport.telephony.tickets import Ticket
from warmline.speech.audio.codec import encode_mulaw
from warmline.speech.runtime.clock import LoopClock

FAR_S = 0.15
"""From us to the caller's ear, and back again."""


class Provider(FakeSocket):
    """Plays 20 ms every 20 ms, ``FAR_S`` after it was sent, and says when a mark is reached. ``marks``: False is one
    that never does. At a clear Twilio gives all marks back at once; the others forget them."""

    def __init__(self, name: str, *, marks: bool = True) -> None:
        super().__init__()
        self.name, self.marks = name, marks
        self.played_s = 0.0
        self._queue: deque[str | bytes] = deque()
        self._later: set[asyncio.Task[None]] = set()

    async def run(self, loud: tuple[range, ...]) -> None:
        self.text(STARTS[self.name])
        wave = (0.5 * np.sin(2 * np.pi * 200.0 * np.arange(160) / 8_000)).astype(np.float32)
        for tick in range(10_000):
            sound = wave if any(tick in part for part in loud) else wave * 0
            payload = base64.b64encode(encode_mulaw(sound)).decode()
            self.text({"event": "media", "media": {"track": "inbound", "payload": payload}})
            self._play()
            await asyncio.sleep(0.02)

    def _play(self) -> None:
        self._tell_marks()
        if self._queue:
            self._queue.popleft()
            self.played_s += 0.02
        self._tell_marks()

    def _tell_marks(self) -> None:
        while self._queue and isinstance(self._queue[0], str):
            self._reached(str(self._queue.popleft()))

    def _reached(self, name: str) -> None:
        told = (
            {"event": "playedStream", "streamId": "876", "name": name}
            if self.name == "plivo"
            else {"event": "mark", "mark": {"name": name}}
        )
        if self.marks:
            self._after(lambda: self.text(told))

    def _after(self, do: Any) -> None:
        async def later() -> None:
            await asyncio.sleep(FAR_S)
            do()

        task = asyncio.ensure_future(later())
        self._later.add(task)
        task.add_done_callback(self._later.discard)

    async def _send(self, message: str | bytes) -> None:
        await super()._send(message)
        said = json.loads(message)
        self._after(lambda: self._take(said))

    def _take(self, said: dict[str, Any]) -> None:
        match said["event"]:
            case "media" | "playAudio":
                audio = base64.b64decode(said["media"]["payload"])
                assert len(audio) == 160
                self._queue.append(audio)
            case "mark":
                self._queue.append(said["mark"]["name"])
            case "checkpoint":
                self._queue.append(said["name"])
            case "clear" | "clearAudio":
                pending = [one for one in self._queue if isinstance(one, str)]
                self._queue.clear()
                for name in pending if self.name == "twilio" else []:
                    self._reached(name)
            case other:
                raise AssertionError(f"{self.name} has no {other!r}")


async def played(provider: Provider, *loud: range, seconds_s: float) -> list[e.ReplyEnded]:
    """A call; the replies that ended in it."""
    events: list[e.CallEvent] = []

    def make(settings: CallSettings, observer: e.Observer, *rest: Any) -> ScriptedConversation:
        def both(event: e.CallEvent) -> None:
            events.append(event)
            observer(event)

        return ScriptedConversation(settings, both, *rest)

    line = StreamLine(cast(Any, provider), LoopClock(), d.DIALECTS[provider.name], Ticket(), Phones())
    talking = asyncio.ensure_future(provider.run(loud))
    start = await line.started()
    assert isinstance(start, d.Started)
    held = asyncio.ensure_future(line.hold(start, make, CallSettings(greeting="")))
    await asyncio.sleep(seconds_s)
    provider.vanish()
    await held
    talking.cancel()
    return [event for event in events if isinstance(event, e.ReplyEnded)]


@pytest.mark.parametrize("name", list(d.DIALECTS))
@virtual_time
async def test_a_reply_is_over_when_the_caller_has_heard_it(name: str) -> None:
    provider = Provider(name)
    (ended,) = await played(provider, range(30), seconds_s=5.0)
    assert ended.outcome is Outcome.SPOKEN
    assert ended.heard == ended.planned
    assert provider.played_s == pytest.approx(2.0, abs=0.03)
    began_s = 0.5 + FAR_S  # half a second of speech is answered at once
    assert ended.at / 16_000 == pytest.approx(began_s + 2.0 + FAR_S, abs=0.15)


@pytest.mark.parametrize("name", list(d.DIALECTS))
@virtual_time
async def test_what_was_cleared_was_not_heard_though_its_marks_come_back(name: str) -> None:
    provider = Provider(name)
    ended = (await played(provider, range(30), range(70, 110), seconds_s=5.0))[0]
    assert ended.outcome is Outcome.CUT
    words = len(ended.heard.split())
    assert 0 < words < len(ended.planned.split())
    assert words / 3 <= provider.played_s, "three words a second; none counts whose end was not played"


@pytest.mark.parametrize("name", list(d.DIALECTS))
@virtual_time
async def test_a_provider_without_marks_is_believed_to_play_in_time(name: str) -> None:
    (ended,) = await played(Provider(name, marks=False), range(30), seconds_s=5.0)
    assert ended.outcome is Outcome.SPOKEN
    assert ended.heard == ended.planned
