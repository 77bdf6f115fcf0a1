"""A call over a sound card: both ways, our echo, its latency, and every way in which a card can fail."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import cast

import numpy as np
import pytest
from fake_call import ScriptedConversation, tone
from scipy.signal import fftconvolve
from virtual_time import virtual_time

from warmline.server import events as e
from warmline.server.conversation import Conversation
from warmline.server.settings import CallSettings
from warmline.server.transport.microphone import MOST_HEARD_S, Exchange, Feed, talk
from warmline.server.transport.shared_playout import SharedPlayout
from warmline.speech.audio.echo import EchoCanceller
from warmline.speech.audio.files import read_audio
from warmline.speech.audio.findings import Trouble
from warmline.speech.audio.framing import Framer
from warmline.speech.audio.resample import Resampler
from warmline.speech.runtime.errors import DeviceError
from warmline.speech.turn.endpoint import Endpoint, EndpointRules, VoiceStarted, step
from warmline.speech.types import Samples
from warmline.speech.vad.backends import VADS
from warmline.tts.playout import Playout
from warmline.tts.types import SpokenChunk

SPEECH = Path(__file__).parents[2] / "demos" / "audio" / "space.wav"

DELAY = 7
"""Blocks until the loudspeaker's sound is back at the microphone."""


class Deaf:
    """Cancels nothing."""

    def process(self, near: Samples, far: Samples) -> Samples:
        return near


class Perfect:
    """Knows the room: takes exactly the echo of what it is told was played."""

    def __init__(self) -> None:
        self._played: deque[Samples] = deque(maxlen=DELAY)

    def process(self, near: Samples, far: Samples) -> Samples:
        echo = self._played[0] if len(self._played) == DELAY else np.zeros_like(far)
        self._played.append(far)
        return near - np.float32(0.5) * echo


