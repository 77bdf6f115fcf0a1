"""Prosody against sounds whose figures are known."""

import math
from dataclasses import fields

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sounds import noise, silence, syllables, voice

from warmline.emotion.functionals import NAMES, functionals
from warmline.emotion.pitch import analyse
from warmline.emotion.prosody import measure, speech_frames, summarise

GAUSS = 2.0 / math.sqrt(math.pi)
"""Mean of |a - b| for two draws of a normal distribution of deviation 1."""


def test_pitch_and_range_of_a_steady_voice():
    prosody = measure(voice(150, 2.0))
    assert prosody.f0_hz == pytest.approx(150, rel=0.005)
    assert prosody.f0_range_st < 0.5
    assert prosody.voiced_share > 0.95
    assert prosody.pause_share == 0.0


@pytest.mark.parametrize("glide_st_s", [-5.0, 5.0])
def test_slope_is_that_of_the_glide(glide_st_s):
    assert measure(voice(180, 2.0, glide_st_s=glide_st_s)).f0_slope_st_s == pytest.approx(glide_st_s, abs=0.3)


def test_slope_is_within_phrases_not_across_them():
    falling = voice(200, 0.8, glide_st_s=-6.0)
    higher = voice(250, 0.8, glide_st_s=-6.0)
    joined = np.concatenate([falling, silence(0.4), higher])
    assert measure(joined).f0_slope_st_s == pytest.approx(-6.0, abs=1.0)


@pytest.mark.parametrize("jitter", [0.005, 0.01, 0.02])
def test_jitter_grows_with_the_voice_and_is_near_it(jitter):
    assert measure(voice(150, 3.0, jitter=jitter)).jitter == pytest.approx(jitter * GAUSS, rel=0.45)


def test_a_steady_voice_has_hardly_any_jitter_or_shimmer():
    prosody = measure(voice(150, 2.0))
    assert prosody.jitter < 0.003
    assert prosody.shimmer < 0.02


@pytest.mark.parametrize("shimmer", [0.05, 0.1])
def test_shimmer_grows_with_the_voice_and_is_near_it(shimmer):
    assert measure(voice(150, 3.0, shimmer=shimmer)).shimmer == pytest.approx(shimmer * GAUSS, rel=0.35)


@pytest.mark.parametrize(("gap_s", "rate"), [(0.1, 4.0), (0.05, 5.0)])
def test_rate_counts_the_syllables(gap_s, rate):
    sound = syllables(12, gap_s=gap_s)
    spans = [(0, len(sound))]
    frames = analyse(sound)
    spoken = np.ones(len(frames.energy_db), bool)
    assert summarise(frames, spoken).rate_syllables_s == pytest.approx(rate, rel=0.1)
    assert measure(sound, spans).rate_syllables_s >= rate


def test_pauses_are_counted_inside_the_speech_only():
    sound = np.concatenate([silence(1.0), voice(150, 1.0), silence(0.5), voice(150, 1.0), silence(1.0)])
    prosody = measure(sound)
    assert prosody.longest_pause_s == pytest.approx(0.5, abs=0.08)
    assert prosody.pause_share == pytest.approx(0.2, abs=0.04)


def test_pauses_lie_where_the_silence_is():
    sound = np.concatenate(
        [silence(0.3), voice(150, 1.0), silence(0.5), voice(150, 1.0), silence(0.2), voice(150, 1.0)]
    )
    first, second = measure(sound).pauses
    assert first == pytest.approx((1.3 * 16_000, 1.8 * 16_000), abs=0.05 * 16_000)
    assert second == pytest.approx((2.8 * 16_000, 3.0 * 16_000), abs=0.05 * 16_000)


@pytest.mark.parametrize("end_st_s", [-12.0, 12.0])
def test_the_end_of_a_phrase_rises_or_falls_whatever_came_before(end_st_s):
    before, end = (
        voice(180, 1.0, glide_st_s=-end_st_s / 4),
        voice(180 * 2 ** (-end_st_s / 48), 0.3, glide_st_s=end_st_s),
    )
    prosody = measure(np.concatenate([before, end, silence(0.4), before, end]))
    assert prosody.end_slope_st_s == pytest.approx(end_st_s, rel=0.35)


