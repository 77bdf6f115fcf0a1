"""The embedded tagger: a small head on the recogniser's own encoder output, joined with prosody.

Recognition has already paid for the encoder, so this costs a few milliseconds. Without encoder features, or with
those of an encoder that no head was trained for, prosody alone is read, with high doubt. It abstains on silence,
noise, a word too short to tell, sound far from the training data, and wherever the top label is not likely enough.

What it cannot know: the heads were trained on acted speech of 33 speakers (emotion/weights/CARD.md).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray
from scipy import signal

from warmline.emotion.circumplex import blended_arousal, place
from warmline.emotion.events.detector import EventDetector
from warmline.emotion.events.pauses import filled_pauses
from warmline.emotion.functionals import functionals
from warmline.emotion.fusion import with_words
from warmline.emotion.head import VOICE_ONLY, Floats, Head, Reading
from warmline.emotion.head_file import load, shipped
from warmline.emotion.pitch import Frames, analyse
from warmline.emotion.prosody import speech_frames, summarise
from warmline.emotion.types import LABELS, ParalinguisticTags, Prosody
from warmline.emotion.words_in_context import WordsInContext, read_in_context
from warmline.speech.types import SAMPLE_RATE, AudioChunk, EncoderFeatures, Samples, Utterance, samples_of

HEARD_S = 20.0
"""Of a longer turn the last part is read: how it is being said now."""

LEAST_SPOKEN_S = 0.5
LEAST_VOICED_S = 0.15


@dataclass(frozen=True, slots=True)
class EncoderProbeConfig:
    """``head``: a head of your own (npz, from ``warmline train emotion``) instead of the shipped ones.
    ``threshold``: abstain below this probability instead of the head's own. ``words``: also read the words.
    ``sounds``: also hear cries, laughs and coughs."""

    head: str | None = None
    threshold: float | None = None
    words: bool = True
    sounds: bool = True


@dataclass(frozen=True, slots=True)
class _Heard:
    """The stretch that is read: audio at 16 kHz, where it lies, and what was measured on it."""

    start: int
    spoken: NDArray[np.bool_]
    voiced_s: float
    prosody: Prosody
    functionals: Floats
    samples: Samples
    frames: Frames


class EncoderProbe:
    """A :class:`~warmline.emotion.tagger.base.Tagger`. Holds no state but its weights.

    Raises MissingWeights and CorruptWeights when built with a head that cannot be read.
    """

    def __init__(self, config: EncoderProbeConfig) -> None:
        self._own = load(Path(config.head)) if config.head else None
        self._threshold = config.threshold
        self._words: WordsInContext | None = read_in_context() if config.words else None
        self._fallback = shipped(VOICE_ONLY)
        self._events = EventDetector(config.sounds)

    def tag(self, utterance: Utterance, before: Sequence[tuple[bool, str]] = ()) -> ParalinguisticTags:
        span = (utterance.audio.start, utterance.audio.end)
        heard = hear(utterance)
        if heard is None:
            return replace(ParalinguisticTags.unknown(span), events=filled_pauses(utterance.words))
        events = self._events.detect_in(heard.samples, heard.frames, heard.spoken, heard.start, utterance.words)
        if not _enough(heard):
            return replace(ParalinguisticTags.unknown(span), events=events, prosody=heard.prosody)
        head, frames = self._head_for(utterance.features, heard)
        if head is None:
            return replace(ParalinguisticTags.unknown(span), events=events, prosody=heard.prosody)
        tags = tags_of(head.read(frames, heard.functionals), self._threshold or head.threshold, span)
        tags = replace(tags, events=events, prosody=heard.prosody, source=f"encoder_probe/{head.encoder}")
        # what reads the words knows English only: of others the voice alone is told
        if self._words is None or not utterance.text or utterance.language != "en":
            return tags
        return with_words(tags, self._words.read(utterance.text, before))

    def close(self) -> None:
        """Nothing to free."""

    def _head_for(self, features: EncoderFeatures | None, heard: _Heard) -> tuple[Head | None, Floats | None]:
        """The head that fits, and its frames; the head without encoder where none does."""
        if features is not None:
            head = self._own or shipped(features.encoder)
            frames = spoken_frames(features, heard.start, heard.spoken)
            fits = head is not None and head.encoder == features.encoder and frames.shape[1:] == (head.width,)
            if fits and len(frames) and np.isfinite(frames).all():
                return head, frames
        return self._fallback, None


def hear(utterance: Utterance) -> _Heard | None:
    """Measure the last :data:`HEARD_S` of an utterance; None where there is no audio at all."""
    audio = _at_stream_rate(utterance.audio)
    skipped = max(0, len(audio) - samples_of(HEARD_S))
    samples, start = audio[skipped:], utterance.audio.start + skipped
    frames = analyse(samples)
    if not len(frames.energy_db):
        return None
    speech = [(first - start, last - start) for first, last in utterance.speech if last > start]
    spoken = speech_frames(frames, speech)
    prosody = summarise(frames, spoken)
    voiced_s = float((frames.voiced & spoken).sum()) / 100.0
    return _Heard(start, spoken, voiced_s, prosody, functionals(frames, spoken, prosody), samples, frames)


def spoken_frames(features: EncoderFeatures, start: int, spoken: NDArray[np.bool_]) -> Floats:
    """The encoder frames that carry speech: float32[T', D]. ``spoken``: bool at 100 frames a second from ``start``."""
    count = len(features.frames)
    middle_s = (np.arange(count) + 0.5) / features.rate_hz + (features.start - start) / SAMPLE_RATE
    at = np.floor(middle_s * 100.0).astype(np.intp)
    inside = (at >= 0) & (at < len(spoken))
    keep = np.zeros(count, bool)
    keep[inside] = spoken[at[inside]]
    return features.frames[keep]


def tags_of(reading: Reading, threshold: float, span: tuple[int, int]) -> ParalinguisticTags:
    """A reading as tags: derived valence, arousal and dominance, and a label where it is likely enough.

    Sound beyond the training data has been doubted by the head already.
    """
    labels: Mapping[str, float] = MappingProxyType(
        {label: float(p) for label, p in zip(LABELS, reading.probabilities, strict=True)}
    )
    at = place(labels)
    top = max(labels, key=lambda label: labels[label])
    return ParalinguisticTags(
        valence=at.valence,
        arousal=blended_arousal(at.arousal, reading.high),
        dominance=at.dominance,
        labels=labels,
        confidence=labels[top],
        span=span,
        label=top if labels[top] >= threshold else None,
    )


def _enough(heard: _Heard) -> bool:
    spoken_s = float(heard.spoken.sum()) / 100.0
    return spoken_s >= LEAST_SPOKEN_S and heard.voiced_s >= LEAST_VOICED_S


def _at_stream_rate(audio: AudioChunk) -> Samples:
    if audio.sample_rate == SAMPLE_RATE or not len(audio.samples):
        return audio.samples
    divisor = int(np.gcd(audio.sample_rate, SAMPLE_RATE))
    return signal.resample_poly(audio.samples, SAMPLE_RATE // divisor, audio.sample_rate // divisor).astype(np.float32)
