"""Our voice at its moments: a small lead where sound begins, never more; nothing in silence; place kept on hold."""

from __future__ import annotations

import asyncio

import numpy as np
from virtual_time import virtual_time

from warmline.server.transport.pacer import FRAME, FRAME_S, LEAD, LEAD_SAMPLES, Pacer
from warmline.speech.runtime.clock import LoopClock
from warmline.speech.types import Samples
from warmline.tts.playout import Playout
from warmline.tts.types import SpokenChunk


class Client:
    """Plays what it is sent in real time, as a browser would."""

    def __init__(self, playout: Playout) -> None:
        self.clock = LoopClock()
        self.frames: list[tuple[float, Samples]] = []
        self.open = True
        self.pacer = Pacer(playout, self.clock, self.take, lambda: self.open)

    def take(self, frame: Samples) -> None:
        self.frames.append((self.clock.now_s(), frame))

    def most_unplayed(self) -> int:
        """The longest queue that this client ever held, in frames, when it plays at once and in real time."""
        free_s, most = 0.0, 0.0
        for came_s, _ in self.frames:
            free_s = max(free_s, came_s) + FRAME_S
            most = max(most, free_s - came_s)
        return round(most / FRAME_S)

    def gaps(self) -> int:
        """How often it ran dry between two frames."""
        free_s, dry = self.frames[0][0], 0
        for came_s, _ in self.frames:
            dry += came_s > free_s + 1e-6
            free_s = max(free_s, came_s) + FRAME_S
        return dry

    async def during(self, seconds_s: float) -> None:
        task = asyncio.create_task(self.pacer.run())
        await asyncio.sleep(seconds_s)
        task.cancel()
        await asyncio.wait([task])


def sound(turn: int, frames: int, segment: int = 0) -> SpokenChunk:
    return SpokenChunk(turn, segment, np.full(frames * FRAME, 0.5, np.float32))


def pause(turn: int, frames: int) -> SpokenChunk:
    return SpokenChunk(turn, 1, np.zeros(frames * FRAME, np.float32))


@virtual_time
async def test_silence_sends_nothing_but_time_goes_on() -> None:
    playout = Playout()
    client = Client(playout)
    await client.during(2.0)
    assert client.frames == []
    assert abs(playout.clock - 2 * 24_000) <= FRAME


@virtual_time
async def test_sound_begins_with_a_lead_and_then_keeps_real_time() -> None:
    playout = Playout()
    client = Client(playout)
    playout.enqueue(sound(1, 100))
    playout.finish(1)
    await client.during(3.0)
    times = [came_s for came_s, _ in client.frames]
    assert len(times) == 100
    assert times[LEAD - 1] == times[0]
    assert times[LEAD] > times[0]
    assert client.most_unplayed() == LEAD
    assert client.gaps() == 0


@virtual_time
async def test_after_a_pause_every_frame_sounds_at_its_own_moment_again() -> None:
    playout = Playout()
    client = Client(playout)
    for part in (sound(1, 10), pause(1, 20), sound(1, 10, segment=2)):
        playout.enqueue(part)
    await client.during(2.0)
    times = [came_s for came_s, _ in client.frames]
    assert round((times[10] - times[0]) / FRAME_S) == 30
    assert client.most_unplayed() == LEAD


@virtual_time
async def test_what_counts_as_heard_is_never_ahead_of_what_was_played() -> None:
    playout = Playout(latency=LEAD_SAMPLES)
    client = Client(playout)
    playout.enqueue(sound(1, 5))
    playout.finish(1)
    await client.during(FRAME_S * 1.5)
    assert len(client.frames) == LEAD
    assert not playout.begun(1)
    await client.during(FRAME_S * 2.5)
    assert playout.begun(1)
    assert playout.finished() == ()
    await client.during(FRAME_S * 8)
    assert playout.finished() == (1,)


@virtual_time
async def test_while_held_the_lead_stays_with_the_client() -> None:
    playout = Playout()
    client = Client(playout)
    playout.enqueue(sound(1, 100))
    await client.during(0.5)
    playout.hold()
    client.pacer.hold()
    before = len(client.frames)
    await client.during(1.0)
    assert len(client.frames) == before
    assert client.pacer.ahead == LEAD - 1
    playout.restore()
    client.pacer.restore()
    held = len(client.frames)
    await client.during(FRAME_S * 1.5)
    assert len(client.frames) - held == 1  # no second lead on top of the one that was kept


@virtual_time
async def test_after_a_clear_the_next_sound_gets_a_lead_again() -> None:
    playout = Playout()
    client = Client(playout)
    playout.enqueue(sound(1, 100))
    await client.during(0.5)
    playout.drop(1)
    client.pacer.cleared()
    await client.during(FRAME_S * 1.5)
    playout.enqueue(sound(2, 100))
    before = len(client.frames)
    await client.during(FRAME_S * 1.5)
    assert len(client.frames) - before == LEAD


@virtual_time
async def test_what_cannot_be_sent_is_not_pulled() -> None:
    playout = Playout()
    client = Client(playout)
    client.open = False
    playout.enqueue(sound(1, 10))
    await client.during(1.0)
    assert playout.clock == 0
    client.open = True
    await client.during(1.0)
    assert len(client.frames) == 10


@virtual_time
async def test_a_long_delay_is_not_made_up_by_a_burst() -> None:
    playout = Playout()
    client = Client(playout)
    late = LateClock(client.clock)
    client.pacer = Pacer(playout, late, client.take, lambda: True)
    playout.enqueue(sound(1, 200))
    late.next_delay_s = 0.5
    await client.during(2.0)
    assert client.pacer.late_s >= 0.5
    assert client.most_unplayed() == LEAD


class LateClock:
    """The loop's clock, whose sleeper wakes too late once, at the tenth sleep."""

    def __init__(self, clock: LoopClock) -> None:
        self._clock = clock
        self._sleeps = 0
        self.next_delay_s = 0.0

    def now_s(self) -> float:
        return self._clock.now_s()

    async def sleep_until(self, deadline_s: float) -> None:
        self._sleeps += 1
        await self._clock.sleep_until(deadline_s + (self.next_delay_s if self._sleeps == 10 else 0.0))
