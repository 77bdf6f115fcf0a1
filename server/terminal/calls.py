"""The two ways in which a person at this machine calls: a conversation of this process, or one that a server holds;
each with a sound card or without."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from typing import Any

from warmline.server.conversation import Conversation
from warmline.server.settings import FrontSettings
from warmline.server.terminal.remote import RemoteCall
from warmline.server.terminal.talking import Talking
from warmline.server.terminal.voice import RemoteVoice
from warmline.server.transport.microphone import UNPLUGGED, Canceller, Card, Feed, on_card, talk
from warmline.speech.audio.denoise.base import Denoiser
from warmline.speech.audio.device import Duplex
from warmline.speech.audio.echo import EchoCanceller, Processing
from warmline.speech.runtime.errors import DeviceError
from warmline.speech.types import AudioChunk


@dataclass(frozen=True, slots=True)
class Ends:
    """The sound card's two ends, by name or number (None: the system's own), and what is done to what it hears.
    ``open_card`` stands in for the real one."""

    microphone: str | None = None
    loudspeaker: str | None = None
    front: FrontSettings = field(default_factory=FrontSettings)
    denoiser: Denoiser | None = None
    open_card: Callable[[str | None, str | None], AbstractContextManager[Card]] = Duplex

    def canceller(self, rate: int, delay_s: float) -> Canceller:
        front = self.front
        wanted = Processing(echo=front.echo, noise=front.noise, high_pass=front.high_pass, gain=front.gain)
        return EchoCanceller(rate, delay_s, wanted)


async def here(conversation: Conversation, talking: Talking, ends: Ends | None) -> None:
    """Hold a call of this process until it is hung up. ``ends`` None: by typing only. Raises DeviceError."""
    talking.write = conversation.write
    with talking.shown(only_written=ends is None):
        if ends is None:
            await conversation.run(talking.silence(conversation.playout.pull))
            return
        given = ends.open_card, ends.canceller
        await talk(conversation, ends.microphone, ends.loudspeaker, *given, talking.note, ends.denoiser, talking.fed)


async def elsewhere(url: str, token: str, read_tone: bool, talking: Talking, ends: Ends | None) -> None:
    """Hold a call of the server at ``url``. Raises UsageError, DeviceError."""
    voice = RemoteVoice()

    def hear(message: Mapping[str, Any]) -> None:
        if message["type"] == "overlap":
            voice.order(message["action"])
        elif message["type"] == "clear":
            voice.order("clear")
        talking.hear(message)

    with _heard(voice, talking, ends) as (source, latency_s):
        remote = RemoteCall(
            url,
            hear,
            voice.add,
            talking.note,
            token=token,
            read_tone=read_tone,
            latency_ms=min(1_000.0, latency_s * 1_000.0),
        )
        talking.write = remote.write
        with talking.shown(only_written=ends is None):
            talking.note(await remote.run(source))


@contextmanager
def _heard(
    voice: RemoteVoice, talking: Talking, ends: Ends | None
) -> Iterator[tuple[AsyncIterator[AudioChunk], float]]:
    """What the server hears, and how long the loudspeaker holds its voice back."""
    if ends is None:
        yield talking.silence(voice.pull), 0.0
        return
    latencies: list[float] = []

    def pulled(latency_s: float) -> RemoteVoice:
        latencies.append(latency_s)
        return voice

    given = ends.open_card, ends.canceller
    with on_card(pulled, ends.microphone, ends.loudspeaker, *given, talking.note, ends.denoiser) as feed:
        talking.fed(feed)
        yield aiter(feed), latencies[0]
        _check(feed)


def _check(feed: Feed) -> None:
    if feed.unplugged:
        raise DeviceError(UNPLUGGED)
