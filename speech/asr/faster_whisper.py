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
from dataclasses import dataclass, replace
from typing import Final, Literal

import numpy as np

from warmline.speech.asr import alignment, guards, windows
from warmline.speech.asr.alignment import Alignment
from warmline.speech.asr.base import Hypothesis
from warmline.speech.asr.guards import Guard, Voice
from warmline.speech.asr.joining import joined
from warmline.speech.asr.whisper import SHORTEST, Engine, Pass
from warmline.speech.runtime.cancel import CancelFlag
from warmline.speech.runtime.errors import RecognitionError, SettingsError
from warmline.speech.types import SAMPLE_RATE, AudioChunk, EncoderFeatures, Samples, samples_of, seconds_of
from warmline.speech.vad.base import FRAME
from warmline.speech.vad.silero import SileroConfig, SileroVad

WINDOWS_S: Final = (10.0, 12.0, 15.0, 20.0, 30.0)
"""Window lengths in seconds. Shorter ones than 10 s loop so often that looking again eats what they save (tiny.en, 24
clips and 102 beginnings of them: 8 s saves 2%, 6 s loses 1%); so does less room after the audio than ``_ROOM``."""

_LOOK_AGAIN_S = (15.0, 30.0)
_ROOM = samples_of(1.0)
_HOLE = 50  # voiced frames of 20 ms: a second that one token covers
_BEFORE = samples_of(0.2)
_LEAST = samples_of(0.5)


@dataclass(frozen=True, slots=True)
class FasterWhisperConfig:
    """``model``: a name from ``warmline weights list``, a folder in CTranslate2's format, or hub:owner/name@revision.
    ``language``: ISO code, or "auto" to let a multilingual model listen for it. ``threads``: cores it may use.
    ``shortest_s``: the shortest window; 30 is Whisper as published. ``check_voice``: ask Silero VAD about doubtful
    texts, because Whisper alone hears "thank you" in a sneeze. ``word_times``: "aligned" always takes a seventh more
    time for measured times and a confidence for each word; else only audio with pauses gets them, which is aligned
    anyway, and the words of other audio are spread over its voiced time."""

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
        ends = windows.cuts(audio.samples)
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
        if guards.suspicion(heard.draft) and guards.is_certain(voice):
            heard = replace(heard, draft=guards.once(heard.draft), tokens=())
        rejected = guards.verdict(heard.draft, voice)
        confidence = math.exp(min(0.0, heard.draft.log_prob))
        if rejected is not None:
            return Hypothesis("", (), heard.language, confidence, features, rejected)
        return replace(self._covered(heard, audio, confidence, cancel), features=features)

    def _covered(self, heard: Pass, audio: AudioChunk, confidence: float, cancel: CancelFlag | None) -> Hypothesis:
        """The words of a pass. Where it left out voice around a pause, the audio from that pause on is decoded anew:
        after a full stop Whisper likes to end, or to skip a sentence."""
        pauses = windows.pauses(audio.samples)
        found = self._engine.align(heard, audio.samples) if heard.tokens and (pauses or self._aligned) else None
        missed = alignment.hole(found, windows.voiced(audio.samples), _HOLE) if found is not None else None
        if missed is not None:
            inside = (at for at in pauses if missed.start - _BEFORE <= at < missed.end)
            at = next((at for at in inside if len(audio.samples) - at >= _LEAST), None)
            if at is not None:
                left = AudioChunk(audio.samples[:at], start=audio.start)
                right = AudioChunk(audio.samples[at:], start=audio.start + at)
                begun = self._engine.first(heard, missed.token + 1)
                return joined((self._hypothesis(begun, found, left, confidence), self._window(right, cancel)))
        return self._hypothesis(heard, found, audio, confidence)

    def _hypothesis(self, heard: Pass, found: Alignment | None, audio: AudioChunk, confidence: float) -> Hypothesis:
        words = self._engine.words(heard, found, audio) if found is not None else None
        if words is None:
            words = windows.timed(heard.draft.text.split(), audio, confidence)
        return Hypothesis(heard.draft.text, words, heard.language, confidence)

    def _voice(self, samples: Samples) -> Voice | None:
        if self._vad is None:
            return None
        return Voice.of(self._vad.scores(samples).tolist(), seconds_of(FRAME))
