"""What a style does to the wave: measured on the same sentences in neutral and in the style, sentence by sentence.

F0 and range are those of our own prosody; words a second counts the pauses; the centroid is of the whole spectrum.
Pure but for the voice and the recogniser it is given. It does not know what a listener feels.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from scipy.stats import wilcoxon

from warmline.dialogue.types import Style
from warmline.emotion.prosody import measure
from warmline.emotion.tagger.base import Tagger
from warmline.speech.asr.base import Recogniser
from warmline.speech.asr.normalise import words_of
from warmline.speech.audio.resample import resampled
from warmline.speech.types import SAMPLE_RATE, AudioChunk, Samples, Utterance
from warmline.tts.speech_of import speech_of
from warmline.tts.types import VOICE_RATE
from warmline.tts.voice.base import Voice

AXES: Final = {
    "f0_hz": ("pitch", 1),
    "range_st": ("range", 1),
    "words_per_s": ("pace", 1),
    "rms_db": ("volume", 1),
    "centroid_hz": ("warmth", -1),
}
"""Each figure, the field of the style that moves it, and which way."""
FAINTEST: Final = 0.15
SIGNIFICANT: Final = 0.01
MOST_WER_ADDED: Final = 0.01


@dataclass(frozen=True, slots=True)
class Spoken:
    """One sentence in one style. ``errors`` of ``words`` by our recogniser; ``arousal`` as our tagger hears it (nan
    without a tagger)."""

    f0_hz: float
    range_st: float
    words_per_s: float
    rms_db: float
    centroid_hz: float
    errors: int
    words: int
    arousal: float


@dataclass(frozen=True, slots=True)
class Axis:
    """How far one figure of a style lies from neutral: means, and the chance of that in the named direction
    (Wilcoxon's signed ranks, one-sided, over the sentences)."""

    name: str
    wanted: int
    neutral: float
    styled: float
    p: float

    @property
    def holds(self) -> bool:
        return (self.styled - self.neutral) * self.wanted > 0 and self.p < SIGNIFICANT


def spoken(voice: Voice, text: str, style: Style, recogniser: Recogniser, tagger: Tagger | None) -> Spoken:
    """Speak ``text``, measure it, and let our own ears hear it. Raises VoiceError, RecognitionError."""
    audio = speech_of(voice, text, style).audio
    heard = resampled(AudioChunk(np.pad(audio, VOICE_RATE // 5), VOICE_RATE), SAMPLE_RATE)
    hypothesis = recogniser.decode(heard)
    prosody = measure(heard.samples)
    reference = words_of(text)
    arousal = math.nan
    if tagger:
        whole = ((0, len(heard.samples)),)
        told = Utterance(0, hypothesis.text, hypothesis.words, heard, speech=whole, features=hypothesis.features)
        arousal = tagger.tag(told).arousal
    return Spoken(
        f0_hz=prosody.f0_hz,
        range_st=prosody.f0_range_st,
        words_per_s=len(text.split()) / (len(audio) / VOICE_RATE),
        rms_db=10.0 * math.log10(float(np.square(audio).mean()) + 1e-12),
        centroid_hz=centroid_hz(audio),
        errors=edits(reference, words_of(hypothesis.text)),
        words=len(reference),
        arousal=arousal,
    )


def centroid_hz(audio: Samples) -> float:
    """The power spectrum's centre of gravity."""
    power = np.abs(np.fft.rfft(audio)) ** 2
    return float((power * np.fft.rfftfreq(len(audio), 1.0 / VOICE_RATE)).sum() / (power.sum() + 1e-12))


def axes(style: Style, able: frozenset[str], neutral: Sequence[Spoken], styled: Sequence[Spoken]) -> list[Axis]:
    """The figures that ``style`` names, for a voice that can do ``able``."""
    found = []
    for name, (control, sign) in AXES.items():
        amount = getattr(style, control) * sign
        if control not in able or abs(amount) < FAINTEST:
            continue
        wanted = 1 if amount > 0 else -1
        before, after = (np.array([getattr(one, name) for one in ones]) for ones in (neutral, styled))
        known = np.isfinite(before) & np.isfinite(after)
        change = (after - before)[known] * wanted
        p = float(wilcoxon(change, alternative="greater").pvalue) if np.any(change) else 1.0
        found.append(Axis(name, wanted, mean(before), mean(after), p))
    return found


def wer(ones: Sequence[Spoken]) -> float:
    """Word errors over words, all sentences together."""
    return sum(one.errors for one in ones) / max(1, sum(one.words for one in ones))


def agreement(styles: Mapping[str, Style], by_style: Mapping[str, Sequence[Spoken]]) -> float:
    """Share of styled sentences whose arousal our tagger hears moved the way that pace, pitch and volume meant; nan
    without a tagger."""
    right = []
    for name, style in styles.items():
        meant = style.pace + style.pitch + style.volume
        if name == "neutral" or abs(meant) < FAINTEST:
            continue
        for before, after in zip(by_style["neutral"], by_style[name], strict=True):
            if not math.isnan(after.arousal):
                right.append((after.arousal - before.arousal) * meant > 0)
    return sum(right) / len(right) if right else math.nan


def summary(ones: Sequence[Spoken]) -> dict[str, float]:
    """The means of every figure, and the word error rate."""
    means = {name: mean(np.array([getattr(one, name) for one in ones])) for name in AXES}
    return {**means, "wer": wer(ones)}


def mean(values: np.ndarray[tuple[int, ...], np.dtype[np.float64]]) -> float:
    """The mean of what is known; nan for nothing."""
    known = values[np.isfinite(values)]
    return float(known.mean()) if len(known) else math.nan


def edits(reference: Sequence[str], heard: Sequence[str]) -> int:
    """Fewest insertions, deletions and substitutions from one to the other (Levenshtein)."""
    row = list(range(len(heard) + 1))
    for count, word in enumerate(reference, 1):
        diagonal, row[0] = row[0], count
        for place, other in enumerate(heard, 1):
            diagonal, row[place] = row[place], min(row[place] + 1, row[place - 1] + 1, diagonal + (word != other))
    return row[-1]
