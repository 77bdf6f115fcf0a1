"""A whole text spoken in one go, for commands and measurements: audio, word ends, and how long each part took."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from warmline.dialogue.types import ReplySegment, Style
from warmline.speech.types import Samples
from warmline.tts.level import silence
from warmline.tts.ssml import Break, Piece
from warmline.tts.types import VOICE_RATE, SpokenChunk, SpokenWord
from warmline.tts.voice.base import Voice


@dataclass(frozen=True, slots=True)
class Speech:
    """``audio``: float32[n] at VOICE_RATE. ``words``: their ends in it. ``first_ms``: wall time to the first chunk;
    ``total_ms``: to the last."""

    audio: Samples
    words: tuple[SpokenWord, ...]
    first_ms: float
    total_ms: float

    @property
    def duration_s(self) -> float:
        return len(self.audio) / VOICE_RATE


def speech_of(voice: Voice, text: str, style: Style, emphasis: tuple[str, ...] = ()) -> Speech:
    """Speak ``text``. Silence without words where nothing in it can be said. Raises VoiceError."""
    began = time.perf_counter()
    chunks: list[SpokenChunk] = []
    first = 0.0
    for chunk in voice.speak(ReplySegment(0, 0, text, style, last=True, emphasis=emphasis)):
        if not chunks:
            first = time.perf_counter()
        chunks.append(chunk)
    done = time.perf_counter()
    audio = np.concatenate([chunk.audio for chunk in chunks]) if chunks else np.zeros(0, np.float32)
    return Speech(audio, tuple(_words(chunks)), ((first or done) - began) * 1e3, (done - began) * 1e3)


def speech_of_pieces(voice: Voice, pieces: Sequence[Piece]) -> Speech:
    """Speak SSML's pieces one after the other. Raises VoiceError."""
    begun = time.perf_counter()
    spoken = [
        Speech(silence(piece.seconds_s), (), 0.0, 0.0)
        if isinstance(piece, Break)
        else speech_of(voice, piece.text, piece.style, piece.emphasis)
        for piece in pieces
    ]
    audio = np.concatenate([part.audio for part in spoken] or [silence(0.0)])
    words: list[SpokenWord] = []
    place = 0
    for part in spoken:
        words += [SpokenWord(word.text, place + word.end) for word in part.words]
        place += len(part.audio)
    first_ms = next((part.first_ms for part in spoken if part.words), 0.0)
    return Speech(audio, tuple(words), first_ms, (time.perf_counter() - begun) * 1e3)


def _words(chunks: list[SpokenChunk]) -> Iterator[SpokenWord]:
    offset = 0
    for chunk in chunks:
        for word in chunk.words:
            yield SpokenWord(word.text, offset + word.end)
        offset += len(chunk.audio)
