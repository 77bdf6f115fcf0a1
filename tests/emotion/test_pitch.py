"""Pitch against voices whose pitch is known, on a wide and on a telephone line."""

import numpy as np
import pytest
from sounds import noise, silence, voice

from warmline.emotion.pitch import analyse
from warmline.speech.audio.degrade import telephone


@pytest.mark.parametrize("f0_hz", [75, 110, 150, 220, 330, 450])
def test_follows_a_steady_voice(f0_hz):
    frames = analyse(voice(f0_hz, 1.5))
    assert frames.voiced.mean() > 0.95
    assert np.nanmedian(frames.f0_hz) == pytest.approx(f0_hz, rel=0.005)


@pytest.mark.parametrize("f0_hz", [90, 110, 150, 220])
def test_holds_on_a_telephone_line_that_carries_no_fundamental(f0_hz):
    frames = analyse(telephone(voice(f0_hz, 1.5)))
    assert np.nanmedian(frames.f0_hz) == pytest.approx(f0_hz, rel=0.01)


def test_follows_a_glide():
    frames = analyse(voice(120, 2.0, glide_st_s=6.0))
    for at_s in (0.5, 1.0, 1.5):
        assert frames.f0_hz[round(at_s * 100)] == pytest.approx(120 * 2 ** (6.0 * at_s / 12.0), rel=0.02)


def test_makes_no_octave_jumps_in_noise_at_ten_decibels():
    clean = voice(140, 2.0)
    loud = clean + noise(2.0, level=float(np.sqrt(np.mean(clean**2))) * 10 ** (-10 / 20))
    heard = analyse(loud).f0_hz
    heard = heard[~np.isnan(heard)]
    assert len(heard) > 100
    assert np.mean(np.abs(np.log2(heard / 140)) > 0.4) < 0.02


def test_a_harmonic_voice_is_stronger_than_a_rough_one():
    rough = analyse(voice(150, 1.0) + noise(1.0, 0.05))
    assert np.median(analyse(voice(150, 1.0)).strength) > np.median(rough.strength) + 0.02


@pytest.mark.parametrize(
    "samples", [noise(1.0), silence(1.0), silence(0.0), silence(0.003), np.full(1600, np.nan, "f4")]
)
def test_finds_no_voice_where_there_is_none(samples):
    frames = analyse(samples)
    assert not frames.voiced.any()
    assert np.isfinite(frames.energy_db).all()
    assert len(frames.f0_hz) == len(frames.energy_db) == len(frames.strength) == len(frames.power)
