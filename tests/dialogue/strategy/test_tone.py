"""The tone policy: calmer with distress, brighter with hope, no mirror of anger, and no leap between turns."""

from __future__ import annotations

import math
from dataclasses import fields
from itertools import pairwise

import pytest
from calls import heard_as
from hypothesis import given
from hypothesis import strategies as st

from warmline.dialogue.strategy.tone import BRIGHT_STEP, CALM_STEP, smoothed, style_for_distress, tone
from warmline.dialogue.types import NEUTRAL, Strategy, Style
from warmline.emotion.types import ParalinguisticTags

SILENT = ParalinguisticTags.unknown()
share = st.floats(-1, 1)
styles = st.builds(Style, *[share] * 6)
CALMER_UP = ("warmth", "breath")


def values(style: Style) -> list[float]:
    return [getattr(style, item.name) for item in fields(Style)]


@pytest.mark.parametrize("strategy", Strategy)
def test_every_step_of_distress_is_slower_softer_lower_steadier_and_warmer(strategy: Strategy) -> None:
    steps = [tone(strategy, level, SILENT) for level in (1.0, 2.0, 3.0, 4.0, 5.0)]
    for calmer, more in pairwise(steps):
        assert more.pace < calmer.pace
        assert more.volume < calmer.volume
        assert more.pitch < calmer.pitch
        assert more.range < calmer.range
        assert more.warmth > calmer.warmth


def test_hope_brightens_and_less_so_in_distress() -> None:
    plain, glad = (tone(Strategy.AFFIRMATION, 1.5, tags) for tags in (SILENT, heard_as(0.8, 0.4, 0.9)))
    assert glad.pitch > plain.pitch
    assert glad.range > plain.range
    assert tone(Strategy.AFFIRMATION, 5.0, heard_as(0.8, 0.4, 0.9)) == tone(Strategy.AFFIRMATION, 5.0, SILENT)


@given(st.sampled_from(Strategy), st.floats(1, 5), st.floats(-1, 0.1), st.floats(0, 1), st.floats(0, 1))
def test_agitation_is_never_mirrored(
    strategy: Strategy, intensity: float, valence: float, arousal: float, confidence: float
) -> None:
    calm, agitated = (tone(strategy, intensity, heard_as(valence, level, confidence)) for level in (0.0, arousal))
    for name in ("pace", "pitch", "range", "volume"):
        assert getattr(agitated, name) <= getattr(calm, name)


@given(st.sampled_from(Strategy), st.floats(allow_nan=True), share, share, st.none() | styles)
def test_every_style_is_within_bounds(
    strategy: Strategy, intensity: float, valence: float, arousal: float, before: Style | None
) -> None:
    style = tone(strategy, intensity, heard_as(valence, arousal, 1.0), before)
    assert all(-1.0 <= value <= 1.0 for value in values(style))


@given(styles, styles)
def test_a_turn_changes_the_tone_by_limited_steps_towards_what_is_wanted(before: Style, wanted: Style) -> None:
    after = smoothed(before, wanted)
    for item in fields(Style):
        own, goal, now = (getattr(style, item.name) for style in (before, wanted, after))
        towards_calm = (goal > own) == (item.name in CALMER_UP)
        assert abs(now - own) <= (CALM_STEP if towards_calm else BRIGHT_STEP) + 1e-3
        assert min(own, goal) - 1e-3 <= now <= max(own, goal) + 1e-3


def test_the_same_wish_is_reached_in_a_few_turns() -> None:
    style = NEUTRAL
    for _ in range(5):
        style = tone(Strategy.REFLECTION, 5.0, SILENT, style)
    assert style == tone(Strategy.REFLECTION, 5.0, SILENT)


def test_distress_outside_its_scale_counts_as_its_ends() -> None:
    assert style_for_distress(-3) == style_for_distress(1)
    assert style_for_distress(9) == style_for_distress(5)
    assert style_for_distress(math.nan) == style_for_distress(2)
