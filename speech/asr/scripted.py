"""Recognition by script: a test says which words lie where on the stream clock, and the audio does not matter."""

from __future__ import annotations

import time
from dataclasses import dataclass

import numpy as np

from warmline.speech.asr.base import Hypothesis
from warmline.speech.runtime.cancel import CancelFlag
from warmline.speech.types import AudioChunk, EncoderFeatures, Word, samples_of

DIMENSIONS = 8


@dataclass(frozen=True, slots=True)
class ScriptedConfig:
    """``script``: what is said and when, such as ``"0.5-2.0 I lost my job; 4-5 yesterday"``, seconds on the stream
    clock. The words of a span share its time evenly. ``confidence``: of every word. ``takes_s``: how long a decode
    lasts, without work, for measuring what is around it."""

    script: str = ""
    confidence: float = 1.0
    takes_s: float = 0.0


class ScriptedRecogniser:
    """Hears a word once its end lies in the audio. ValueError when built with a bad script."""

    def __init__(self, config: ScriptedConfig) -> None:
        self._words = _words(config)
        self._confidence = config.confidence
        self._takes_s = config.takes_s

    def decode(self, audio: AudioChunk, cancel: CancelFlag | None = None) -> Hypothesis:
        if cancel is not None:
            cancel.check()
        if self._takes_s:
            time.sleep(self._takes_s)
        words = tuple(word for word in self._words if audio.start <= word.start and word.end <= audio.end)
        frames = np.zeros((-(-(audio.end - audio.start) // 320), DIMENSIONS), np.float32)
        features = EncoderFeatures(frames, "scripted", audio.start)
        if not words:
            return Hypothesis("", confidence=0.0, features=features, rejected="no speech")
        return Hypothesis(" ".join(w.text for w in words), words, "en", self._confidence, features)

    def close(self) -> None:
        """Nothing to free."""


def _words(config: ScriptedConfig) -> tuple[Word, ...]:
    words: list[Word] = []
    for line in filter(None, (piece.strip() for piece in config.script.split(";"))):
        span, _, text = line.partition(" ")
        start, dash, end = span.partition("-")
        if not dash or not text.strip() or float(start) >= float(end):
            raise ValueError(f"a line of the script is START-END WORDS, not {line!r}")
        said = text.split()
        edges = [samples_of(float(start) + (float(end) - float(start)) * i / len(said)) for i in range(len(said) + 1)]
        words += [Word(word, edges[i], edges[i + 1], config.confidence) for i, word in enumerate(said)]
    return tuple(sorted(words, key=lambda word: word.start))
