"""Audio made harder: what each change does, that it is the same each time, and that any sound survives it."""

import numpy as np
import pytest
from sounds import noise, silence, voice

from warmline.speech.audio.degrade import (
    Harder,
    add_noise,
    any_noise,
    coloured_noise,
    gain,
    in_room,
    level,
    read_recordings,
    room,
    speech_level,
    telephone,
)
from warmline.speech.runtime.errors import UnreadableInput

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


def test_the_telephone_adds_no_delay_beyond_its_band_filter():
    click = np.zeros(8000, np.float32)
    click[4000] = 0.9
    assert abs(int(np.argmax(np.abs(telephone(click)))) - 4000) <= 16  # a millisecond


def test_a_measured_room_keeps_time_level_and_length():
    response = np.zeros(4000, np.float32)
    response[700], response[1500] = 0.5, 0.25  # 44 ms on the way, an echo 50 ms later
    wet = in_room(VOICE, response)
    assert len(wet) == len(VOICE)
    assert level(wet) == pytest.approx(level(VOICE), rel=1e-3)
    click = np.zeros(4000, np.float32)
    click[1000] = 0.5
    echoed = in_room(click, response)
    assert int(np.argmax(echoed)) == 1000
    assert echoed[1800] / echoed[1000] == pytest.approx(0.5, rel=1e-3)


def test_an_empty_room_changes_nothing():
    assert in_room(VOICE, np.zeros(100, np.float32)) is VOICE
    assert in_room(VOICE, np.zeros(0, np.float32)) is VOICE


def test_noise_is_drawn_from_the_recordings_and_repeated():
    short = noise(0.1)
    drawn = any_noise(16_000, (short,), np.random.default_rng(3))
    assert len(drawn) == 16_000
    np.testing.assert_array_equal(drawn[:1600], drawn[1600:3200])
    assert set(drawn.tolist()) == set(short.tolist())


def test_each_recording_has_its_own_draw_whatever_the_order():
    harder = Harder(noises=(noise(0.5, seed=1), noise(0.5, seed=2)), snr_db=5.0, rooms=(noise(0.1),), telephone=True)
    one, other, again = (harder.apply(VOICE, key) for key in ("a.wav", "b.wav", "a.wav"))
    np.testing.assert_array_equal(one, again)
    assert not np.array_equal(one, other)
    assert not np.array_equal(one, Harder(snr_db=5.0, telephone=True, seed=9).apply(VOICE, "a.wav"))
    assert harder.changes
    assert not Harder().changes
    assert Harder().apply(VOICE, "a.wav") is VOICE


@pytest.mark.parametrize("samples", [silence(0.0), silence(0.5), VOICE[:40], VOICE, -np.sign(VOICE)])
def test_any_sound_survives(samples):
    harder = Harder(noises=(noise(0.2),), snr_db=-5.0, rooms=(noise(0.1),), telephone=True)
    changed = harder.apply(samples, "x")
    assert changed.dtype == np.float32
    assert changed.shape == samples.shape
    assert np.isfinite(changed).all()
    assert np.abs(changed).max(initial=0.0) <= 1.0


def test_a_folder_without_recordings_is_refused(tmp_path):
    (tmp_path / "README.txt").write_text("no sound")
    with pytest.raises(UnreadableInput, match="no recording"):
        read_recordings(tmp_path)
    assert read_recordings(None) == ()
