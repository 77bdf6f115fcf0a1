"""Whisper on CTranslate2, the engine of faster-whisper, through windows shorter than the 30 s it was trained on.

Audio is padded with silence to the next of a few window lengths and encoded once; the encoder's output feeds the
decoder and is kept for the emotion head. Where a guard finds the text suspicious, the next longer windows look again,
the 30 s one last. No text of an earlier window is ever put before the decoder, so that an error cannot feed itself.

Measured and left out: words already known cannot be given to this decoder cheaply, because CTranslate2 steps through
a forced prefix one token at a time (a whole prefix costs as much as decoding it).
Source: Radford et al., "Robust Speech Recognition via Large-Scale Weak Supervision" (2022).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np

from warmline.speech.asr import guards, windows
from warmline.speech.asr.base import Hypothesis
from warmline.speech.asr.guards import Guard, Voice
from warmline.speech.asr.joining import joined
from warmline.speech.asr.whisper import SHORTEST, Engine, Pass
from warmline.speech.runtime.cancel import CancelFlag
from warmline.speech.runtime.errors import RecognitionError, SettingsError
from warmline.speech.types import SAMPLE_RATE, AudioChunk, EncoderFeatures, Samples, Word, samples_of, seconds_of
from warmline.speech.vad.base import FRAME
from warmline.speech.vad.silero import SileroConfig, SileroVad

WINDOWS_S: Final = (10.0, 12.0, 15.0, 20.0, 30.0)
"""Window lengths in seconds. Shorter ones than 10 s loop so often that looking again eats what they save (tiny.en, 24
clips and 102 beginnings of them: 8 s saves 2%, 6 s loses 1%); so does less room after the audio than ``_ROOM``."""

LONGEST = samples_of(29.0)
_LOOK_AGAIN_S = (15.0, 30.0)
_ROOM = samples_of(1.0)


@dataclass(frozen=True, slots=True)
class FasterWhisperConfig:
    """``model``: a name from ``warmline weights list``, a folder in CTranslate2's format, or hub:owner/name@revision.
    ``language``: ISO code, or "auto" to let a multilingual model listen for it. ``threads``: cores it may use.
    ``shortest_s``: the shortest window; 30 is Whisper as published. ``check_voice``: ask Silero VAD about doubtful
    texts, because Whisper alone hears "thank you" in a sneeze. ``word_times``: "aligned" takes a seventh more time for
    times good to 0.1 s and a confidence for each word; estimates spread the words over the voiced time."""

    model: str = "whisper-tiny.en"
    language: str = "en"
    threads: int = 2
    compute_type: str = "int8"
    shortest_s: float = 10.0
    check_voice: bool = True
    word_times: Literal["estimated", "aligned"] = "estimated"


class FasterWhisper:
    """Raises MissingWeights, CorruptWeights, SettingsError when built."""

    def __init__(self, config: FasterWhisperConfig) -> None:
        self._engine = Engine(config.model, config.language, config.threads, config.compute_type)
        self._aligned = config.word_times == "aligned"
        self._windows = [samples_of(length) for length in WINDOWS_S if length >= config.shortest_s]
        self._vad = SileroVad(SileroConfig()) if config.check_voice else None
        if not self._windows:
            raise SettingsError(f"asr.shortest_s must be at most 30, not {config.shortest_s}")

    def decode(self, audio: AudioChunk, cancel: CancelFlag | None = None) -> Hypothesis:
        if audio.sample_rate != SAMPLE_RATE:
            raise RecognitionError(f"recognition takes audio at {SAMPLE_RATE} Hz, not {audio.sample_rate}: resample it")
        ends = windows.cuts(audio.samples, LONGEST)
        starts = (0, *ends[:-1])
        pieces = [
            self._window(AudioChunk(audio.samples[start:end], start=audio.start + start), cancel)
            for start, end in zip(starts, ends, strict=True)
        ]
        return joined(pieces)

    def close(self) -> None:
        self._engine.close()

    def _window(self, audio: AudioChunk, cancel: CancelFlag | None) -> Hypothesis:
        """One hypothesis for audio that fits the longest window."""
        if len(audio.samples) < SHORTEST:
            return Hypothesis("", language=self._engine.language, confidence=0.0, rejected=Guard.TOO_SHORT)
        if guards.is_silent(float(np.abs(audio.samples).max())):
            return Hypothesis("", language=self._engine.language, confidence=0.0, rejected=Guard.SILENCE)
        first = next((size for size in self._windows if len(audio.samples) + _ROOM <= size), self._windows[-1])
        heard = self._engine.run(audio.samples, first, cancel)
        features = EncoderFeatures(heard.frames, self._engine.name, audio.start)
        voice = self._voice(audio.samples) if guards.doubtful(heard.draft) else None
        for longer in (samples_of(length_s) for length_s in _LOOK_AGAIN_S):
            if not guards.suspicion(heard.draft) or guards.no_voice(heard.draft, voice):
                break
            if longer > first:
                heard = self._engine.run(audio.samples, longer, cancel)
        rejected = guards.verdict(heard.draft, voice)
        confidence = math.exp(min(0.0, heard.draft.log_prob))
        if rejected is not None:
            return Hypothesis("", (), heard.language, confidence, features, rejected)
        return Hypothesis(heard.draft.text, self._words(heard, audio, confidence), heard.language, confidence, features)

    def _words(self, heard: Pass, audio: AudioChunk, confidence: float) -> tuple[Word, ...]:
        found = self._engine.words(heard, audio) if self._aligned else None
        return found if found is not None else windows.timed(heard.draft.text.split(), audio, confidence)

    def _voice(self, samples: Samples) -> Voice | None:
        if self._vad is None:
            return None
        return Voice.of(self._vad.scores(samples).tolist(), seconds_of(FRAME))
