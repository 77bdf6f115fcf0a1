"""Sentences as recognition hears them: said by a voice of ours, made harder where wanted, and recognised as in a call.

These are the ears' own errors on a clear synthetic voice; a person who cries, whispers or has an accent is heard worse.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from warmline.dialogue.types import NEUTRAL, Style
from warmline.speech.asr import evaluate
from warmline.speech.asr.base import Recogniser
from warmline.speech.asr.scoring import Errors
from warmline.speech.audio.degrade import Harder
from warmline.speech.audio.resample import resampled
from warmline.speech.types import SAMPLE_RATE, AudioChunk
from warmline.speech.vad.base import Vad
from warmline.tts.speech_of import speech_of
from warmline.tts.types import VOICE_RATE
from warmline.tts.voice.base import Voice


@dataclass(frozen=True, slots=True)
class Misheard:
    """``heard``: what the ears made of ``said``."""

    said: str
    heard: str
    errors: Errors


@dataclass(frozen=True, slots=True)
class Ears:
    """What hears, and what lies between it and the voice."""

    recogniser: Recogniser
    vad: Vad
    harder: Harder


def misheard(texts: Sequence[str], voice: Voice, ears: Ears, style: Style = NEUTRAL) -> Iterator[Misheard]:
    """Each text once, in order; blocking, about its own length of one core. Raises VoiceError and BackendError."""
    for text in texts:
        audio = AudioChunk(speech_of(voice, text, style).audio, VOICE_RATE)
        samples = ears.harder.apply(resampled(audio, SAMPLE_RATE).samples, text)
        heard = evaluate.stream(ears.recogniser, samples, time.perf_counter, ears.vad).text
        yield Misheard(text, heard, evaluate.against(text, heard))
