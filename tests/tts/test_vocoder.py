"""The vocoder on made spectra: every control does exactly what it says."""

from __future__ import annotations

import numpy as np
import pytest

from warmline.speech.types import Samples
from warmline.tts.styling import Controls
from warmline.tts.types import VOICE_RATE
from warmline.tts.voice.vocoder import BINS, HOP, Spectra, pulses, shaped_f0, synthesise, with_pitch

FRAMES = 80


def spectra(f0_hz: float = 200.0) -> Spectra:
    """A steady vowel with a flat harmonic envelope and next to no noise."""
    low = np.full((BINS, FRAMES), -12.0, np.float32)
    flat = np.full((BINS, FRAMES), -4.0, np.float32)
    zero = np.zeros((BINS, FRAMES), np.float32)
    return Spectra(flat, zero, low, low, zero, np.full(FRAMES, f0_hz, np.float32))


def spoken(controls: Controls, contour_st: float = 0.0, f0_hz: float = 200.0) -> Samples:
    contour = np.full(FRAMES, contour_st, np.float32)
    return synthesise(spectra(f0_hz), controls, contour, np.random.default_rng(1))


def strongest_hz(audio: Samples) -> float:
    """The fundamental, by the spacing of the spectrum's peaks (autocorrelation)."""
    middle = audio[4800:-4800] * np.hanning(len(audio) - 9600)
    power = np.abs(np.fft.rfft(middle, 1 << 17)) ** 2
    lags = np.fft.irfft(power)
    low, high = VOICE_RATE // 400, VOICE_RATE // 100
    return float(VOICE_RATE / (low + int(np.argmax(lags[low:high]))))


def band_db(audio: Samples, low_hz: float, high_hz: float) -> float:
    power = np.abs(np.fft.rfft(audio * np.hanning(len(audio)))) ** 2
    hertz = np.fft.rfftfreq(len(audio), 1 / VOICE_RATE)
    return float(10 * np.log10(power[(hertz >= low_hz) & (hertz < high_hz)].sum()))


def test_length_is_frames_times_hop_and_none_is_none() -> None:
    assert len(spoken(Controls())) == FRAMES * HOP
    nothing = spectra().at(np.zeros(0, np.int64))
    assert len(synthesise(nothing, Controls(), np.zeros(0, np.float32), np.random.default_rng(0))) == 0


def test_the_same_seed_gives_the_same_samples() -> None:
    assert np.array_equal(spoken(Controls()), spoken(Controls()))


@pytest.mark.parametrize("shift", [-3.0, -1.0, 2.0])
def test_pitch_moves_by_semitones_on_the_wave(shift: float) -> None:
    expected = 200.0 * 2 ** (shift / 12)
    assert strongest_hz(spoken(Controls(pitch_st=shift))) == pytest.approx(expected, rel=0.01)
    assert strongest_hz(spoken(Controls(), contour_st=shift)) == pytest.approx(expected, rel=0.01)


def test_range_scales_excursions_about_the_mean_and_leaves_unvoiced_frames() -> None:
    f0 = np.array([0.0, 180.0, 200.0, 225.0, 10.0], np.float32)
    still = np.zeros(5, np.float32)
    wide = shaped_f0(f0, Controls(range_scale=1.5), still)
    assert wide[[0, 4]].tolist() == f0[[0, 4]].tolist()
    before, after = (12 * np.log2(values[1:4]) for values in (f0, wide))
    assert after.mean() == pytest.approx(before.mean(), abs=1e-4)
    assert np.ptp(after) == pytest.approx(1.5 * np.ptp(before), rel=1e-4)
    assert shaped_f0(still, Controls(pitch_st=3.0), still).tolist() == still.tolist()


def test_f0_stays_within_a_voices_bounds() -> None:
    f0 = np.array([75.0, 450.0], np.float32)
    shaped = shaped_f0(f0, Controls(range_scale=3.0), np.zeros(2, np.float32))
    assert shaped.min() >= 70.0
    assert shaped.max() <= 500.0


def test_tilt_is_db_per_octave() -> None:
    plain, soft = spoken(Controls()), spoken(Controls(tilt_db_octave=-2.0))
    low = band_db(soft, 900, 1100) - band_db(plain, 900, 1100)
    high = band_db(soft, 3800, 4200) - band_db(plain, 3800, 4200)
    assert high - low == pytest.approx(-4.0, abs=0.3)


def test_breath_fills_the_gaps_between_harmonics_above_1_khz() -> None:
    def between(audio: Samples) -> float:
        return band_db(audio, 4080, 4120)

    plain, some, more = (spoken(Controls(breath_db=level)) for level in (0.0, 2.0, 4.0))
    assert between(plain) + 3.0 < between(some) < between(more)
    assert band_db(more, 150, 650) == pytest.approx(band_db(plain, 150, 650), abs=0.2)


def test_pulses_hold_every_harmonic_at_one_and_silence_where_unvoiced() -> None:
    train = pulses(np.full(80, 240.0, np.float32))
    spectrum = np.abs(np.fft.rfft(train)) * 2 / len(train)
    step = 240 * len(train) // VOICE_RATE
    assert spectrum[step : 40 * step : step] == pytest.approx(1.0, abs=0.02)
    assert spectrum[50 * step] == pytest.approx(0.0, abs=0.02)
    assert not pulses(np.zeros(5, np.float32)).any()


def third_branch(f0_hz: float) -> Spectra:
    """A vowel at ``f0_hz`` that lies wholly in the third branch, phases and all."""
    at = np.arange(FRAMES * HOP) / VOICE_RATE
    wave = 0.02 * sum(np.cos(2 * np.pi * f0_hz * number * at) for number in range(1, 15))
    padded = np.pad(wave, 600)
    frames = np.lib.stride_tricks.sliding_window_view(padded, 1200)[::HOP][:FRAMES] * np.hanning(1200)
    spectrum = np.fft.rfft(frames, axis=1).T
    low, zero = np.full((BINS, FRAMES), -12.0, np.float32), np.zeros((BINS, FRAMES), np.float32)
    rest = np.log(np.abs(spectrum) + 1e-6).astype(np.float32)
    phase = np.angle(spectrum).astype(np.float32)
    return Spectra(low, zero, low, rest, phase, np.full(FRAMES, f0_hz, np.float32))


def test_pitch_moves_a_voice_that_the_network_made_in_its_third_branch() -> None:
    made = third_branch(150.0)
    up, contour = Controls(pitch_st=3.0), np.zeros(FRAMES, np.float32)
    before, after = (synthesise(each, up, contour, np.random.default_rng(1)) for each in (made, with_pitch(made, 0)))
    assert strongest_hz(before) == pytest.approx(150.0, rel=0.02), "phases of its own hold it"
    assert strongest_hz(after) == pytest.approx(150.0 * 2 ** (3 / 12), rel=0.02)
    assert band_db(after, 80, 3000) == pytest.approx(band_db(before, 80, 3000), abs=3.0)


def test_frames_before_the_end_and_those_with_harmonics_stay() -> None:
    made = third_branch(150.0)
    assert np.array_equal(with_pitch(made, FRAMES).rest, made.rest)
    assert np.array_equal(with_pitch(made, 40).rest[:, :40], made.rest[:, :40])
    assert np.array_equal(with_pitch(spectra(), 0).harmonic, spectra().harmonic)
