"""The person's own usual: learnt causally, robust, bounded, and silent while in doubt."""

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sounds import silence, syllables

from warmline.emotion.baseline import MEASURES, REMEMBERED, Baseline, against, dumped, kept, learnt, loaded, plain, step
from warmline.emotion.prosody import measure
from warmline.speech.runtime.errors import UnreadableInput

USUAL = replace(measure(syllables(8, 150)), rate_syllables_s=5.0, pause_share=0.1)


def after(*turns):
    baseline = Baseline()
    for turn in turns:
        baseline = step(baseline, turn)
    return baseline


def wavering(count, seed=0):
    chance = np.random.default_rng(seed)
    return [replace(USUAL, rate_syllables_s=5.0 + 0.3 * chance.normal()) for _ in range(count)]


def test_slower_than_usual_is_said_once_enough_was_heard():
    slow = replace(USUAL, rate_syllables_s=3.0)
    assert plain(against(after(*wavering(2)), slow)) == ()
    assert plain(against(after(*wavering(8)), slow)) == ("slower",)
    assert against(after(*wavering(8)), slow)["rate_syllables_s"].z < -2.5


def test_an_ordinary_turn_is_nothing_to_speak_of():
    baseline = after(*wavering(10))
    assert plain(against(baseline, USUAL)) == ()
    assert abs(against(baseline, USUAL)["pitch_st"].z) < 0.2


def test_the_same_figures_differ_between_people():
    high, low = replace(USUAL, f0_hz=230.0), replace(USUAL, f0_hz=110.0)
    assert against(after(*[high] * 6), replace(USUAL, f0_hz=150.0))["pitch_st"].z < -2.0
    assert against(after(*[low] * 6), replace(USUAL, f0_hz=150.0))["pitch_st"].z > 2.0


def test_one_shout_does_not_move_the_usual():
    shout = replace(USUAL, f0_hz=400.0, energy_db=USUAL.energy_db + 30)
    with_it, without = after(*wavering(9), shout), after(*wavering(9))
    assert with_it.usual("pitch_st")[0] == pytest.approx(without.usual("pitch_st")[0], abs=0.1)
    assert against(with_it, shout)["energy_db"].z > 3.0


def test_confidence_grows_and_the_state_is_bounded():
    sure = [against(after(*wavering(count)), USUAL)["range_st"].confidence for count in (0, 2, 3, 10, 39)]
    assert sure[0] == sure[1] == 0.0
    assert sure == sorted(sure)
    many = after(*wavering(REMEMBERED + 25))
    assert max(len(values) for values in many.heard.values()) == REMEMBERED
    assert many.turns == REMEMBERED + 25


def test_a_turn_without_voice_teaches_nothing():
    baseline = after(*wavering(4))
    assert step(baseline, measure(silence(1.0))) == baseline
    assert {found.confidence for found in against(baseline, measure(silence(1.0))).values()} <= {0.0, 0.5}
    assert against(baseline, measure(silence(1.0)))["pitch_st"].confidence == 0.0


def test_it_is_causal():
    turns = wavering(12)
    whole = Baseline()
    for place, turn in enumerate(turns):
        assert against(whole, turn) == against(after(*turns[:place]), turn)
        whole = step(whole, turn)


def test_it_is_learnt_from_a_history_too():
    turns = wavering(6)
    assert learnt([turns[0], None, *turns[1:]]) == after(*turns)
    assert learnt([]) == Baseline()


def test_it_survives_being_stored_without_its_loudness():
    baseline = after(*wavering(6))
    again = loaded(dumped(kept(baseline)))
    assert "energy_db" not in again.heard
    assert again.usual("rate_syllables_s") == baseline.usual("rate_syllables_s")
    assert again.turns == 6
    assert loaded(dumped(Baseline())) == Baseline()


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", '{"format": 9}', '{"format": 1, "turns": 1, "heard": {"pitch_st": "x"}}']
)
def test_what_is_no_baseline_is_refused(text):
    with pytest.raises(UnreadableInput, match="no baseline"):
        loaded(text)


@given(st.lists(st.floats(allow_nan=True, allow_infinity=True, width=32), max_size=8))
def test_any_figures_are_answered(values):
    turns = [replace(USUAL, f0_range_st=value, energy_db=value, pause_share=value) for value in values]
    for found in against(after(*turns), USUAL).values():
        assert math.isfinite(found.z)
        assert 0.0 <= found.confidence < 1.0
    assert set(after(*turns).heard) <= set(MEASURES)
