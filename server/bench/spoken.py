"""What the voice makes of each reply that a model was asked for: how long it sounds, in how many pieces, and when the
first of those that were written came.

Knows nothing about who hears it: a reply that was thrown away when it was whole counts as well.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Final

from warmline.dialogue.types import ReplySegment, TurnId
from warmline.speech.runtime.cancel import CancelFlag
from warmline.tts.types import VOICE_RATE, SpokenChunk
from warmline.tts.voice.base import Capabilities, Voice

WRITTEN: Final = ("model", "fallback")
"""Where the words come from for which a model was asked: where it failed, a sentence of ours stands instead."""


@dataclass(frozen=True, slots=True)
class Spoken:
    """``opening_s``: of voice, in clauses of ours before the model's words; ``written_s``: in ``pieces`` after them;
    ``first_ms``: from handing our clause to the voice to handing it the first piece after it, None where there was no
    such clause."""

    opening_s: float = 0.0
    written_s: float = 0.0
    pieces: int = 0
    first_ms: float | None = None


@dataclass(slots=True)
class _Making:
    turn: TurnId
    begun_s: float
    said: Spoken = field(default_factory=Spoken)
    asked: bool = False


class Listened:
    """``voice`` of one call; each reply that a model was asked for, and that it has said whole, is added to
    ``spoken``."""

    def __init__(self, voice: Voice, spoken: list[Spoken]) -> None:
        self._voice = voice
        self._spoken = spoken
        self._making: _Making | None = None

    @property
    def capabilities(self) -> Capabilities:
        return self._voice.capabilities

    def speak(self, segment: ReplySegment, cancel: CancelFlag | None = None) -> Iterator[SpokenChunk]:
        """As :meth:`warmline.tts.voice.base.Voice.speak`."""
        now_s = time.perf_counter()
        if self._making is None or self._making.turn != segment.turn:
            self._making = _Making(segment.turn, now_s)
        making = self._making
        if segment.source != "opening":
            said = making.said
            first = said.opening_s > 0.0 and not said.pieces
            first_ms = (now_s - making.begun_s) * 1000.0 if first else said.first_ms
            making.said = replace(said, pieces=said.pieces + 1, first_ms=first_ms)
        making.asked = making.asked or segment.source in WRITTEN
        return self._counted(making, segment, self._voice.speak(segment, cancel))

    def _counted(self, making: _Making, segment: ReplySegment, chunks: Iterator[SpokenChunk]) -> Iterator[SpokenChunk]:
        for chunk in chunks:
            made_s, said = len(chunk.audio) / VOICE_RATE, making.said
            if segment.source == "opening":
                making.said = replace(said, opening_s=said.opening_s + made_s)
            else:
                making.said = replace(said, written_s=said.written_s + made_s)
            yield chunk
        if segment.last and making.asked:
            self._spoken.append(making.said)

    def close(self) -> None:
        """Nothing: the voice is shared by all calls."""
