"""A person's own usual: how this voice mostly sounds, and how far a turn lies from that. Pure, causal, bounded.

For each measure the last :data:`REMEMBERED` turns are kept; the usual is their median and its spread their median
deviation, blended with what people's spread usually is while few turns were heard (robust: one shout moves neither).
It does not know whether the person was themselves when it began: of a call that starts in tears, tears are the usual.
Loudness is that of the recording; it compares within one call and one microphone only, so :func:`kept` drops it.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

import numpy as np

from warmline.emotion.types import Prosody
from warmline.speech.runtime.errors import UnreadableInput

REMEMBERED = 40
"""Turns of which each measure keeps its value."""

FIRST = 3
"""Turns before anything is said about the next one."""

TRUST = 4.0
"""Turns at which the person's own spread counts as much as people's, and at which confidence is a half."""

NOTICED = 1.5
"""Deviations from here on, in spreads, are worth a word."""

SURE = 0.4
"""Below this confidence nothing is put into words."""

FORMAT = 1


@dataclass(frozen=True, slots=True)
class Measure:
    """``value`` of a turn's prosody; ``spread``: what one person's turns mostly lie apart (median over 33 actors of
    RAVDESS and nEMO, between that of their calm turns and of all); ``more`` and ``less``: the plain words."""

    value: Callable[[Prosody], float]
    spread: float
    more: str
    less: str


def _semitones(prosody: Prosody) -> float:
    return 12.0 * math.log2(prosody.f0_hz / 55.0) if prosody.f0_hz > 0.0 else math.nan


MEASURES: Mapping[str, Measure] = MappingProxyType(
    {
        "pitch_st": Measure(_semitones, 2.0, "higher", "lower"),
        "range_st": Measure(lambda prosody: prosody.f0_range_st, 2.3, "livelier", "flatter"),
        "rate_syllables_s": Measure(lambda prosody: prosody.rate_syllables_s, 0.6, "faster", "slower"),
        "energy_db": Measure(lambda prosody: prosody.energy_db, 4.0, "louder", "quieter"),
        "pause_share": Measure(lambda prosody: prosody.pause_share, 0.08, "with more pauses", "with fewer pauses"),
        "tilt_db_octave": Measure(lambda prosody: prosody.tilt_db_octave, 1.1, "tenser", "softer"),
        "harmonicity_db": Measure(lambda prosody: prosody.harmonicity_db, 1.1, "clearer", "rougher"),
    }
)


@dataclass(frozen=True, slots=True)
class Baseline:
    """``heard``: for each measure the values of the last turns, oldest first. ``turns``: how many were taken in."""

    heard: Mapping[str, tuple[float, ...]] = field(default_factory=lambda: MappingProxyType({}))
    turns: int = 0

    def usual(self, measure: str) -> tuple[float, float]:
        """The usual value and its spread; (nan, people's spread) before anything was heard."""
        values = np.asarray(self.heard.get(measure, ()))
        people = MEASURES[measure].spread
        if not len(values):
            return math.nan, people
        middle = float(np.median(values))
        own = 1.4826 * float(np.median(np.abs(values - middle)))
        count = len(values)
        return middle, math.sqrt((count * own**2 + TRUST * people**2) / (count + TRUST))


@dataclass(frozen=True, slots=True)
class Deviation:
    """``z``: spreads above the usual (below where negative), held within 6. ``confidence`` in [0, 1) grows with the
    turns heard; 0 where the turn or the usual is not known."""

    z: float
    confidence: float


def step(baseline: Baseline, prosody: Prosody) -> Baseline:
    """The baseline after one more turn; a turn in which nothing was voiced leaves it as it is."""
    if math.isnan(prosody.f0_hz):
        return baseline
    heard = dict(baseline.heard)
    for name, measure in MEASURES.items():
        value = measure.value(prosody)
        if math.isfinite(value):
            heard[name] = (*heard.get(name, ()), round(value, 4))[-REMEMBERED:]
    return Baseline(MappingProxyType(heard), baseline.turns + 1)


def learnt(turns: Iterable[Prosody | None]) -> Baseline:
    """The baseline of past turns, oldest first: for whoever keeps a history and no state."""
    baseline = Baseline()
    for prosody in turns:
        baseline = step(baseline, prosody) if prosody is not None else baseline
    return baseline


def against(baseline: Baseline, prosody: Prosody) -> dict[str, Deviation]:
    """How far a turn lies from the usual, for every measure. Take the turn in (:func:`step`) only afterwards."""
    return {name: _deviation(baseline, name, measure.value(prosody)) for name, measure in MEASURES.items()}


def _deviation(baseline: Baseline, name: str, value: float) -> Deviation:
    count = len(baseline.heard.get(name, ()))
    if count < FIRST or not math.isfinite(value):
        return Deviation(0.0, 0.0)
    middle, spread = baseline.usual(name)
    # the usual itself is known to about 1.25 spreads over the square root of the turns
    z = (value - middle) / (spread * math.sqrt(1.0 + 1.57 / count))
    return Deviation(max(-6.0, min(6.0, z)), count / (count + TRUST))


def plain(deviations: Mapping[str, Deviation], most: int = 2) -> tuple[str, ...]:
    """The clearest deviations in words against the person's usual, such as ("slower", "with more pauses"); empty
    where nothing stands out or too little was heard."""
    told = [
        (abs(found.z) * found.confidence, MEASURES[name].more if found.z > 0.0 else MEASURES[name].less)
        for name, found in deviations.items()
        if name in MEASURES and abs(found.z) >= NOTICED and found.confidence >= SURE
    ]
    return tuple(word for _, word in sorted(told, reverse=True)[:most])


def kept(baseline: Baseline) -> Baseline:
    """What is worth keeping for the next call: all but the loudness, which was that of this microphone."""
    heard = {name: values for name, values in baseline.heard.items() if name != "energy_db"}
    return Baseline(MappingProxyType(heard), baseline.turns)


def dumped(baseline: Baseline) -> str:
    """As JSON, for a store: figures of a voice, so it is personal data and needs the same consent as words."""
    return json.dumps(
        {"format": FORMAT, "turns": baseline.turns, "heard": {k: list(v) for k, v in baseline.heard.items()}}
    )


def loaded(text: str) -> Baseline:
    """From :func:`dumped`; measures that are unknown today are dropped. Raises UnreadableInput."""
    try:
        whole = json.loads(text)
        if whole["format"] != FORMAT:
            raise ValueError(f"format {whole['format']!r}")
        heard = {
            name: tuple(float(value) for value in values if math.isfinite(float(value)))[-REMEMBERED:]
            for name, values in whole["heard"].items()
            if name in MEASURES
        }
        return Baseline(MappingProxyType(heard), max(0, int(whole["turns"])))
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise UnreadableInput(f"this is no baseline of a voice ({error}): drop it, a new one is learnt") from error
