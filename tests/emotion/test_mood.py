"""Mood over turns."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from warmline.emotion.mood import PRIOR, Mood, over, step
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
    assert (after(*low).change, after(*low).since) == ("steady", 0)
    eased = after(*low, *[(0.2, 0.9)] * 3)
    assert (eased.change, eased.since) == ("easing", 4)
    again = after(*low, *[(0.3, 0.9)] * 4, *[(-0.8, 0.9)] * 5)
    assert (again.change, again.since) == ("worsening", 8)


def test_one_odd_or_doubtful_turn_is_no_change():
    low = [(-0.5, 0.9)] * 4
    assert after(*low, (-0.1, 0.9), *low).change == "steady"
    assert after(*low, *[(0.4, 0.15)] * 3).change == "steady"


def test_a_change_that_goes_on_keeps_its_first_turn():
    low = [(-0.7, 0.9)] * 3
    assert after(*low, *[(-0.1, 0.9)] * 3, *[(0.6, 0.9)] * 4).since == 4


def test_a_slow_change_is_found_too():
    slow = after(*[(-0.7 + 0.1 * turn, 0.9) for turn in range(13)])
    assert slow.change == "easing"
    assert 2 <= slow.since <= 6


def test_over_is_the_same_as_step_by_step():
    turns = [replace(tags_for("sad", 0.8), valence=value) for value in (-0.6, -0.5, 0.1, 0.2)]
    assert over(turns) == step(step(step(step(Mood(), turns[0]), turns[1]), turns[2]), turns[3])


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
