"""Calls whose connection breaks, on virtual time: what is kept, who may take it up, and what they are told."""

from __future__ import annotations

import asyncio
import json
from typing import Any, cast

import numpy as np
from fake_call import FakeSocket, ScriptedConversation
from starlette.websockets import WebSocket
from virtual_time import virtual_time

from warmline.server.hosting import Admission, Hosting, seated
from warmline.server.settings import CallSettings, Settings
from warmline.server.transport.resume import Seats
from warmline.server.transport.websocket import Line
from warmline.speech.runtime.clock import LoopClock
from warmline.speech.types import AudioChunk
from warmline.tts.types import VOICE_RATE

RATE = 16_000
WITHIN_S = 60.0


class House:
    """A server with room for ``calls``, and the connections to it."""

    def __init__(self, calls: int = 1, greeting: str = "") -> None:
        self.talks: list[ScriptedConversation] = []
        self.breaks = False
        self.settings = Settings(call=CallSettings(greeting=greeting))
        self.hosting = Hosting(Admission(calls), LoopClock(), make=self._make, seats=Seats(LoopClock(), WITHIN_S))
        self.tasks: list[asyncio.Task[None]] = []

    def _make(self, *args: Any) -> ScriptedConversation:
        self.talks.append(ScriptedConversation(*args, does=self._does))
        return self.talks[-1]

    def _does(self, _: AudioChunk) -> None:
        if self.breaks:
            raise ValueError("broken")

    async def connect(self, **first: object) -> FakeSocket:
        socket = FakeSocket()
        line = Line(cast(WebSocket, socket), LoopClock(), self.hosting.seats.claim, WITHIN_S)
        self.tasks.append(asyncio.create_task(seated(line, self.hosting, self.settings)))
        socket.text({"rate": RATE, **first})
        await asyncio.sleep(0.01)
        return socket

    async def start(self) -> FakeSocket:
        return await self.connect(type="start")

    async def resume(self, token: str) -> FakeSocket:
        return await self.connect(type="resume", token=token)

    @property
    def calls(self) -> int:
        return self.hosting.admission.calls


def token_of(socket: FakeSocket) -> str:
    return str(socket.messages[0]["resume"]["token"])


async def speak(socket: FakeSocket, seconds_s: float, level: float = 0.5) -> None:
    for _ in range(round(seconds_s * 50)):
        wave = level * np.sin(2 * np.pi * 200.0 * np.arange(320) / RATE)
        socket.audio((wave * 32_767).astype("<i2").tobytes())
        await asyncio.sleep(0.02)


async def lost(socket: FakeSocket) -> None:
    socket.vanish()
    await asyncio.sleep(0.1)


@virtual_time
async def test_a_call_is_taken_up_where_it_was_with_all_that_was_said() -> None:
    house = House()
    async with house.hosting.seats.open():
        first = await house.start()
        await speak(first, 0.5)
        await speak(first, 3.0, 0.0)
        await lost(first)
        assert (house.calls, house.hosting.seats.waiting) == (1, 1)
        await asyncio.sleep(30.0)
        second = await house.resume(token_of(first))
        (told,) = second.messages[:1]
        assert told["type"] == "resumed"
        assert 30.0 <= told["away_s"] <= 30.3
        assert told["transcript"] == [
            {"turn": 1, "who": "person", "text": "I failed my exam."},
            {
                "turn": 1,
                "who": "warmline",
                "text": "That sounds heavy. What hurts most?",
                "planned": "That sounds heavy. What hurts most?",
            },
        ]
        assert told["resume"]["token"] not in ("", token_of(first))
        await speak(second, 3.0, 0.0)
        await speak(second, 0.5)
        await speak(second, 3.0, 0.0)
        second.text({"type": "end"})
        await asyncio.gather(*house.tasks)
    (talk,) = house.talks
    assert second.closed == (1000, "hung_up")
    assert second.messages[-1]["resume"] is False
    assert len(second.voice) > 90
    assert talk.ended
    assert [chunk.start for chunk in talk.chunks] == list(range(0, 320 * len(talk.chunks), 320))
    assert house.calls == 0


@virtual_time
async def test_nothing_opens_a_call_but_its_last_token_and_a_new_call_can_begin() -> None:
    house = House(calls=2)
    async with house.hosting.seats.open():
        first = await house.start()
        await speak(first, 0.1)
        await lost(first)
        second = await house.resume("x" * 32)
        assert second.codes == ["resume_unknown"]
        assert "start a call" in second.messages[0]["message"]
        second.text({"type": "start", "rate": RATE})
        await asyncio.sleep(0.01)
        assert second.types == ["error", "ready"]
        assert house.calls == 2
        second.text({"type": "end"})


@virtual_time
async def test_a_token_is_used_once_but_not_before_the_next_has_arrived() -> None:
    house = House()
    async with house.hosting.seats.open():
        first = await house.start()
        await speak(first, 0.1)
        await lost(first)
        second = await house.resume(token_of(first))
        await lost(second)  # before the client has sent anything: perhaps it never got the new token
        third = await house.resume(token_of(first))
        assert third.types[0] == "resumed"
        assert (await house.resume(token_of(second))).codes == ["resume_unknown"]
        await speak(third, 0.1)
        await lost(third)
        assert (await house.resume(token_of(first))).codes == ["resume_unknown"]
        assert (await house.resume(token_of(third))).types[0] == "resumed"


