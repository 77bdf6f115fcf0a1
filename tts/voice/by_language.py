"""Two voices as one, by language: the first for what it speaks, the other for the rest."""

from __future__ import annotations

from collections.abc import Iterator

from warmline.dialogue.types import ReplySegment
from warmline.speech.runtime.cancel import CancelFlag
from warmline.tts.types import SpokenChunk
from warmline.tts.voice.base import Capabilities, Voice


class ByLanguage:
    """A caller who changes language hears another voice. The controls named are those that both have."""

    def __init__(self, first: Voice, other: Voice) -> None:
        self._first = first
        self._other = other

    @property
    def capabilities(self) -> Capabilities:
        own, more = self._first.capabilities, self._other.capabilities
        return Capabilities(own.controls & more.controls, own.languages | more.languages, own.streams or more.streams)

    def speak(self, segment: ReplySegment, cancel: CancelFlag | None = None) -> Iterator[SpokenChunk]:
        """As the voice does that speaks the segment's language. Raises VoiceError, Cancelled."""
        own = segment.language in self._first.capabilities.languages
        yield from (self._first if own else self._other).speak(segment, cancel)

    def close(self) -> None:
        self._first.close()
        self._other.close()
