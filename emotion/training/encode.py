"""The recogniser's encoder by itself, without decoding words: the same frames as in recognition, for recipes.

A test compares it with :class:`~warmline.speech.asr.faster_whisper.FasterWhisper`, so that training and calls see the
same numbers.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from warmline.speech.asr.faster_whisper import WINDOWS_S
from warmline.speech.audio.mel import HOP, log_mel
from warmline.speech.runtime import weights
from warmline.speech.types import EncoderFeatures, Samples, samples_of

_ROOM = samples_of(1.0)  # as in recognition


class Encoder:
    """Raises MissingWeights and CorruptWeights when built. ``name`` as in ``warmline weights list``."""

    def __init__(self, name: str, threads: int = 1, path: str | None = None) -> None:
        import ctranslate2

        self.name = name
        self._view = ctranslate2.StorageView.from_array
        folder = weights.locate(name, path).folder
        self._model: Any = ctranslate2.models.Whisper(
            str(folder), device="cpu", compute_type="int8", intra_threads=threads
        )

    def encode(self, samples: Samples, window_s: float | None = None) -> EncoderFeatures:
        """Frames of mono 16 kHz audio up to 29.7 s (the rest is cut). ``window_s`` picks a longer window than needed.

        Audio under 0.1 s is padded with silence.
        """
        samples = samples[: samples_of(29.7)]
        length = samples_of(window_s or 0.0)
        if length < len(samples) + _ROOM:
            length = next(samples_of(item) for item in WINDOWS_S if samples_of(item) >= len(samples) + _ROOM)
        heard = np.pad(samples, (0, max(0, samples_of(0.1) - len(samples))))
        encoded = np.asarray(self._model.encode(self._view(log_mel(heard, length // HOP)[None])))
        frames = np.array(encoded[0, : -(-len(samples) // (2 * HOP))], np.float32)
        return EncoderFeatures(frames, self.name)
