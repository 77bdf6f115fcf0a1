"""The yardstick of streaming: the same weights on the whole recording at once, by faster-whisper's own pipeline.

Beam 5, 30 s windows, temperature fall-back: as published. Used for measuring only; it takes a second copy of the model.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from typing import Any

from warmline.speech.asr.faster_whisper import FasterWhisperConfig
from warmline.speech.asr.whisper import model_folder
from warmline.speech.types import Samples


class Batch:
    """faster-whisper as it comes; ``options`` are those of our own backend. Raises MissingWeights, CorruptWeights."""

    def __init__(self, options: Mapping[str, Any]) -> None:
        from faster_whisper import WhisperModel

        known = {item.name for item in fields(FasterWhisperConfig)}
        config = FasterWhisperConfig(**{key: value for key, value in options.items() if key in known})
        folder, _ = model_folder(config.model)
        self._language = None if config.language == "auto" else config.language
        self._model: Any = WhisperModel(
            str(folder), device=config.device, compute_type=config.compute_type, cpu_threads=config.threads
        )

    def text(self, samples: Samples) -> str:
        """All of float32[n] at 16 kHz as text."""
        segments, _ = self._model.transcribe(samples, language=self._language)
        return " ".join(segment.text.strip() for segment in segments)