def test_a_rate_is_a_number_wherever_there_is_voice():
    assert math.isnan(measure(noise(1.0)).rate_syllables_s)
    assert math.isnan(measure(silence(1.0)).rate_syllables_s)
    assert 0.0 <= measure(voice(150, 0.2)).rate_syllables_s <= 4.0
    assert measure(voice(150, 2.0)).rate_syllables_s <= 1.0


@pytest.mark.parametrize("snr_db", [5.0, 10.0, 20.0])
def test_harmonicity_is_the_ratio_that_was_mixed(snr_db):
    clean = voice(150, 2.0)
    hiss = np.convolve(noise(2.0, 1.0), np.ones(8, "f4") / 8, "same")  # what lies above 4 kHz is not heard
    hiss *= np.sqrt(np.mean(clean**2) / np.mean(hiss**2)) * 10 ** (-snr_db / 20)
    assert measure((clean + hiss).astype("f4")).harmonicity_db == pytest.approx(snr_db, abs=2.5)


def test_spans_keep_other_sounds_out():
    sound = np.concatenate([voice(300, 1.0), silence(0.5), voice(120, 1.0)])
    assert measure(sound, [(24_000, 40_000)]).f0_hz == pytest.approx(120, rel=0.01)


def test_energy_follows_the_level_and_nothing_else_does():
    loud, soft = measure(voice(150, 1.5, level=0.4)), measure(voice(150, 1.5, level=0.04))
    assert loud.energy_db - soft.energy_db == pytest.approx(20.0, abs=0.2)
    for name in ("f0_hz", "energy_range_db", "jitter", "shimmer", "tilt_db_octave"):
        assert getattr(loud, name) == pytest.approx(getattr(soft, name), rel=0.05, abs=1e-3), name


def test_functionals_do_not_depend_on_the_level():
    last = voice(180, 0.5, glide_st_s=4.0) * np.hanning(8000).astype(np.float32)
    sound = np.concatenate([syllables(6), silence(0.3), last])
    rows = []
    for level in (1.0, 0.1):
        frames = analyse(sound * np.float32(level))
        spoken = speech_frames(frames)
        rows.append(functionals(frames, spoken, summarise(frames, spoken)))
    assert len(rows[0]) == len(NAMES)
    np.testing.assert_allclose(rows[0], rows[1], rtol=0.02, atol=0.05)


def test_a_darker_voice_has_a_steeper_tilt():
    bright = voice(150, 1.0)
    dark = np.convolve(bright, np.ones(12, "f4") / 12, "same").astype(np.float32)
    assert measure(dark).tilt_db_octave < measure(bright).tilt_db_octave - 3.0


@pytest.mark.parametrize(
    "samples",
    [
        silence(0.0),
        silence(2.0),
        silence(0.001),
        noise(0.1),
        noise(2.0),
        voice(150, 0.1),
        np.full(16_000, np.inf, "f4"),
        np.ones(16_000, "f4"),
        np.sign(voice(100, 1.0)),
    ],
    ids=["empty", "silence", "16 samples", "0.1 s noise", "noise", "0.1 s voice", "infinite", "constant", "clipped"],
)
def test_never_raises_and_never_gives_infinities(samples):
    prosody = measure(samples)
    values = [getattr(prosody, field.name) for field in fields(prosody) if field.name != "pauses"]
    assert not any(math.isinf(value) for value in values)
    assert 0.0 <= prosody.pause_share <= 1.0
    assert 0.0 <= prosody.voiced_share <= 1.0


@settings(max_examples=25)
@given(st.integers(0, 9000), st.lists(st.tuples(st.integers(-5000, 20_000), st.integers(-5000, 20_000)), max_size=4))
def test_any_length_and_any_spans_are_answered(count, spans):
    prosody = measure(voice(170, 0.6)[:count], [(min(span), max(span)) for span in spans])
    assert 0.0 <= prosody.voiced_share <= 1.0
