"""Vocal events against labelled clips: recall, precision and false alarms of each kind. Pure.

A clip has one label, or none; a kind is found in it or not: where in the clip is not scored. It does not know whether
an unlabelled clip holds a breath that nobody wrote down.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

SCORED = ("cry", "laugh", "cough", "whisper")
"""The kinds that are heard in the sound itself."""

MEANT: Mapping[str, str] = MappingProxyType(
    {
        **{kind: kind for kind in SCORED},
        "crying": "cry",
        "sob": "cry",
        "sobbing": "cry",
        "baby_cry": "cry",
        "crying_baby": "cry",
        "laughter": "laugh",
        "laughing": "laugh",
        "giggle": "laugh",
        "coughing": "cough",
        # one kind of ours: their sounds are taken for each other, and neither is a word
        "sneeze": "cough",
        "sneezing": "cough",
        "throat_clearing": "cough",
        "person_sneeze": "cough",
        "whispering": "whisper",
        "whispered": "whisper",
    }
)
"""A table's label (lower case) to ours; any other label is none of them."""


@dataclass(frozen=True, slots=True)
class Scene:
    """One clip. ``event``: one of SCORED or "". ``speech``: whether the table calls it speech. ``found``: kinds that
    were told. ``wordless``: whether it was called no speech but a sound of the voice."""

    event: str
    speech: bool
    found: frozenset[str]
    wordless: bool
    duration_s: float


@dataclass(frozen=True, slots=True)
class Score:
    """Of one kind: clips that have it, recall, precision (nan where nothing was told), the share of other clips in
    which it was told, and that an hour of them."""

    n: int
    recall: float
    precision: float
    false_alarm_rate: float
    false_alarms_per_h: float


def scores(scenes: Sequence[Scene]) -> dict[str, Score]:
    """Every kind that is labelled or told anywhere."""
    kinds = [kind for kind in SCORED if any(kind == scene.event or kind in scene.found for scene in scenes)]
    return {kind: _score(scenes, kind) for kind in kinds}


def wordless(scenes: Sequence[Scene]) -> dict[str, float]:
    """Share of clips called wordless: of each labelled kind that is no speech, of speech, of other sounds."""
    groups = {kind: [scene for scene in scenes if scene.event == kind] for kind in SCORED if kind != "whisper"}
    groups["speech"] = [scene for scene in scenes if scene.speech]
    groups["other"] = [scene for scene in scenes if not scene.event and not scene.speech]
    return {name: sum(scene.wordless for scene in found) / len(found) for name, found in groups.items() if found}


def _score(scenes: Sequence[Scene], kind: str) -> Score:
    own = [scene for scene in scenes if scene.event == kind]
    rest = [scene for scene in scenes if scene.event != kind]
    hit, false = (sum(kind in scene.found for scene in group) for group in (own, rest))
    hours = sum(scene.duration_s for scene in rest) / 3600.0
    return Score(
        n=len(own),
        recall=hit / len(own) if own else math.nan,
        precision=hit / (hit + false) if hit + false else math.nan,
        false_alarm_rate=false / len(rest) if rest else math.nan,
        false_alarms_per_h=false / hours if hours > 0.0 else math.nan,
    )
