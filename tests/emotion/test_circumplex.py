"""Where labels lie."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from warmline.emotion.circumplex import NEGATIVE, PLACES, POSITIVE, blended_arousal, place
from warmline.emotion.types import LABELS


def test_every_label_has_a_place_and_a_side_that_fits_it():
    assert set(PLACES) == set(LABELS)
    assert all(PLACES[label].valence < 0 for label in NEGATIVE)
    assert all(PLACES[label].valence > 0 for label in POSITIVE)


@given(st.dictionaries(st.sampled_from(LABELS), st.floats(0, 1)))
def test_the_mean_stays_inside(labels):
    at = place(labels)
    assert all(-1.0 <= value <= 1.0 for value in (at.valence, at.arousal, at.dominance))


def test_certainty_gives_the_label_itself():
    assert place({"angry": 0.7}).arousal == pytest.approx(PLACES["angry"].arousal)


def test_the_acoustic_half_pulls_arousal():
    assert blended_arousal(0.0, 1.0) == 0.5
    assert blended_arousal(0.6, 0.0) == pytest.approx(-0.2)
