"""A call over this machine's own microphone and loudspeaker, with our echo taken out of what is heard.

The sound card calls from a thread of its own, every 10 ms: it brings what the microphone heard and takes what the
loudspeaker shall say. What was taken from the playout is at once the far end of the echo canceller, so both ends are
on one clock, the card's. Nothing waits there: what is heard goes to the call's loop through a queue of
:data:`MOST_HEARD_S`, from which the oldest is thrown away when the models cannot keep up.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Final, Protocol

import numpy as np

from warmline.server.conversation import Conversation
from warmline.server.transport.shared_playout import SharedPlayout
from warmline.speech.audio.denoise.base import Denoiser
from warmline.speech.audio.denoise.none import NoConfig, NoDenoiser
from warmline.speech.audio.device import Duplex
from warmline.speech.audio.echo import EchoCanceller
from warmline.speech.audio.faults import Clipped, Silent
from warmline.speech.audio.findings import Listener
from warmline.speech.audio.framing import Framer
from warmline.speech.audio.front import FrontEnd
from warmline.speech.audio.resample import Resampler
from warmline.speech.runtime.errors import DeviceError
from warmline.speech.types import SAMPLE_RATE, AudioChunk, Samples, samples_of
from warmline.tts.playout import Playout
from warmline.tts.types import VOICE_RATE

HEARD_STEP: Final = samples_of(0.02)
MOST_HEARD_S: Final = 5.0
SILENT_CARD_S: Final = 3.0
"""A card that has not called for so long was unplugged, or its driver died."""

TOLD_OTHERWISE: Final = (Silent, Clipped)
"""Faults of the stream that the listener tells as advice."""

UNPLUGGED = "the sound card stopped: was the microphone or the loudspeaker unplugged? Connect it and call again"


class Canceller(Protocol):
    """Takes our own voice out of what the microphone heard."""

    def process(self, near: Samples, far: Samples, /) -> Samples:
        """``near`` without the echo of ``far``, which is played at the same moment; float32[n], 10 ms each."""
        ...


class Pulled(Protocol):
    """What the loudspeaker plays: a playout of ours, or the voice of a server."""

    def pull(self, count: int, /) -> Samples:
        """The next ``count`` samples at VOICE_RATE; on the card's thread."""
        ...


class Card(Protocol):
    """Both ends of a sound card as one stream of 10 ms blocks. ``rate``: of both, in Hz. ``latency_s``: how long a
    sample given to the loudspeaker takes until it is heard; ``echo_delay_s``: until it is back from the microphone."""

    @property
    def rate(self) -> int: ...

    @property
    def latency_s(self) -> float: ...

    @property
    def echo_delay_s(self) -> float: ...

    def start(self, exchange: Callable[[Samples], Samples], ended: Callable[[], None], /) -> None:
        """Begin to call ``exchange`` with what was heard; it gives what to play. ``ended``: the card is gone."""
        ...


