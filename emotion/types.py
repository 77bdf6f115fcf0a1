"""What hearing *how* gives: affect, prosody and vocal events, each with its doubt."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

LABELS = ("neutral", "calm", "happy", "sad", "angry", "fearful", "disgusted", "surprised")
"""The common label set; every corpus's labels are mapped to it."""


@dataclass(frozen=True, slots=True)
class VocalEvent:
    """Something heard that is no word: ``kind`` such as "sigh", "sob", "laugh", "long pause"; stream-clock span."""

    kind: str
    start: int
    end: int
    confidence: float


CRYING = frozenset({"sob", "cry", "crying"})
"""Kinds of vocal events that are crying."""

DISTRESS = CRYING | {"sigh"}
"""Kinds after which a person is given more time."""


def crying_until(events: tuple[VocalEvent, ...], sure: float = 0.5) -> int | None:
    """Where the last crying among ``events`` ended, on the stream clock; None where there was none."""
    return max((event.end for event in events if event.kind in CRYING and event.confidence >= sure), default=None)


@dataclass(frozen=True, slots=True)
class Prosody:
    """How it was spoken. Hz, semitones, dB re full scale, seconds, shares in [0, 1]; nan where nothing was voiced.

    ``f0_range_st``: 5th to 95th percentile of F0 in semitones. ``rate_syllables_s``: syllable nuclei a second of
    speech, pauses not counted: 0 where voice was heard but no syllable stood out (a hum), nan where nothing was
    voiced (silence, noise, a whisper). ``pause_share``: share of the span that is pause. ``tilt_db_octave``: spectral
    tilt. ``harmonicity_db``: harmonics to noise. ``end_slope_st_s``: slope of the pitch over the last 0.3 s of voice
    in each phrase, the mean over phrases; rising in questions, falling in statements. ``pauses``: where they lie, as
    (start, end) in samples at 16 kHz from the start of the audio that was measured.
    """

    f0_hz: float
    f0_range_st: float
    f0_slope_st_s: float
    energy_db: float
    energy_range_db: float
    rate_syllables_s: float
    pause_share: float
    longest_pause_s: float
    jitter: float
    shimmer: float
    tilt_db_octave: float
    voiced_share: float
    harmonicity_db: float = math.nan
    end_slope_st_s: float = math.nan
    pauses: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True, slots=True)
class ParalinguisticTags:
    """How an utterance was said. All of it is inferred and may be wrong: ``confidence`` says how far to trust it.

    ``valence``, ``arousal``, ``dominance`` in [-1, 1]. ``labels``: probability by label of :data:`LABELS`, summing
    to 1. ``label`` is None when the tagger abstains: then nothing downstream may name an emotion.
    ``words_disagree``: the words say one thing and the voice another ("fine", sadly); ``disagreement``: how likely
    that is, in [0, 1].
    """

    valence: float
    arousal: float
    dominance: float
    labels: Mapping[str, float]
    confidence: float
    span: tuple[int, int]
    label: str | None = None
    events: tuple[VocalEvent, ...] = ()
    prosody: Prosody | None = None
    words_disagree: bool = False
    source: str = field(default="")
    disagreement: float = 0.0

    @classmethod
    def unknown(cls, span: tuple[int, int] = (0, 0)) -> ParalinguisticTags:
        """Tags that claim nothing: for silence, for failures, and where consent to be read was not given."""
        even = MappingProxyType({label: 1.0 / len(LABELS) for label in LABELS})
        return cls(0.0, 0.0, 0.0, even, 0.0, span, source="none")
