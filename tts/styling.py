"""From a style to what a voice must do. Pure; knows nothing about models or texts' meaning.

The widths of the scales come from settings tried on the embedded voice and measured on the wave (docs: eval tone):
each named style below moves every measured axis in its named direction while recognition of the speech stays as good.
Which style fits a moment is dialogue/strategy/tone's part.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

from warmline.dialogue.types import NEUTRAL, Style

FASTEST: Final = 1.28
WIDEST: Final = 1.6
PITCH_ST: Final = 3.0
GAIN_DB: Final = 4.0
TILT_DB_OCTAVE: Final = 2.0
BREATH_DB: Final = 4.0
LONGEST_PAUSE: Final = 1.3
FALL_ST: Final = -0.8
RISE_ST: Final = 2.5

SENTENCE_PAUSE_S: Final = 0.20
QUESTION_PAUSE_S: Final = 0.24
CLAUSE_PAUSE_S: Final = 0.07
JOIN_PAUSE_S: Final = 0.02


@dataclass(frozen=True, slots=True)
class Controls:
    """What a voice does to its neutral speech.

    ``speed``: a factor of rate. ``pitch_st``: shift of F0 in semitones. ``range_scale``: factor on F0's excursions
    about its mean, in semitones. ``gain_db``: loudness. ``tilt_db_octave``: slope added to the spectrum (negative is
    softer). ``breath_db``: level of the breathy part. ``pause_scale``: factor on every pause.
    """

    speed: float = 1.0
    pitch_st: float = 0.0
    range_scale: float = 1.0
    gain_db: float = 0.0
    tilt_db_octave: float = 0.0
    breath_db: float = 0.0
    pause_scale: float = 1.0


def controls_of(style: Style) -> Controls:
    """Every control is monotone in its own field of the style and bounded; fields outside [-1, 1] are clipped, and a
    field that is not a number counts as neutral."""
    pace = _clip(style.pace)
    return Controls(
        speed=FASTEST**pace,
        pitch_st=PITCH_ST * _clip(style.pitch),
        range_scale=WIDEST ** _clip(style.range),
        gain_db=GAIN_DB * _clip(style.volume),
        tilt_db_octave=-TILT_DB_OCTAVE * _clip(style.warmth),
        breath_db=BREATH_DB * _clip(style.breath),
        pause_scale=LONGEST_PAUSE**-pace,
    )


def contour_end_st(text: str) -> float:
    """Where F0 goes at the end of ``text``, in semitones: an open rise on a question, from where it was; a gentle fall
    on a statement, beyond what the voice does by itself; nothing where the sentence goes on."""
    closing = text.rstrip("\"'”’)]} ")
    if closing.endswith("?"):
        return RISE_ST
    return FALL_ST if closing.endswith((".", "!")) and not closing.endswith("..") else 0.0


def pause_after_s(text: str, controls: Controls) -> float:
    """The silence that follows ``text`` within a turn, in seconds."""
    closing = text.rstrip("\"'”’)]} ")
    if closing.endswith("?"):
        pause_s = QUESTION_PAUSE_S
    elif closing.endswith((".", "!", "…")):
        pause_s = SENTENCE_PAUSE_S
    elif closing.endswith((",", ";", ":", "—")):
        pause_s = CLAUSE_PAUSE_S
    else:
        pause_s = JOIN_PAUSE_S
    return pause_s * controls.pause_scale


STYLES: Final[dict[str, Style]] = {
    "neutral": NEUTRAL,
    "warm": Style(warmth=1.0, pace=-0.2, pitch=-0.2, range=0.5, volume=-0.5, breath=0.25),
    "concerned": Style(warmth=0.85, pace=-0.25, pitch=-0.25, range=-0.4, volume=-0.6, breath=0.6),
    "encouraging": Style(warmth=-0.6, pace=0.31, pitch=0.5, range=0.7, volume=0.5),
    "steady": Style(warmth=0.65, pace=-0.35, pitch=-0.3, range=-0.7, volume=-0.2),
}
"""Styles by name, for commands and auditions; "steady" is for what must be understood, such as a helpline's number."""


@dataclass(frozen=True, slots=True)
class Intent:
    """How a style is meant to be heard beside neutral: 1 for more, -1 for less, 0 where nothing is claimed."""

    valence: int
    arousal: int


INTENTS: Final[dict[str, Intent]] = {
    "warm": Intent(valence=1, arousal=-1),
    "concerned": Intent(valence=0, arousal=-1),
    "encouraging": Intent(valence=1, arousal=1),
    "steady": Intent(valence=0, arousal=-1),
}


def _clip(value: float) -> float:
    return 0.0 if math.isnan(value) else min(1.0, max(-1.0, value))
