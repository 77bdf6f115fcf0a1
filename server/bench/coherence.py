"""Does the tone follow the plan from turn to turn, and without leaps? Simulated talks, our tone policy, measured waves.

A talk is a walk: distress rises and falls by up to one level a turn, the caller sounds accordingly (at times agitated,
at times hopeful), strategies change; the style of each turn is that of a call (:mod:`warmline.dialogue.strategy.tone`).

For each figure the change that the style made (the same sentence in the style, less in neutral) is set against what the
plan's style asked for, over all turns:

    follows   = mean over figures of max(0, Pearson's r of asked and made)
    smooth    = share of neighbouring turns of a talk whose change is no leap (:data:`LEAPS`), mean over figures
    coherence = follows * smooth

``heard`` is the harder form of ``follows``: the figures of the sentences as they are, different ones every turn, as a
caller hears them, without what neutral would have been. It does not know whether the plan was right.
"""

from __future__ import annotations

import itertools
import math
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from warmline.dialogue.strategy.tone import tone
from warmline.dialogue.types import NEUTRAL, Strategy, Style
from warmline.emotion.prosody import measure
from warmline.emotion.types import ParalinguisticTags
from warmline.server.bench.timbre import tilt_db
from warmline.speech.audio.resample import resampled
from warmline.speech.types import SAMPLE_RATE, AudioChunk, Samples
from warmline.tts.speech_of import speech_of
from warmline.tts.types import VOICE_RATE
from warmline.tts.voice.base import Voice

TURNS_A_TALK: Final = 10
LEAPS: Final = {"pitch": 2.0, "pace": 0.2, "volume": 3.0, "range": 0.5, "warmth": 3.5}
"""A change between two turns that is heard as another voice: semitones, octaves of rate (15%), dB, octaves of range, dB
of tilt."""

_SIGN: Final = {"warmth": -1.0}


@dataclass(frozen=True, slots=True)
class Planned:
    """A turn of a simulated talk: the style of the reply, and the sentence that stands for it."""

    talk: int
    style: Style
    text: str


@dataclass(frozen=True, slots=True)
class Coherence:
    """All in [0, 1]; ``by_axis``: Pearson's r of each figure (nan where the style never moved it)."""

    coherence: float
    follows: float
    smooth: float
    heard: float
    by_axis: dict[str, float]


def talks(texts: Sequence[str], turns: int, seed: int) -> Iterator[Planned]:
    """``turns`` turns in talks of :data:`TURNS_A_TALK`, each styled as in a call."""
    draw = random.Random(seed)
    for talk in range(math.ceil(turns / TURNS_A_TALK)):
        distress, before = draw.uniform(1.5, 4.5), None
        for number in range(min(TURNS_A_TALK, turns - talk * TURNS_A_TALK)):
            before = tone(draw.choice(list(Strategy)), distress, _sounding(distress, draw), before)
            yield Planned(talk, before, texts[(talk * TURNS_A_TALK + number) % len(texts)])
            distress = min(5.0, max(1.0, distress + draw.uniform(-1.0, 1.0)))


def _sounding(distress: float, draw: random.Random) -> ParalinguisticTags:
    """How somebody in so much distress may sound."""
    arousal = draw.choice((-0.4, 0.0, 0.5))
    valence = (2.5 - distress) / 2.5 + draw.uniform(-0.2, 0.2)
    return replace(ParalinguisticTags.unknown(), valence=valence, arousal=arousal, confidence=draw.uniform(0.2, 0.9))


def figures(voice: Voice, text: str, style: Style) -> dict[str, float]:
    """The wave's own figure for each field of a style, on scales where equal steps sound alike. Raises VoiceError."""
    audio: Samples = speech_of(voice, text, style).audio
    heard = resampled(AudioChunk(np.pad(audio, VOICE_RATE // 5), VOICE_RATE), SAMPLE_RATE).samples
    prosody = measure(heard)
    return {
        "pitch": 12.0 * math.log2(prosody.f0_hz / 55.0),
        "pace": math.log2(len(text.split()) / (len(audio) / VOICE_RATE)),
        "volume": 10.0 * math.log10(float(np.square(audio).mean()) + 1e-12),
        "range": math.log2(max(prosody.f0_range_st, 0.1)),
        "warmth": tilt_db(heard),
    }


def judged(voice: Voice, planned: Sequence[Planned], *, styled: bool = True) -> Coherence:
    """The turns spoken in their styles, or all in neutral; of the figures that the voice moves. Raises VoiceError."""
    able = voice.capabilities.controls
    plain = [figures(voice, one.text, NEUTRAL) for one in planned]
    spoken = [figures(voice, one.text, one.style if styled else NEUTRAL) for one in planned]
    talks_of = [one.talk for one in planned]
    axes = [axis for axis in LEAPS if axis in able]
    by_axis: dict[str, float] = {}
    raw: list[float] = []
    smooth: list[float] = []
    for axis in axes:
        asked = np.array([getattr(one.style, axis) for one in planned]) * _SIGN.get(axis, 1.0)
        own = np.array([figure[axis] for figure in spoken])
        made = own - np.array([figure[axis] for figure in plain])
        by_axis[axis] = _together(asked, made)
        raw.append(max(0.0, _known(_together(asked, own))))
        smooth.append(_smooth(made, talks_of, LEAPS[axis]))
    follows = float(np.mean([max(0.0, _known(value)) for value in by_axis.values()]))
    share = float(np.mean(smooth))
    return Coherence(follows * share, follows, share, float(np.mean(raw)), by_axis)


def _together(asked: np.ndarray, made: np.ndarray) -> float:
    """Pearson's r; nan where either never moves."""
    if float(asked.std()) < 1e-6 or float(made.std()) < 1e-6:
        return math.nan
    return float(np.corrcoef(asked, made)[0, 1])


def _known(value: float) -> float:
    return 0.0 if math.isnan(value) else value


def _smooth(made: np.ndarray, talk: Sequence[int], leap: float) -> float:
    steps = [
        abs(after - before)
        for (before, after), same in zip(itertools.pairwise(made), itertools.pairwise(talk), strict=True)
        if same[0] == same[1]
    ]
    return sum(step <= leap for step in steps) / len(steps) if steps else 1.0