class Card:
    """A sound card in a room: the microphone hears the loudspeaker, 70 ms later and 6 dB lower, and the caller."""

    def __init__(self, rate: int = 48_000, latency_s: float = 0.0) -> None:
        self.rate = rate
        self.latency_s = latency_s
        self.echo_delay_s = latency_s
        self.played: list[Samples] = []
        self.closed = False
        self.caller: deque[Samples] = deque()
        self._task: asyncio.Task[None] | None = None
        self._ended: Callable[[], None] = lambda: None

    def start(self, exchange: Callable[[Samples], Samples], ended: Callable[[], None], /) -> None:
        self._ended = ended
        self._task = asyncio.get_running_loop().create_task(self._run(exchange))

    async def _run(self, exchange: Callable[[Samples], Samples]) -> None:
        silence = np.zeros(self.rate // 100, np.float32)
        while True:
            await asyncio.sleep(0.01)
            echo = self.played[-DELAY] if len(self.played) >= DELAY else silence
            said = self.caller.popleft() if self.caller else silence
            self.played.append(exchange(said + np.float32(0.5) * echo))

    def say(self, seconds_s: float) -> None:
        for place in range(round(seconds_s * 100)):
            time = (np.arange(self.rate // 100) + place * (self.rate // 100)) / self.rate
            self.caller.append((0.4 * np.sin(2 * np.pi * 200.0 * time)).astype(np.float32))

    def stop(self) -> None:
        """No more blocks come, and nobody says why."""
        if self._task:
            self._task.cancel()

    def unplug(self) -> None:
        self.stop()
        self._ended()

    @contextmanager
    def opened(self, microphone: str | None, loudspeaker: str | None) -> Iterator[Card]:
        self.asked = (microphone, loudspeaker)
        try:
            yield self
        finally:
            self.stop()
            self.closed = True

    def loudness(self) -> float:
        return max((float(np.abs(block).max()) for block in self.played), default=0.0)


class Call:
    """A scripted conversation over a card."""

    def __init__(self, card: Card, greeting: str = "", canceller: Deaf | Perfect | None = None) -> None:
        self.card = card
        self.events: list[e.CallEvent] = []
        self.conversation = ScriptedConversation(CallSettings(greeting=greeting), self.events.append, Playout())
        self._canceller = canceller or Perfect()

    def begin(self) -> asyncio.Task[None]:
        conversation = cast(Conversation, self.conversation)
        return asyncio.create_task(
            talk(conversation, "mic", "2", self.card.opened, lambda rate, latency: self._canceller)
        )


async def hung_up(task: asyncio.Task[None]) -> None:
    task.cancel()
    await asyncio.wait([task])
    assert task.cancelled()


def test_a_turn_is_heard_and_answered_at_every_rate() -> None:
    for rate in (16_000, 24_000, 44_100, 48_000):
        card = Card(rate)
        call = Call(card)

        @virtual_time
        async def holds(call: Call = call, card: Card = card) -> None:
            task = call.begin()
            card.say(0.54)
            await asyncio.sleep(4.0)
            await hung_up(task)

        holds()
        assert call.conversation.turn == 1
        assert card.loudness() == pytest.approx(0.3, rel=0.05)
        assert card.closed
        assert card.asked == ("mic", "2")
        starts = [chunk.start for chunk in call.conversation.chunks]
        assert starts == list(range(0, 320 * len(starts), 320))
        assert len(starts) == pytest.approx(200, abs=3)
        assert [type(event).__name__ for event in call.events][-2:] == ["ReplyBegan", "ReplyEnded"]


@virtual_time
async def test_our_own_voice_opens_no_turn_and_does_not_interrupt_us() -> None:
    card = Card()
    call = Call(card, greeting="Hello, I am here to listen to you.")
    task = call.begin()
    await asyncio.sleep(3.0)
    await hung_up(task)
    assert card.loudness() > 0.2
    assert call.conversation.turn == 0
    assert not any(isinstance(event, e.Overlap) for event in call.events)
    heard = np.concatenate([chunk.samples for chunk in call.conversation.chunks])
    assert np.abs(heard).max() < 0.01


@virtual_time
async def test_without_cancellation_the_same_room_would_have_interrupted_us() -> None:
    call = Call(Card(), greeting="Hello, I am here to listen to you.", canceller=Deaf())
    task = call.begin()
    await asyncio.sleep(3.0)
    await hung_up(task)
    assert any(isinstance(event, e.Overlap) for event in call.events)


@virtual_time
async def test_a_voice_over_the_reply_still_gets_through() -> None:
    card = Card()
    call = Call(card, greeting="Hello, I am here to listen to you.")
    task = call.begin()
    await asyncio.sleep(0.4)
    card.say(0.6)
    await asyncio.sleep(2.0)
    await hung_up(task)
    actions = [event.action for event in call.events if isinstance(event, e.Overlap)]
    assert actions[:3] == ["duck", "hold", "cancel"]


@virtual_time
async def test_the_cards_latency_delays_what_counts_as_heard() -> None:
    call = Call(Card(latency_s=0.5), greeting="Hello there.")
    task = call.begin()
    await asyncio.sleep(0.95)
    assert call.conversation.playout.heard(0) == ""
    await asyncio.sleep(0.15)
    assert call.conversation.playout.heard(0) == "Hello"
    await hung_up(task)


@virtual_time
async def test_an_unplugged_card_ends_the_call_like_any_other_and_says_what_to_do() -> None:
    call = Call(Card())
    task = call.begin()
    await asyncio.sleep(0.5)
    call.card.unplug()
    with pytest.raises(DeviceError, match="Connect it and call again"):
        await task
    assert call.conversation.ended
    assert call.card.closed


@virtual_time
async def test_a_card_that_falls_silent_counts_as_unplugged() -> None:
    call = Call(Card())
    task = call.begin()
    await asyncio.sleep(0.5)
    call.card.stop()
    with pytest.raises(DeviceError):
        await task
    assert call.conversation.ended


@virtual_time
async def test_without_a_card_no_call_begins() -> None:
    @contextmanager
    def nothing(microphone: str | None, loudspeaker: str | None) -> Iterator[Card]:
        raise DeviceError("no microphone was found: connect one")
        yield

    call = Call(Card(), greeting="Hello.")
    with pytest.raises(DeviceError, match="connect one"):
        await talk(cast(Conversation, call.conversation), None, None, nothing)
    assert call.events == []


@virtual_time
async def test_what_nobody_can_hear_in_time_is_lost_oldest_first() -> None:
    feed = Feed(asyncio.get_running_loop())
    for _ in range(1_000):
        feed.give(np.zeros(160, np.float32))
    await asyncio.sleep(0)
    feed.card_ended()
    chunks = [chunk async for chunk in feed]
    assert sum(len(chunk.samples) for chunk in chunks) == MOST_HEARD_S * 16_000
    assert chunks[-1].end == 160_000


@pytest.mark.weights
def test_in_a_room_with_the_real_canceller_our_real_voice_is_no_voice() -> None:
    """Speech from the loudspeaker, back 70 ms later with the room's reverberation: the detector hears none of it."""
    pytest.importorskip("livekit.rtc", reason="needs the extra: pip install warmline[microphone]")
    heard: dict[str, list[Samples]] = {"cancelled": [], "as it is": []}
    for name, canceller in (("cancelled", EchoCanceller(48_000, 0.02)), ("as it is", Deaf())):
        playout = Playout()
        playout.enqueue(SpokenChunk(1, 0, Resampler(16_000, 24_000).push(read_audio(SPEECH).samples)))
        exchange = Exchange(playout, canceller, 48_000, heard[name].append)
        played: list[Samples] = []
        for _ in range(600):
            played.append(exchange(room(played)))
    assert voices(np.concatenate(heard["as it is"])) >= 1
    assert voices(np.concatenate(heard["cancelled"])) == 0


def room(played: list[Samples]) -> Samples:
    """What the microphone gets of the last quarter second: the sound itself after 70 ms, and its reverberation."""
    past = np.concatenate([np.zeros(12_000, np.float32), *played[-30:]])[-12_000 - 480 :]
    random = np.random.default_rng(1)
    tail = np.arange(12_000 - 3_360)
    response = np.concatenate([np.zeros(3_360), random.normal(0.0, 0.03, len(tail)) * np.exp(-tail / 2_400.0)])
    response[3_360] = 0.5
    echo = fftconvolve(past, response)[len(past) - 480 : len(past)]
    return (echo + random.normal(0.0, 1e-4, 480)).astype(np.float32)


def voices(audio: Samples) -> int:
    """How often the endpoint says that somebody began to speak."""
    vad, state, began = VADS.create("silero", {}), Endpoint(), 0
    for frame in Framer().push(audio):
        state, events = step(state, vad.score(frame.samples), frame.start, frame.end, EndpointRules())
        began += sum(isinstance(event, VoiceStarted) for event in events)
    vad.close()
    return began


@virtual_time
async def test_the_card_may_call_from_its_own_thread() -> None:
    feed, playout = Feed(asyncio.get_running_loop()), SharedPlayout()
    exchange = Exchange(playout, Deaf(), 48_000, feed.give)
    played: list[Samples] = []

    def card() -> None:
        for _ in range(200):
            played.append(exchange(np.full(480, 0.25, np.float32)))
        feed.card_ended()

    playout.enqueue(tone(1, 0, "all of this", 1.0))
    playout.finish(1)
    working = asyncio.create_task(asyncio.to_thread(card))
    heard = [chunk async for chunk in feed]
    await working
    assert playout.heard(1) == "all of this"
    assert sum(len(block) for block in played) == 96_000
    assert abs(sum(len(chunk.samples) for chunk in heard) - 32_000) <= 400


@virtual_time
async def test_a_microphone_that_is_muted_is_told_kindly_and_once() -> None:
    told: list[str] = []
    call = Call(Card())
    conversation = cast(Conversation, call.conversation)
    task = asyncio.create_task(
        talk(conversation, None, None, call.card.opened, lambda rate, delay_s: Deaf(), tell=told.append)
    )
    await asyncio.sleep(9.0)
    await hung_up(task)
    assert told == [str(Trouble.MUTED)]


async def test_an_overdriven_microphone_is_told_from_what_it_gave_itself() -> None:
    """The echo canceller's output is not what is judged: here it is silence throughout."""

    class Nothing:
        def process(self, near: Samples, far: Samples) -> Samples:
            return np.zeros_like(near)

    told: list[str] = []
    loop = asyncio.get_running_loop()
    feed = Feed(loop, told.append, 48_000)
    exchange = Exchange(SharedPlayout(), Nothing(), 48_000, feed.give, feed.listen)
    loud = np.clip(4.0 * np.sin(2 * np.pi * 200.0 * np.arange(48_000) / 48_000), -1.0, 1.0).astype(np.float32)
    for block in loud.reshape(-1, 480):
        exchange(block)
    await asyncio.sleep(0)
    assert told == [str(Trouble.CLIPPED)]


async def test_a_fault_of_the_stream_is_told_and_what_is_heard_stays_sound() -> None:
    told: list[str] = []
    feed = Feed(asyncio.get_running_loop(), told.append)
    feed.give(np.full(1_600, np.nan, np.float32))
    feed.give(np.full(1_600, 0.5, np.float32))
    await asyncio.sleep(0)
    feed.card_ended()
    heard = np.concatenate([chunk.samples async for chunk in feed])
    assert np.isfinite(heard).all()
    assert len(heard) == 3_200
    assert "no numbers" in told[0]
