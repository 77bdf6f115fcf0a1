"""A call over a WebSocket, on virtual time: what comes, what goes, what is refused, and how it ends."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import cast

import numpy as np
import pytest
from fake_call import FakeSocket, ScriptedConversation
from starlette.websockets import WebSocket
from virtual_time import virtual_time

from warmline.server import events as e
from warmline.server.handoff.bridge import Bridge
from warmline.server.hosting import Admission, Hosting, seated
from warmline.server.settings import CallSettings, Settings
from warmline.server.transport.connection import MOST_ERRORS
from warmline.server.transport.ending import Ending
from warmline.server.transport.inbox import MOST_HEARD_S
from warmline.server.transport.resume import Seats
from warmline.server.transport.websocket import Line
from warmline.speech.runtime.clock import LoopClock
from warmline.speech.types import AudioChunk
from warmline.tts.playout import Playout

QUIET = CallSettings(greeting="")
RATE = 16_000


def pcm(seconds_s: float, level: float, rate: int = RATE) -> bytes:
    wave = level * np.sin(2 * np.pi * 200.0 * np.arange(round(seconds_s * rate)) / rate)
    return (wave * 32_767).astype("<i2").tobytes()


class Closing(Line):
    """Keeps why it was closed."""

    ending: Ending | None = None

    async def close(self, ending: Ending, *, kept: bool = False) -> None:
        self.ending = ending
        await super().close(ending, kept=kept)


class Call:
    """A line whose far end is the test, answered by a scripted conversation."""

    def __init__(self, settings: CallSettings = QUIET, does: Callable[[AudioChunk], None] = lambda _: None) -> None:
        self.socket = FakeSocket()
        self.settings = settings
        self.conversation: ScriptedConversation | None = None
        self.ending: Ending | None = None
        self._does = does

    def make(
        self, settings: CallSettings, observer: e.Observer, playout: Playout, _: Bridge | None = None
    ) -> ScriptedConversation:
        self.conversation = ScriptedConversation(settings, observer, playout, does=self._does)
        return self.conversation

    @property
    def talk(self) -> ScriptedConversation:
        assert self.conversation is not None
        return self.conversation

    async def held(self) -> None:
        """What the server does with a connection."""
        hosting = Hosting(Admission(1), LoopClock(), make=self.make, seats=Seats(LoopClock(), within_s=5.0))
        async with hosting.seats.open():
            line = Closing(cast(WebSocket, self.socket), LoopClock(), hosting.seats.claim, hosting.seats.within_s)
            await seated(line, hosting, Settings(call=self.settings))
            self.ending = line.ending

    async def speak(self, seconds_s: float, level: float = 0.5, rate: int = RATE) -> None:
        """20 ms of sound every 20 ms."""
        for _ in range(round(seconds_s * 50)):
            self.socket.audio(pcm(0.02, level, rate))
            await asyncio.sleep(0.02)

    async def begun(self, **start: object) -> asyncio.Task[None]:
        task = asyncio.create_task(self.held())
        self.socket.text({"type": "start", "rate": RATE, **start})
        await asyncio.sleep(0.01)
        return task


@virtual_time
async def test_a_turn_is_heard_told_and_answered() -> None:
    call = Call()
    task = await call.begun()
    await call.speak(0.5)
    await call.speak(3.0, level=0.0)
    call.socket.text({"type": "end"})
    await task
    heard = ["ready", "turn_began", "partial", "draft_started", "planned"]
    answered = ["reply_released", "reply_text", "reply_text", "reply_began", "reply_ended", "ended"]
    assert call.socket.types == [*heard, *answered]
    assert len(call.socket.voice) == 100
    assert {len(frame) for frame in call.socket.voice} == {960}
    assert call.socket.closed == (1000, "hung_up")
    assert call.talk.ended


@virtual_time
async def test_what_is_written_is_handed_on_and_an_empty_text_refused() -> None:
    call = Call()
    task = await call.begun()
    await call.speak(0.1, level=0.0)
    for text in (" I failed  my exam. ", "", 7):
        call.socket.text({"type": "write", "text": text})
    await call.speak(0.1, level=0.0)
    call.socket.text({"type": "end"})
    await task
    assert call.talk.wrote == ["I failed my exam."]
    assert call.socket.codes == ["bad_write", "bad_write"]


@pytest.mark.parametrize("rate", [16_000, 24_000, 44_100, 48_000])
def test_audio_arrives_at_16_khz_whatever_the_client_sends(rate: int) -> None:
    call = Call()

    @virtual_time
    async def talk() -> None:
        task = await call.begun(rate=rate)
        await call.speak(0.4, rate=rate)
        call.socket.text({"type": "end"})
        await task

    talk()
    heard = np.concatenate([chunk.samples for chunk in call.talk.chunks])
    assert 0.36 * RATE <= len(heard) <= 0.4 * RATE
    assert [chunk.start for chunk in call.talk.chunks] == list(range(0, len(heard), 320))
    crossings = np.count_nonzero(np.diff(np.signbit(heard[1_600:4_800])))
    assert 78 <= crossings <= 82  # 200 Hz for 0.2 s


@virtual_time
async def test_audio_in_pieces_of_any_length_is_the_same_audio() -> None:
    whole, pieces = Call(), Call()
    data = pcm(0.3, 0.02)
    for call, step in ((whole, len(data)), (pieces, 74)):
        task = await call.begun()
        for place in range(0, len(data), step):
            call.socket.audio(data[place : place + step])
        await asyncio.sleep(0.1)
        call.socket.text({"type": "end"})
        await task
    assert [c.samples.tobytes() for c in whole.talk.chunks] == [c.samples.tobytes() for c in pieces.talk.chunks]


@virtual_time
async def test_a_voice_over_the_reply_silences_the_client_at_once() -> None:
    call = Call()
    task = await call.begun()
    await call.speak(0.6)
    await call.speak(0.3, level=0.0)
    await call.speak(0.5)
    frames = len(call.socket.voice)
    await call.speak(0.2, level=0.0)
    call.socket.text({"type": "end"})
    await task
    types = call.socket.types
    actions = [message["action"] for message in call.socket.messages if message["type"] == "overlap"]
    assert actions == ["duck", "hold", "cancel"]
    assert types.index("clear") == types.index("overlap") + 3
    assert len(call.socket.voice) == frames
    last_voice = max(place for place, item in enumerate(call.socket.sent) if isinstance(item, bytes))
    hold = next(place for place, item in enumerate(call.socket.sent) if '"hold"' in str(item))
    assert last_voice < hold


@virtual_time
async def test_a_caller_is_known_by_their_own_key_and_never_by_the_operator_s_name() -> None:
    for key in ("", "4Qm0cV9xT2bLr7Yz1Kp8Ws"):
        call = Call(CallSettings(greeting="", caller="the operator's own"))
        task = await call.begun(caller=key)
        call.socket.text({"type": "end"})
        await task
        assert call.talk.settings.caller == key


@virtual_time
async def test_consent_is_needed_from_both_the_person_and_the_operator() -> None:
    for person, operator in ((True, True), (True, False), (False, True)):
        call = Call(CallSettings(greeting="", read_tone=operator))
        task = await call.begun(read_tone=person)
        call.socket.text({"type": "end"})
        await task
        assert call.talk.settings.read_tone is (person and operator)
        ready = call.socket.messages[0]
        assert (ready["type"], ready["rate"], ready["read_tone"]) == ("ready", 24_000, person and operator)


@virtual_time
async def test_bad_messages_get_one_error_each_and_the_call_goes_on() -> None:
    call = Call()
    task = await call.begun()
    call.socket.text("{")
    call.socket.text([1, 2])
    call.socket.text({"type": "dance"})
    call.socket.text({"type": "start", "rate": RATE})
    call.socket.audio(b"\x01\x02\x03")
    call.socket.audio(bytes(200_000))
    call.socket.audio(b"")
    await call.speak(0.6)
    call.socket.text({"type": "end"})
    await task
    assert call.socket.codes == ["bad_json", "bad_message", "unknown_type", "already_started", "odd_audio", "too_big"]
    assert call.talk.turn == 1
    assert call.ending is Ending.HUNG_UP


@virtual_time
async def test_before_the_start_everything_else_is_refused() -> None:
    call = Call()
    task = asyncio.create_task(call.held())
    call.socket.audio(pcm(0.02, 0.5))
    call.socket.text({"type": "start", "rate": 7})
    call.socket.text({"type": "start", "rate": RATE})
    call.socket.text({"type": "end"})
    await task
    assert call.socket.codes == ["audio_before_start", "bad_rate"]
    assert call.ending is Ending.HUNG_UP
    assert call.talk.chunks == []


@virtual_time
async def test_a_client_that_only_sends_rubbish_is_hung_up_on() -> None:
    for start in ([], [{"type": "start", "rate": RATE}]):
        call = Call()
        task = asyncio.create_task(call.held())
        for message in [*start, *["rubbish"] * 100]:
            call.socket.text(message)
        await task
        assert call.ending is Ending.TOO_MANY_ERRORS
        assert len(call.socket.codes) == MOST_ERRORS
        assert call.socket.closed == (1008, "too_many_errors")


@virtual_time
async def test_a_client_that_never_starts_is_not_waited_for() -> None:
    call = Call()
    await call.held()
    assert call.ending is Ending.NO_START
    assert call.socket.types == ["ended"]


@virtual_time
async def test_a_client_that_sends_no_more_audio_is_told_and_closed() -> None:
    call = Call()
    task = await call.begun()
    await task
    assert call.ending is Ending.NO_AUDIO
    assert call.talk.ended


@virtual_time
async def test_a_client_that_vanishes_ends_its_call() -> None:
    call = Call()
    task = await call.begun()
    await call.speak(0.6)
    call.socket.vanish()
    await task
    assert call.ending is Ending.VANISHED
    assert call.talk.ended
    assert call.socket.closed is None


@virtual_time
async def test_a_client_that_vanishes_before_the_start_is_no_call() -> None:
    call = Call()
    call.socket.vanish()
    await call.held()
    assert call.ending is Ending.VANISHED
    assert call.conversation is None


@virtual_time
async def test_a_client_that_stops_reading_is_hung_up_on_and_not_waited_for() -> None:
    call = Call(does=lambda _: [call.talk.observer(e.PartialHeard(1, "so")) for _ in range(100)] and None)
    task = await call.begun()
    call.socket.stuck = True
    await call.speak(1.0, level=0.0)
    await task
    assert call.ending is Ending.SLOW


@virtual_time
async def test_our_voice_is_not_pulled_for_a_client_that_does_not_read() -> None:
    call = Call(CallSettings(greeting="Hello there."))
    call.socket.stuck = True
    task = await call.begun()
    await call.speak(2.0, level=0.0)
    assert call.talk.playout.heard(0) == ""
    call.socket.vanish()
    await task


@virtual_time
async def test_a_conversation_that_breaks_ends_the_call_kindly(caplog: pytest.LogCaptureFixture) -> None:
    def breaks(_: AudioChunk) -> None:
        raise ValueError("words of the caller")

    call = Call(does=breaks)
    task = await call.begun()
    await call.speak(0.1)
    await task
    assert call.ending is Ending.FAILED
    assert call.socket.messages[-1]["reason"] == "failed"
    assert "words of the caller" not in caplog.text + str(call.socket.sent)


class Busy:
    """A conversation whose models cannot keep up: it takes nothing until told to."""

    def __init__(self) -> None:
        self.free = asyncio.Event()
        self.heard: list[AudioChunk] = []

    async def run(self, source: AsyncIterator[AudioChunk], /) -> None:
        await self.free.wait()
        async for chunk in source:
            self.heard.append(chunk)


def busy_call() -> tuple[Call, Busy]:
    call, busy = Call(), Busy()
    call.make = lambda *_: busy  # type: ignore[method-assign,assignment]
    return call, busy


@virtual_time
async def test_audio_that_nobody_can_hear_in_time_is_lost_oldest_first_and_said_once() -> None:
    call, busy = busy_call()
    task = await call.begun()
    for _ in range(20):
        call.socket.audio(pcm(1.0, 0.0))
    await asyncio.sleep(0.1)
    busy.free.set()
    call.socket.text({"type": "end"})
    await task
    assert call.ending is Ending.HUNG_UP
    assert call.socket.types.count("trouble") == 1
    heard = sum(len(chunk.samples) for chunk in busy.heard)
    assert MOST_HEARD_S * RATE <= heard <= (MOST_HEARD_S + 0.1) * RATE
    assert busy.heard[-1].end == 20 * RATE


@virtual_time
async def test_a_conversation_that_does_not_end_is_left_behind() -> None:
    call, _ = busy_call()
    task = await call.begun()
    call.socket.text({"type": "end"})
    await task
    assert call.ending is Ending.HUNG_UP
    assert [task for task in asyncio.all_tasks() if task.get_name().startswith(("talk", "call-"))] == []


@virtual_time
async def test_latency_of_the_client_delays_what_counts_as_heard() -> None:
    call = Call(CallSettings(greeting="Hello there."))
    task = await call.begun(latency_ms=500)
    await call.speak(1.0, level=0.0)
    assert call.talk.playout.heard(0) == ""
    await call.speak(0.3, level=0.0)
    assert call.talk.playout.heard(0) == "Hello"
    call.socket.text({"type": "end"})
    await task
