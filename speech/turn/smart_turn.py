"""Smart Turn v3.2: the end of a turn heard from the voice itself, from the last 8 s of audio.

A small Whisper encoder with a head, on a session of its own. It knows the intonation and wording of finished
sentences; it does not know the conversation, and audio that ends in mid-word scores low even if the person has hung
up. Its input is the waveform standardised after padding on the left, then the log-mel spectrogram.
Source: Daily, "Smart Turn v3" (2025), BSD-2-Clause.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from warmline.speech.audio.mel import HOP, Spectrogram, log_mel, standardised
from warmline.speech.runtime import onnx, weights
from warmline.speech.types import EncoderFeatures, Samples, samples_of

WEIGHTS: Final = "smart-turn-v3.2"
WINDOW = samples_of(8.0)


@dataclass(frozen=True, slots=True)
class SmartTurnConfig:
    """``path``: an ONNX file or its folder, instead of the pinned weights. ``threads``: cores it may use."""

    path: str | None = None
    threads: int = 2


class SmartTurn:
    """Raises MissingWeights, CorruptWeights when built."""

    def __init__(self, config: SmartTurnConfig) -> None:
        path = weights.locate(WEIGHTS, config.path).file("smart-turn-v3.2-cpu.onnx")
        self._session = onnx.session(path, config.threads)

    @property
    def reads_features(self) -> bool:
        return False

    def score(self, audio: Samples, features: EncoderFeatures | None = None) -> float:
        if len(audio) == 0:
            return 0.0
        (probability,) = self._session.run(None, {"input_features": spectrogram(audio)[None]})
        return float(probability.reshape(-1)[0])

    def close(self) -> None:
        """Nothing to free beyond the object itself."""


def spectrogram(audio: Samples) -> Spectrogram:
    """What the model reads, float32[80, 800], from float32[n] at 16 kHz."""
    last = audio[-WINDOW:]
    padded = np.zeros(WINDOW, np.float32)
    padded[WINDOW - len(last) :] = last
    return log_mel(standardised(padded), WINDOW // HOP)
