"""A voice that hums one tone a word: the fake that ships, with exact timing and no weights.

Word i of a segment ends at (i + 1) * word length; the tone's pitch and level follow the style, so that tests can see
it in the wave. It says nothing intelligible.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np

from warmline.dialogue.types import ReplySegment
from warmline.speech.runtime.cancel import CancelFlag
from warmline.speech.runtime.errors import VoiceError
from warmline.speech.types import Samples
from warmline.tts.level import faded, silence
from warmline.tts.spoken_text import said_words, sentences
from warmline.tts.styling import Controls, controls_of, pause_after_s
from warmline.tts.types import VOICE_RATE, SpokenChunk, SpokenWord
from warmline.tts.voice.base import Capabilities

LEVEL: Final = 0.2


@dataclass(frozen=True, slots=True)
class ToneConfig:
    """``word_ms``: length of a word at neutral pace. ``hertz``: the neutral tone. ``fails_at``: raise VoiceError
    before this sentence of every segment (counted from 0); -1 for never."""

    word_ms: int = 250
    hertz: float = 220.0
    fails_at: int = -1


class ToneVoice:
    """Yields a chunk a sentence."""

    def __init__(self, config: ToneConfig) -> None:
        self._config = config

    @property
    def capabilities(self) -> Capabilities:
        return Capabilities(controls=frozenset({"pace", "pitch", "volume"}), languages=frozenset({"en"}), streams=True)

    def speak(self, segment: ReplySegment, cancel: CancelFlag | None = None) -> Iterator[SpokenChunk]:
        controls = controls_of(segment.style)
        parts = tuple(sentences(said_words(segment.text)))
        for place, words in enumerate(parts):
            if cancel:
                cancel.check()
            if place == self._config.fails_at:
                raise VoiceError("the tone voice was told to fail here: set fails_at to -1")
            tone = self._tone(controls)
            ends = tuple(SpokenWord(word.written, (at + 1) * len(tone)) for at, word in enumerate(words))
            last = segment.last and place + 1 == len(parts)
            pause_s = 0.0 if last else pause_after_s(words[-1].said, controls)
            audio = np.concatenate([*[tone] * len(words), silence(pause_s)])
            yield SpokenChunk(segment.turn, segment.index, audio, ends)

    def close(self) -> None:
        """Nothing is held open."""

    def _tone(self, controls: Controls) -> Samples:
        count = round(VOICE_RATE * self._config.word_ms / 1000.0 / controls.speed)
        hertz = self._config.hertz * 2.0 ** (controls.pitch_st / 12.0)
        wave = LEVEL * 10.0 ** (controls.gain_db / 20.0) * np.sin(2.0 * np.pi * hertz / VOICE_RATE * np.arange(count))
        return faded(wave.astype(np.float32))
