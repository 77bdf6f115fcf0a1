"""Two clocks: the drift is found, and a buffer between them neither grows nor runs dry nor clicks."""

from __future__ import annotations

import math

import numpy as np
import pytest

from warmline.speech.audio.drift import Drift
from warmline.speech.audio.elastic import MOST, STEP_MOST, Elastic, Stretcher
from warmline.speech.types import SAMPLE_RATE

HOUR_S = 3600


@pytest.mark.parametrize("ppm", [-200.0, -20.0, 0.0, 50.0, 200.0])
def test_drift_is_found_through_jitter(ppm: float) -> None:
    """Packets of 20 ms that arrive up to 30 ms late, for five minutes."""
    chance, drift, early = np.random.default_rng(0), Drift(), None
    for i in range(300 * 50):
        sent = (i + 1) * 320
        at = sent / (1 + ppm * 1e-6) + chance.exponential(0.008) * SAMPLE_RATE
        drift.update(round(at), sent)
        if i == 60 * 50:
            early = drift.ppm
    assert early == pytest.approx(ppm, abs=15)
    assert drift.ppm == pytest.approx(ppm, abs=3)


def test_nothing_is_said_too_early_and_a_jump_is_no_drift() -> None:
    drift = Drift()
    for i in range(10 * 50):
        drift.update(i * 320, i * 320)
    assert drift.ppm is None
    for i in range(10 * 50, 60 * 50):
        drift.update(i * 320, i * 320)
    assert drift.ppm == pytest.approx(0.0, abs=1.0)
    for i in range(60 * 50, 65 * 50):
        drift.update(i * 320, i * 320 + 5 * SAMPLE_RATE)
    assert drift.ppm is None


@pytest.mark.parametrize("ppm", [-200.0, 200.0])
def test_an_hour_at_200_ppm_neither_grows_nor_runs_dry(ppm: float) -> None:
    """Pushes of 0.2 s by a fast or slow clock, pulls of 0.2 s by ours; what is inside does not matter here."""
    rate = 400  # the control knows seconds only: a low rate makes the hour cheap
    elastic = Elastic(rate, target_s=0.4, longest_s=2.0)
    piece = np.full(rate // 5, 0.5, np.float32)
    pushed, fills, ratios = 0.0, [], []
    for _ in range(HOUR_S * 5):
        pushed += 1.0 + ppm * 1e-6
        while pushed >= 1.0:
            elastic.push(piece)
            pushed -= 1.0
        elastic.pull(len(piece))
        fills.append(elastic.fill / rate)
        ratios.append(elastic.ratio)
    assert (elastic.dry, elastic.dropped) == (0, 0)
    early, late = fills[600 * 5 : 1200 * 5], fills[-600 * 5 :]
    assert abs(np.mean(late) - np.mean(early)) < 0.03  # uncompensated it would be 0.6 s
    assert max(fills[600 * 5 :]) - min(fills[600 * 5 :]) < 0.25  # one piece comes and goes
    # A piece of 0.2 s more or less over the time is 70 ppm.
    assert (np.mean(ratios[600 * 5 :]) - 1) * 1e6 == pytest.approx(-ppm, abs=100)
    assert np.abs(np.diff(ratios)).max() <= 2 * STEP_MOST * 1.001  # two pushes now and then


def test_there_is_no_audible_step() -> None:
    """A minute of a tone through the buffer at 200 ppm: what is left beside the tone lies 55 dB below it."""
    rate, hz = 16_000, 440.0
    elastic = Elastic(rate)
    tone = (0.5 * np.sin(2 * np.pi * hz * np.arange(62 * rate) / rate)).astype(np.float32)
    out, pushed, at = [], 0.0, 0
    for _ in range(60 * 50):
        pushed += 320 * (1 + 200e-6)
        while pushed >= 320:
            elastic.push(tone[at : at + 320])
            at += 320
            pushed -= 320
        out.append(elastic.pull(320))
    heard = np.concatenate(out)[5 * rate :].astype(np.float64)
    assert elastic.dry == 0
    worst = 0.0
    for second in range(0, len(heard) - rate, rate):
        piece = heard[second : second + rate // 4]
        t = np.arange(len(piece)) / rate
        best = min(_residual(piece, t, hz * (1 + p * 1e-6)) for p in np.linspace(-400, 0, 41))
        worst = max(worst, best)
    assert 20 * math.log10(worst) < -55
    assert np.abs(np.diff(heard)).max() < 1.02 * np.abs(np.diff(tone)).max()


def _residual(piece: np.ndarray, t: np.ndarray, hz: float) -> float:
    base = np.stack([np.sin(2 * np.pi * hz * t), np.cos(2 * np.pi * hz * t)], 1)
    fit, *_ = np.linalg.lstsq(base, piece, rcond=None)
    return float(np.std(piece - base @ fit) / np.std(piece))


@pytest.mark.parametrize("ratio", [1.0, 1 - MOST, 1 + MOST])
def test_a_stretcher_keeps_a_tone_clean_and_its_count_right(ratio: float) -> None:
    rate = 16_000
    for hz in (200.0, 3_000.0, 6_000.0):
        tone = (0.5 * np.sin(2 * np.pi * hz * np.arange(2 * rate) / rate)).astype(np.float32)
        stretcher = Stretcher()
        out = np.concatenate([stretcher.push(piece, ratio) for piece in np.array_split(tone, 97)])
        assert abs(len(out) - len(tone) * ratio) < 20
        piece = out[rate // 2 : rate].astype(np.float64)
        assert 20 * math.log10(_residual(piece, np.arange(len(piece)) / rate, hz / ratio)) < -65


def test_a_burst_is_worked_off_in_silence_and_speech_is_left_alone() -> None:
    rate = 16_000
    speech, quiet = np.full(320, 0.3, np.float32), np.zeros(320, np.float32)
    elastic = Elastic(rate)
    for _ in range(30):
        elastic.push(speech)
    for _ in range(10):
        elastic.push(speech)
        elastic.pull(320)
    assert elastic.fill > 0.5 * rate
    for _ in range(60):
        elastic.push(quiet)
        elastic.pull(320)
    assert elastic.fill < 0.17 * rate
    assert elastic.dropped == 0


def test_what_does_not_fit_is_dropped_and_what_is_not_there_is_silence() -> None:
    elastic = Elastic(8_000, longest_s=0.5)
    assert not elastic.pull(80).any()
    elastic.push(np.full(8_000, 0.5, np.float32))
    assert elastic.fill == 4_000
    assert elastic.dropped == pytest.approx(4_000, abs=POINTS_SLACK)
    assert len(elastic.pull(5_000)) == 5_000
    assert elastic.dry == 0  # less than was asked for: it waits until that much is there
    assert not elastic.pull(5_000).any()
    assert len(elastic.pull(4_000).nonzero()[0]) == 4_000
    elastic.pull(1_000)
    assert elastic.dry == 1_000
    assert len(Stretcher().push(np.zeros(0, np.float32), 1.0)) == 0


POINTS_SLACK = 32
