"""Two voices as one: when the first fails in the middle of a segment, the second finishes it from the next word on, or
from the beginning of the telephone number in which it failed."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Final

from warmline.dialogue.types import ReplySegment
from warmline.speech.runtime.cancel import CancelFlag
from warmline.speech.runtime.errors import VoiceError, WarmlineError
from warmline.tts.spoken_text import said_words
from warmline.tts.types import SpokenChunk
from warmline.tts.voice.base import Capabilities, Voice

FAILURES_IN_A_ROW: Final = 2
_log = logging.getLogger(__name__)


class FallbackVoice:
    """``second`` is made at the first failure (its weights are not in memory before; making it takes the time it
    takes to load). After two failures in a row the first voice is no longer asked."""

    def __init__(self, first: Voice, second: Callable[[], Voice]) -> None:
        self._first = first
        self._make_second = second
        self._second: Voice | None = None
        self._failures = 0

    @property
    def capabilities(self) -> Capabilities:
        """Those of the voice that is in use."""
        return self._second.capabilities if self._second and self._given_up else self._first.capabilities

    def speak(self, segment: ReplySegment, cancel: CancelFlag | None = None) -> Iterator[SpokenChunk]:
        """As the first voice does, while it can. Raises VoiceError when both fail, Cancelled."""
        spoken = 0
        if not self._given_up:
            try:
                for chunk in self._first.speak(segment, cancel):
                    spoken += len(chunk.words)
                    yield chunk
                self._failures = 0
                return
            except VoiceError as error:
                self._failures += 1
                _log.warning("the first voice failed after %d words, the second goes on: %s", spoken, error)
        words = said_words(segment.text)
        while 0 < spoken < len(words) and words[spoken].slow and words[spoken - 1].slow:
            spoken -= 1  # a telephone number is of use only whole
        words = words[spoken:]
        if words:
            rest = replace(segment, text=" ".join(word.written for word in words))
            yield from self._other().speak(rest, cancel)

    def close(self) -> None:
        self._first.close()
        if self._second:
            self._second.close()

    @property
    def _given_up(self) -> bool:
        return self._failures >= FAILURES_IN_A_ROW

    def _other(self) -> Voice:
        if self._second is None:
            try:
                self._second = self._make_second()
            except VoiceError:
                raise
            except WarmlineError as error:
                raise VoiceError(f"both voices failed; the second could not be made: {error}") from error
        return self._second