class Feed:
    """What the microphone heard, from the card's thread to the call's loop. Ends when the card does.

    ``tell`` is told, in one line fit for a person, what is wrong with the stream or the line: a microphone that is
    muted, too quiet, overdriven or in a noisy place. ``rate``: of the card, in Hz. While ``muted`` is set silence is
    given on; ``level``: how loud the microphone is, 0 to 1 over 45 dB."""

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        tell: Callable[[str], None] = lambda _: None,
        rate: int = SAMPLE_RATE,
        denoiser: Denoiser | None = None,
    ) -> None:
        self._loop = loop
        self._tell = tell
        self._front = FrontEnd(denoiser or NoDenoiser(NoConfig()))
        self._listener = Listener(rate=rate)
        self._framer = Framer(HEARD_STEP)
        self._waiting: deque[AudioChunk] = deque(maxlen=samples_of(MOST_HEARD_S) // HEARD_STEP)
        self._changed = asyncio.Event()
        self._ended = False
        self.unplugged = False
        self.muted = False
        self.level = 0.0

    def give(self, samples: Samples) -> None:
        """16 kHz audio, from any thread."""
        self._from_thread(lambda: self._add(samples))

    def listen(self, samples: Samples) -> None:
        """What the microphone gave, at the card's rate, before anything was done to it; from any thread. Only its
        level is looked at: taking our echo out can leave nothing, which is no muted microphone."""
        self._from_thread(lambda: self._look(samples))

    def card_ended(self) -> None:
        """From any thread: no more will come."""
        self._from_thread(self._end)

    async def __aiter__(self) -> AsyncIterator[AudioChunk]:
        while True:
            while self._waiting:
                yield self._waiting.popleft()
            if self._ended:
                return
            self._changed.clear()
            try:
                async with asyncio.timeout(SILENT_CARD_S):
                    await self._changed.wait()
            except TimeoutError:
                self._end()

    def _from_thread(self, step: Callable[[], None]) -> None:
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(step)

    def _add(self, samples: Samples) -> None:
        heard = self._front.push(np.zeros_like(samples) if self.muted else samples)
        for fault in heard.faults:
            if not isinstance(fault, TOLD_OTHERWISE):
                self._tell(str(fault))
        for chunk in heard.chunks:
            self._waiting.extend(self._framer.push(chunk.samples))
        self._changed.set()

    def _look(self, samples: Samples) -> None:
        decibels = 10.0 * np.log10(float(np.mean(np.square(samples, dtype=np.float64))) + 1e-9)
        self.level = min(1.0, max(0.0, (decibels + 55.0) / 45.0))
        if self.muted:
            return
        for trouble in self._listener.push(samples):
            self._tell(str(trouble))

    def _end(self) -> None:
        self._ended = self.unplugged = True
        self._changed.set()


class Exchange:
    """One block in, one block out, on the card's thread."""

    def __init__(
        self,
        playout: Pulled,
        canceller: Canceller,
        rate: int,
        give: Callable[[Samples], None],
        listen: Callable[[Samples], None] = lambda _: None,
    ) -> None:
        self._playout = playout
        self._canceller = canceller
        self._rate = rate
        self._give = give
        self._listen = listen
        self._up = Resampler(VOICE_RATE, rate)
        self._down = Resampler(rate, SAMPLE_RATE)
        self._ready: Samples = np.zeros(0, np.float32)

    def __call__(self, near: Samples) -> Samples:
        far = self._next(len(near))
        self._listen(near)
        clean = np.clip(self._down.push(self._canceller.process(near, far)), -1.0, 1.0)
        if len(clean):
            self._give(clean)
        return far

    def _next(self, count: int) -> Samples:
        """The next samples for the loudspeaker; what the resampler holds back is made up by one more block."""
        while len(self._ready) < count:
            pulled = self._playout.pull(round(count * VOICE_RATE / self._rate))
            self._ready = np.concatenate((self._ready, self._up.push(pulled)))
        far, self._ready = self._ready[:count], self._ready[count:]
        return far


@contextmanager
def on_card(
    make_pulled: Callable[[float], Pulled],
    microphone: str | None,
    loudspeaker: str | None,
    open_card: Callable[[str | None, str | None], AbstractContextManager[Card]] = Duplex,
    make_canceller: Callable[[int, float], Canceller] = EchoCanceller,
    tell: Callable[[str], None] = lambda _: None,
    denoiser: Denoiser | None = None,
) -> Iterator[Feed]:
    """While it lasts the card plays what ``make_pulled`` (given the card's latency in seconds) made, and the feed holds
    what the microphone heard. ``microphone``, ``loudspeaker``: devices by name or number, None for the system's own;
    ``open_card`` and ``make_canceller`` (rate, echo's delay) stand in for the real ones. ``tell`` is told what is wrong
    with the microphone, with advice; ``denoiser`` takes noise out of what is heard, and is closed at the end.

    Raises DeviceError: no device. MissingExtra."""
    with open_card(microphone, loudspeaker) as card:
        feed = Feed(asyncio.get_running_loop(), tell, card.rate, denoiser)
        pulled = make_pulled(card.latency_s)
        canceller = make_canceller(card.rate, card.echo_delay_s)
        card.start(Exchange(pulled, canceller, card.rate, feed.give, feed.listen), feed.card_ended)
        try:
            yield feed
        finally:
            if denoiser is not None:
                denoiser.close()


async def talk(
    conversation: Conversation,
    microphone: str | None,
    loudspeaker: str | None,
    open_card: Callable[[str | None, str | None], AbstractContextManager[Card]] = Duplex,
    make_canceller: Callable[[int, float], Canceller] = EchoCanceller,
    tell: Callable[[str], None] = lambda _: None,
    denoiser: Denoiser | None = None,
    fed: Callable[[Feed], None] = lambda _: None,
) -> None:
    """Hold the call until it is cancelled; arguments as in :func:`on_card`. ``fed`` is given the feed, to mute it and
    to see its level. The conversation must not have begun: its playout is replaced by one that knows the card's
    latency.

    Raises DeviceError: no device, or it was unplugged (after the call has been ended like any other). MissingExtra."""

    def pulled(latency_s: float) -> Playout:
        conversation.playout = SharedPlayout(latency=round(latency_s * VOICE_RATE))
        return conversation.playout

    with on_card(pulled, microphone, loudspeaker, open_card, make_canceller, tell, denoiser) as feed:
        fed(feed)
        await conversation.run(aiter(feed))
    if feed.unplugged:
        raise DeviceError(UNPLUGGED)
