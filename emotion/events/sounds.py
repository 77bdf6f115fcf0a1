"""From an audio tagger's scores to vocal events, and to whether a sound was speech at all. Pure.

Told: "cry" (crying and sobbing), "laugh", "cough" (coughs, sneezes and cleared throats). Sighs, gasps, breaths, sniffs
and screams have scores too, but no recording was at hand on which to measure them, and sighs fire on one clip of
frightened acted speech in twelve: they are not told. They do count as no speech in :func:`sound`. Figures, and what
they were measured on: docs/events.md. It does not know who made the sound.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from warmline.emotion.events.audio_tagger import HOP, PATCH, STEP
from warmline.emotion.types import VocalEvent

Floats = NDArray[np.float32]

SPEECH = (0, 1, 2, 3, 4, 5, 6, 12, 65)
"""Rows of AudioSet's classes that are people talking, whispering and calling out."""

KINDS: Mapping[str, tuple[int, ...]] = MappingProxyType(
    {
        "cry": (19, 20, 21, 22),
        "laugh": (13, 14, 15, 16, 17, 18),
        "cough": (42, 43, 44),
        "breath": (23, 36, 37, 39, 40, 41, 45),
    }
)
"""Groups of AudioSet's classes; the last is breath of all kinds (sighs, gasps, sniffs, snorts)."""

TOLD: Mapping[str, float] = MappingProxyType({"cry": 0.6, "laugh": 0.3, "cough": 0.6})
"""From this score a patch is an event: so chosen that acted speech and shouting rarely are one. A laugh hardly ever
scores where nobody laughs, so it needs less."""


@dataclass(frozen=True, slots=True)
class Sound:
    """What a stretch of sound was, at its most certain. ``speech``: somebody talking, in [0, 1]. ``kind``: the
    likeliest of :data:`KINDS`, "" where none reaches 0.3; ``confidence``: its score."""

    speech: float
    kind: str = ""
    confidence: float = 0.0

    @property
    def wordless(self) -> bool:
        """Rather a cry, a laugh, a cough or a breath than speech."""
        return bool(self.kind) and self.confidence > self.speech


NOTHING = Sound(0.0)


def sound(scores: Floats) -> Sound:
    """``scores``: float32[N, classes] of one stretch."""
    if not len(scores):
        return NOTHING
    groups = {kind: float(scores[:, rows].max()) for kind, rows in KINDS.items()}
    best = max(groups, key=lambda kind: groups[kind])
    speech = float(scores[:, SPEECH].max())
    return Sound(speech, best, groups[best]) if groups[best] >= 0.3 else Sound(speech)


def sound_events(scores: Floats, start: int, end: int) -> tuple[VocalEvent, ...]:
    """Events of audio in [start, end) on the stream clock; neighbouring patches of one kind are one event. Their ends
    are known to half a second."""
    found: list[VocalEvent] = []
    for kind, least in TOLD.items():
        score = scores[:, KINDS[kind]].max(axis=1, initial=0.0)
        rivals = [KINDS[other] for other in TOLD if other != kind]
        # an infant's cry scores as a laugh too, and the reverse: the greater one is told
        ahead = np.all([score >= scores[:, rows].max(axis=1, initial=0.0) for rows in rivals], axis=0)
        at = np.flatnonzero((score >= least) & ahead)
        for run in np.split(at, np.flatnonzero(np.diff(at) > 2) + 1) if len(at) else ():
            first, last = int(run[0]), int(run[-1])
            begin = start + first * STEP * HOP
            stop = min(end, start + (last * STEP + PATCH) * HOP)
            if stop > begin:
                found.append(VocalEvent(kind, begin, stop, round(float(score[run].max()), 3)))
    return tuple(sorted(found, key=lambda event: (event.start, event.kind)))
