"""A voice at the pace that a listener asked for: every style's own pace stays, moved as a whole.

Sentences of the safety protocol are never made faster, only slower: a number must be understood. What was spoken
beforehand (an apology, a listener's sounds) keeps the voice's own pace.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from warmline.dialogue.types import ReplySegment
from warmline.speech.runtime.cancel import CancelFlag
from warmline.tts.styling import FASTEST
from warmline.tts.types import SpokenChunk
from warmline.tts.voice.base import Capabilities, Voice

SLOWEST_SPEED: Final = 0.8
FASTEST_SPEED: Final = 1.25


class Paced:
    """``voice`` at ``speed`` times its rate, from :data:`SLOWEST_SPEED` to :data:`FASTEST_SPEED`. Closing it closes
    nothing: the voice is shared by all calls."""

    def __init__(self, voice: Voice, speed: float) -> None:
        self._voice = voice
        self._shift = math.log(speed) / math.log(FASTEST)

    @property
    def capabilities(self) -> Capabilities:
        return self._voice.capabilities

    def speak(self, segment: ReplySegment, cancel: CancelFlag | None = None) -> Iterator[SpokenChunk]:
        """As :meth:`warmline.tts.voice.base.Voice.speak`."""
        shift = min(0.0, self._shift) if segment.source == "protocol" else self._shift
        style = replace(segment.style, pace=min(1.0, max(-1.0, segment.style.pace + shift)))
        return self._voice.speak(replace(segment, style=style), cancel)

    def close(self) -> None:
        pass
