"""The protocol of voices: a reply segment in, spoken chunks out."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

from warmline.dialogue.types import ReplySegment
from warmline.speech.runtime.cancel import CancelFlag
from warmline.tts.types import SpokenChunk


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What a voice can do; callers adapt instead of asking for its type.

    ``controls``: the fields of Style that change the wave. ``languages``: BCP 47 primary tags. ``streams``: yields
    more than one chunk a segment.
    """

    controls: frozenset[str]
    languages: frozenset[str]
    streams: bool = False


class Voice(Protocol):
    """Speaks. Blocking; iterated on a worker thread; one call at a time."""

    @property
    def capabilities(self) -> Capabilities: ...

    def speak(self, segment: ReplySegment, cancel: CancelFlag | None = None) -> Iterator[SpokenChunk]:
        """Yield the segment's audio at VOICE_RATE with word ends. Text that cannot be spoken (empty, only marks)
        yields nothing. Raises VoiceError, Cancelled."""
        ...

    def close(self) -> None: ...
