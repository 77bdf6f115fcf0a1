"""What a line does to a voice."""

import numpy as np
import pytest
from sounds import noise, silence, voice

from warmline.emotion.prosody import measure
from warmline.emotion.training.augment import (
    add_noise,
    coloured_noise,
    gain,
    level,
    on_the_line,
    room,
    speech_level,
    speed,
    telephone,
)

VOICE = voice(150, 1.0)


def power_between(samples: np.ndarray, low_hz: float, high_hz: float) -> float:
    spectrum = np.abs(np.fft.rfft(samples)) ** 2
    hertz = np.fft.rfftfreq(len(samples), 1 / 16_000)
    return float(spectrum[(hertz >= low_hz) & (hertz < high_hz)].sum())


def test_gain_is_in_decibels_and_clips_at_full_scale():
    assert level(gain(VOICE, -6.0206)) == pytest.approx(level(VOICE) / 2, rel=1e-3)
    assert np.abs(gain(VOICE, 60.0)).max() == 1.0


@pytest.mark.parametrize("snr_db", [0.0, 10.0, 20.0])
def test_noise_lies_the_wanted_decibels_below_the_speech(snr_db):
    added = add_noise(VOICE, noise(0.37), snr_db) - VOICE
    assert 20 * np.log10(speech_level(VOICE) / level(added)) == pytest.approx(snr_db, abs=0.3)


def test_coloured_noise_falls_as_asked():
    chance = np.random.default_rng(0)
    for slope, factor in ((0.0, 1.0), (1.0, 4.0), (2.0, 16.0)):
        sound = coloured_noise(160_000, slope, chance)
        ratio = power_between(sound, 400, 500) / power_between(sound, 1600, 1700)
        assert ratio == pytest.approx(factor, rel=0.35)


def test_the_telephone_keeps_its_band_only():
    sent = noise(2.0)
    heard = telephone(sent)
    assert len(heard) == len(sent)
    assert power_between(heard, 4500, 8000) < 0.01 * power_between(sent, 4500, 8000)
    assert power_between(heard, 0, 100) < 0.05 * power_between(sent, 0, 100)
    assert power_between(heard, 800, 2500) == pytest.approx(power_between(sent, 800, 2500), rel=0.2)


def test_a_room_keeps_the_level_and_rings_on():
    dry = np.concatenate([VOICE, silence(0.5)])
    wet = room(dry, 0.5, 3.0, np.random.default_rng(1))
    assert level(wet) == pytest.approx(level(dry), rel=0.02)
    assert level(wet[16_800:18_000]) > 10 * level(dry[16_800:18_000])


def test_speed_moves_length_and_pitch():
    fast = speed(VOICE, 1.1)
    assert len(fast) == pytest.approx(len(VOICE) / 1.1, abs=2)
    assert measure(fast).f0_hz == pytest.approx(165, rel=0.01)
    assert speed(VOICE, 1.0) is VOICE


def test_the_same_seed_gives_the_same_line_and_another_gives_another():
    one, again, other = (on_the_line(VOICE, np.random.default_rng(seed)) for seed in (5, 5, 6))
    np.testing.assert_array_equal(one, again)
    assert one.shape != other.shape or not np.allclose(one, other)


@pytest.mark.parametrize("seed", range(12))
@pytest.mark.parametrize(
    "samples", [silence(0.0), silence(0.5), VOICE[:40], VOICE], ids=["empty", "silence", "40", "voice"]
)
def test_any_sound_survives(seed, samples):
    changed = on_the_line(samples, np.random.default_rng(seed), (noise(0.2),))
    assert changed.dtype == np.float32
    assert np.isfinite(changed).all()
    assert np.abs(changed).max(initial=0.0) <= 1.0
