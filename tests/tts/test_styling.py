"""Styling: monotone, bounded, and each named style in its named direction."""

from __future__ import annotations

from dataclasses import fields, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from warmline.dialogue.types import NEUTRAL, Style
from warmline.tts.styling import (
    FALL_ST,
    INTENTS,
    RISE_ST,
    STYLES,
    Controls,
    contour_end_st,
    controls_of,
    pause_after_s,
)

DIRECTION = {
    "warmth": ("tilt_db_octave", -1),
    "pace": ("speed", 1),
    "pitch": ("pitch_st", 1),
    "range": ("range_scale", 1),
    "volume": ("gain_db", 1),
    "breath": ("breath_db", 1),
}
share = st.floats(-1, 1)


def test_neutral_changes_nothing() -> None:
    assert controls_of(NEUTRAL) == Controls()


@pytest.mark.parametrize("name", DIRECTION)
@given(low=share, high=share)
def test_each_control_follows_its_own_field_alone(name: str, low: float, high: float) -> None:
    low, high = sorted((low, high))
    one, two = (controls_of(replace(NEUTRAL, **{name: value})) for value in (low, high))
    control, sign = DIRECTION[name]
    assert sign * getattr(one, control) <= sign * getattr(two, control)
    moved = {item.name for item in fields(Controls) if getattr(two, item.name) != getattr(Controls(), item.name)}
    assert moved <= ({control, "pause_scale"} if name == "pace" else {control})


@given(st.builds(Style, *[st.floats(allow_nan=True, allow_infinity=True)] * 6))
def test_controls_are_bounded_whatever_the_style(style: Style) -> None:
    controls = controls_of(style)
    assert 0.7 <= controls.speed <= 1.3
    assert abs(controls.pitch_st) <= 3.0
    assert 0.6 <= controls.range_scale <= 1.7
    assert abs(controls.gain_db) <= 4.0
    assert abs(controls.tilt_db_octave) <= 2.0
    assert abs(controls.breath_db) <= 4.0
    assert 0.6 <= controls.pause_scale <= 1.7


def test_every_intent_is_of_a_style() -> None:
    assert set(INTENTS) == set(STYLES) - {"neutral"}


def test_encouraging_is_brighter_and_the_others_softer_than_neutral() -> None:
    encouraging = controls_of(STYLES["encouraging"])
    assert encouraging.speed > 1
    assert encouraging.pitch_st > 0
    assert encouraging.range_scale > 1
    assert encouraging.tilt_db_octave > 0
    for name in ("warm", "concerned", "steady"):
        calm = controls_of(STYLES[name])
        assert calm.speed < 1
        assert calm.pitch_st < 0
        assert calm.tilt_db_octave < 0


@pytest.mark.parametrize(
    ("text", "end_st"),
    [
        ("I hear you.", FALL_ST),
        ("Is that so?", RISE_ST),
        ('"Is that so?"', RISE_ST),
        ("and then,", 0.0),
        ("well...", 0.0),
        ("", 0.0),
    ],
)
def test_contour_rises_on_questions_and_falls_on_statements(text: str, end_st: float) -> None:
    assert contour_end_st(text) == end_st


def test_pauses_are_longer_after_sentences_and_at_a_slower_pace() -> None:
    plain, slow = Controls(), controls_of(Style(pace=-0.8))
    assert pause_after_s("Yes.", plain) > pause_after_s("yes,", plain) > pause_after_s("yes", plain) > 0
    assert pause_after_s("Yes.", slow) > pause_after_s("Yes.", plain)
    assert pause_after_s("Yes?", plain) <= 0.25
