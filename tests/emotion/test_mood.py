"""Mood over turns."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from warmline.emotion.mood import PRIOR, Mood, step
from warmline.emotion.tagger.scripted import tags_for
from warmline.emotion.types import ParalinguisticTags


def after(*turns: tuple[float, float]) -> Mood:
    """The mood after turns of (valence, confidence)."""
    mood = Mood()
    for valence, confidence in turns:
        mood = step(mood, replace(tags_for("sad", 0.5), valence=valence, confidence=confidence))
    return mood


def test_nothing_heard_is_no_mood():
    assert Mood().confidence == 0.0
    mood = step(Mood(), ParalinguisticTags.unknown())
    assert (mood.valence, mood.turns) == (0.0, 1)
    assert mood.confidence == 0.0


def test_it_moves_towards_what_is_heard_and_grows_surer():
    one, three = after((-0.6, 0.9)), after(*[(-0.6, 0.9)] * 3)
    assert -0.6 < three.valence < one.valence < 0.0
    assert three.confidence > one.confidence > 0.3


def test_doubtful_turns_move_it_less():
    assert abs(after((-0.6, 0.3)).valence) < abs(after((-0.6, 0.9)).valence) / 2


def test_silence_lets_doubt_grow_but_moves_nothing():
    before = after(*[(-0.6, 0.9)] * 3)
    later = before
    for _ in range(5):
        later = step(later, ParalinguisticTags.unknown())
    assert later.valence == before.valence
    assert later.confidence < before.confidence


def test_easing_and_worsening_are_named_with_their_turn():
    low = [(-0.6, 0.9)] * 3
    eased = after(*low, *[(0.2, 0.9)] * 3)
    assert eased.change == "easing"
    assert after(*low).change in {"steady", "worsening"}
    again = after(*low, *[(0.3, 0.9)] * 4, *[(-0.8, 0.9)] * 5)
    assert again.change == "worsening"


@given(st.lists(st.tuples(st.floats(-1, 1), st.floats(0, 1)), max_size=30))
def test_it_stays_in_bounds(turns):
    mood = after(*turns)
    assert -1.0 <= mood.valence <= 1.0
    assert 0.0 < mood.variance <= PRIOR
    assert mood.turns == len(turns)
    assert mood.change in {"easing", "worsening", "steady"}


def test_tags_reach_every_axis():
    mood = step(Mood(), tags_for("fearful", 0.9))
    assert mood.arousal > 0.1
    assert mood.dominance < -0.05
    assert mood.valence == pytest.approx(-0.3, abs=0.25)
