"""What a style does to the wave: measured on the same sentences in neutral and in the style, sentence by sentence.

F0 and range are those of our own prosody; words a second counts the pauses; the centroid is of the whole spectrum; tilt
and clearness are of :mod:`~warmline.server.bench.timbre`.
Pure but for the voice and the recogniser it is given. It does not know what a listener feels.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from scipy.stats import page_trend_test, wilcoxon

from warmline.dialogue.types import Style
from warmline.emotion.pitch import analyse
from warmline.emotion.prosody import measure
from warmline.emotion.tagger.base import Tagger
from warmline.server.bench.timbre import clearness_db, tilt_db
from warmline.speech.asr.base import Recogniser
from warmline.speech.asr.normalise import words_of
from warmline.speech.audio.resample import resampled
from warmline.speech.types import SAMPLE_RATE, AudioChunk, Samples, Utterance
from warmline.tts.speech_of import speech_of
from warmline.tts.styling import INTENTS
from warmline.tts.types import VOICE_RATE
from warmline.tts.voice.base import Voice

AXES: Final = {
    "f0_hz": ("pitch", 1),
    "range_st": ("range", 1),
    "words_per_s": ("pace", 1),
    "rms_db": ("volume", 1),
    "centroid_hz": ("warmth", -1),
    "tilt_db": ("warmth", -1),
    "clearness_db": ("breath", -1),
}
"""Each figure, the field of the style that moves it, and which way."""
LADDER: Final = ("words_per_s", "f0_hz", "rms_db")
"""What falls with every step of distress."""

FAINTEST: Final = 0.15
SIGNIFICANT: Final = 0.01
MOST_WER_ADDED: Final = 0.01


@dataclass(frozen=True, slots=True)
class Spoken:
    """One sentence in one style. ``clearness_db``: see :mod:`~warmline.server.bench.timbre`. ``end_st``: the last 0.15
    s of voice against the middle pitch. ``errors`` of ``words`` by our recogniser; ``valence`` and ``arousal`` as our
    tagger hears them (nan without a tagger)."""

    f0_hz: float
    range_st: float
    words_per_s: float
    rms_db: float
    centroid_hz: float
    tilt_db: float
    clearness_db: float
    end_st: float
    errors: int
    words: int
    valence: float
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
    valence = arousal = math.nan
    if tagger:
        whole = ((0, len(heard.samples)),)
        told = Utterance(0, hypothesis.text, hypothesis.words, heard, speech=whole, features=hypothesis.features)
        tags = tagger.tag(told)
        valence, arousal = tags.valence, tags.arousal
    return Spoken(
        f0_hz=prosody.f0_hz,
        range_st=prosody.f0_range_st,
        words_per_s=len(text.split()) / (len(audio) / VOICE_RATE),
        rms_db=10.0 * math.log10(float(np.square(audio).mean()) + 1e-12),
        centroid_hz=centroid_hz(audio),
        tilt_db=tilt_db(heard.samples),
        clearness_db=clearness_db(heard.samples),
        end_st=end_st(heard.samples),
        errors=edits(reference, words_of(hypothesis.text)),
        words=len(reference),
        valence=valence,
        arousal=arousal,
    )


def end_st(samples: Samples) -> float:
    """How far the pitch of the last 0.15 s of voice lies from the whole's median, in semitones; nan where there is too
    little voice."""
    found = analyse(samples).f0_hz
    voiced = found[~np.isnan(found)]
    return float(12.0 * np.log2(np.median(voiced[-15:]) / np.median(voiced))) if len(voiced) >= 30 else math.nan


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


@dataclass(frozen=True, slots=True)
class Agreement:
    """Shares of styled sentences that our tagger hears moved as meant; nan where nothing is meant or heard."""

    valence: float
    arousal: float
    both: float
    """Of all claims, on either axis."""


def agreement(by_style: Mapping[str, Sequence[Spoken]], styles: Sequence[str] = tuple(INTENTS)) -> Agreement:
    """How often what our tagger hears of a style, beside neutral, agrees with :data:`INTENTS`."""
    right: dict[str, list[bool]] = {"valence": [], "arousal": []}
    for name, axis in itertools.product(styles, right):
        meant = getattr(INTENTS[name], axis)
        for before, after in zip(by_style["neutral"], by_style[name], strict=True):
            moved = getattr(after, axis) - getattr(before, axis)
            if meant and not math.isnan(moved):
                right[axis].append(moved * meant > 0)
    valence, arousal = right["valence"], right["arousal"]
    return Agreement(_share(valence), _share(arousal), _share([*valence, *arousal]))


def _share(found: Sequence[bool]) -> float:
    return sum(found) / len(found) if found else math.nan


@dataclass(frozen=True, slots=True)
class Ladder:
    """One figure over the levels of distress: its means, whether they fall strictly, and the chance of so ordered a
    trend over the sentences (Page 1963)."""

    means: tuple[float, ...]
    falls: bool
    p: float


def ladder(name: str, levels: Sequence[Sequence[Spoken]]) -> Ladder:
    """``levels``: the same sentences, from the least distress to the most."""
    rows = np.array([[getattr(one, name) for one in level] for level in levels]).T
    rows = rows[np.isfinite(rows).all(axis=1)]
    means = tuple(float(value) for value in rows.mean(axis=0))
    p = float(page_trend_test(-rows).pvalue) if len(rows) > 1 else math.nan
    return Ladder(means, all(after < before for before, after in itertools.pairwise(means)), p)


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