@virtual_time
async def test_after_a_minute_a_call_is_over_and_its_place_free() -> None:
    house = House()
    async with house.hosting.seats.open():
        first = await house.start()
        await speak(first, 0.1)
        await lost(first)
        await asyncio.sleep(WITHIN_S - 1.0)
        assert house.calls == 1
        assert (await house.start()).messages[-1]["reason"] == "busy"
        await asyncio.sleep(2.0)
        assert house.calls == 0
        assert house.talks[0].ended
        assert (await house.resume(token_of(first))).codes == ["resume_unknown"]


@virtual_time
async def test_a_call_that_was_taken_up_is_not_ended_by_the_first_wait() -> None:
    house = House()
    async with house.hosting.seats.open():
        first = await house.start()
        await speak(first, 0.1)
        await lost(first)
        await asyncio.sleep(WITHIN_S - 1.0)
        second = await house.resume(token_of(first))
        await speak(second, 5.0, 0.0)
        await lost(second)
        await asyncio.sleep(WITHIN_S - 1.0)
        assert (await house.resume(token_of(second))).types[0] == "resumed"


@virtual_time
async def test_the_newer_connection_has_the_call_and_the_old_one_is_told() -> None:
    house = House()
    async with house.hosting.seats.open():
        first = await house.start()
        await speak(first, 1.0)
        second = await house.resume(token_of(first))
        assert second.types[0] == "resumed"
        assert first.closed == (4001, "replaced")
        assert first.messages[-1] == {
            "type": "ended",
            "reason": "replaced",
            "message": "This call goes on over another connection.",
            "resume": False,
        }
        frames = len(first.voice)
        await speak(second, 2.0, 0.0)
        assert len(first.voice) == frames
        assert len(second.voice) > 40
        second.text({"type": "end"})
        await asyncio.gather(*house.tasks)
    assert house.calls == 0


@virtual_time
async def test_a_microphone_that_falls_silent_or_a_line_too_slow_can_be_taken_up_too() -> None:
    house = House()
    async with house.hosting.seats.open():
        first = await house.start()
        await speak(first, 0.5)
        await asyncio.sleep(16.0)
        assert first.closed == (1008, "no_audio")
        assert first.messages[-1]["resume"] is True
        assert (await house.resume(token_of(first))).types[0] == "resumed"


@virtual_time
async def test_whoever_hangs_up_or_sends_rubbish_has_nothing_to_take_up() -> None:
    for last in ({"type": "end"}, None):
        house = House()
        async with house.hosting.seats.open():
            first = await house.start()
            await speak(first, 0.2)
            for message in [last] if last else ["rubbish"] * 30:
                first.text(message)
            await asyncio.sleep(0.1)
            assert house.calls == 0
            assert (await house.resume(token_of(first))).codes == ["resume_unknown"]


@virtual_time
async def test_closing_on_purpose_hangs_up() -> None:
    house = House()
    async with house.hosting.seats.open():
        first = await house.start()
        await speak(first, 0.2)
        first._coming.put_nowait({"type": "websocket.disconnect", "code": 1000})
        await asyncio.sleep(0.1)
        assert house.calls == 0


@virtual_time
async def test_what_was_spoken_after_the_last_sign_of_life_does_not_count_as_heard() -> None:
    house = House(greeting="One two three four five six seven eight nine ten.")
    async with house.hosting.seats.open():
        first = await house.start()
        await speak(first, 0.5, 0.0)
        await asyncio.sleep(0.4)  # nothing comes any more, while we speak on
        assert len(first.voice) > 44
        await lost(first)
        assert 0.35 * VOICE_RATE <= house.talks[0].lost[0] <= 0.55 * VOICE_RATE
        second = await house.resume(token_of(first))
        assert second.messages[0]["transcript"][1]["text"] == "One two three four"


@virtual_time
async def test_we_do_not_speak_on_to_a_client_that_shows_no_sign_of_life() -> None:
    house = House()
    async with house.hosting.seats.open():
        first = await house.start()
        await speak(first, 0.1, 0.0)
        await asyncio.sleep(2.0)
        house.talks[0].tell("moving")
        await asyncio.sleep(3.0)
        assert first.voice == []
        await speak(first, 2.0, 0.0)
        assert len(first.voice) == 50


@virtual_time
async def test_a_conversation_that_breaks_while_nobody_is_there_frees_its_place() -> None:
    house = House()
    async with house.hosting.seats.open():
        first = await house.start()
        await speak(first, 0.2)
        house.breaks = True
        await speak(first, 0.1)
        await asyncio.sleep(0.1)
        assert first.messages[-1]["reason"] == "failed"
        assert house.calls == 0
        assert (await house.resume(token_of(first))).codes == ["resume_unknown"]


@virtual_time
async def test_a_server_that_stops_ends_what_it_holds_and_what_waits() -> None:
    house = House(calls=2)
    async with house.hosting.seats.open():
        first, second = await house.start(), await house.start()
        await speak(first, 0.1)
        await speak(second, 0.1)
        await lost(first)
    await asyncio.gather(*house.tasks)
    assert second.closed == (1012, "stopping")
    assert [talk.ended for talk in house.talks] == [True, True]
    assert house.calls == 0


@virtual_time
async def test_no_token_is_told_to_anybody_else() -> None:
    house = House(calls=2)
    async with house.hosting.seats.open():
        first, second = await house.start(), await house.start()
        await speak(first, 0.5)
        await speak(second, 0.5)
        assert token_of(first) not in json.dumps(second.messages)
        assert len({token_of(first), token_of(second)}) == 2
        assert all(len(token_of(one)) >= 32 for one in (first, second))
