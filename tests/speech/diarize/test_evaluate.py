"""Verification figures on trials whose answer is known, and the calibration that is fitted to them."""

from __future__ import annotations

import math

import numpy as np
import pytest

from warmline.speech.diarize.base import Voiceprint, unit
from warmline.speech.diarize.embedded import NARROW, WIDE, Calibration, calibration
from warmline.speech.diarize.evaluate import Spoken, Trial, centred, equal_error, figures, fitted, mean_print, trials
from warmline.speech.diarize.voiceprint import SIZE


def people(spread: float, count: int = 6, clips: int = 12) -> list[Spoken]:
    chance, out = np.random.default_rng(0), []
    for who in range(count):
        centre = chance.standard_normal(32)
        for _ in range(clips):
            print_ = unit((centre + spread * chance.standard_normal(32)).astype(np.float32))
            out.append(Spoken(f"p{who}", "FM"[who % 2], Voiceprint(print_, 2.0, "made")))
    return out


def test_equal_error_of_known_scores() -> None:
    same = np.array([True] * 4 + [False] * 4)
    assert equal_error(np.array([0.9, 0.8, 0.7, 0.6, 0.5, 0.4, 0.3, 0.2]), same) == 0.0
    assert equal_error(np.array([0.9, 0.8, 0.7, 0.3, 0.6, 0.4, 0.2, 0.1]), same) == pytest.approx(0.25)
    assert equal_error(np.array([0.1] * 4 + [0.9] * 4), same) == pytest.approx(1.0)


def test_clearer_voices_have_fewer_errors() -> None:
    clear, muddled = (trials(people(spread), 2) for spread in (0.3, 3.0))
    good, bad = (figures(found, [0.5] * len(found), 0.1) for found in (clear, muddled))
    assert good.eer < 0.01 < bad.eer < 0.5
    assert good.trials == len(clear) == 6 * (10 + 5 * 4)
    assert bad.brier == pytest.approx(0.25)
    assert bad.cllr == pytest.approx(1.0)
    assert {trial.alike for trial in clear if trial.same} == {True}
    with pytest.raises(ValueError, match="callers and others"):
        figures([Trial(0.5, 1.0, True, True)], [0.5], 0.1)
    assert trials(people(0.3, clips=2), 2) == []


def test_the_fit_finds_the_curve_that_made_the_trials() -> None:
    chance, true = np.random.default_rng(1), Calibration(-8.0, 14.0, 0.8, np.zeros(SIZE, np.float32))
    made = []
    for _ in range(20_000):
        score, seconds_s = float(chance.uniform(0, 1)), float(chance.uniform(0.8, 4.0))
        same = bool(chance.random() < true.probability(score, seconds_s))
        made.append(Trial(score, seconds_s, same, True))
    bias, slope, log_s = fitted(made)
    share = np.mean([trial.same for trial in made])
    assert slope == pytest.approx(14.0, rel=0.1)
    assert log_s == pytest.approx(0.8, abs=0.2)
    assert bias + math.log(share / (1 - share)) == pytest.approx(-8.0, rel=0.1)  # the fit weighs both sides alike


def test_what_all_have_in_common_is_taken_away() -> None:
    shifted = [
        Spoken(one.speaker, one.group, Voiceprint(unit(one.voice.values + 1.0), 2.0, "made")) for one in people(1.0)
    ]
    before, after = shifted, centred(shifted, mean_print(shifted))
    scores = [np.mean([trial.score for trial in trials(each, 2) if not trial.same]) for each in (before, after)]
    assert scores[0] > 0.8 > 0.2 > scores[1]
    assert all(float(np.linalg.norm(one.voice.values)) == pytest.approx(1.0, abs=1e-5) for one in after)


@pytest.mark.parametrize("band", [WIDE, NARROW])
def test_the_shipped_calibration_rises_with_the_score(band: str) -> None:
    shipped = calibration(band)
    assert shipped.mean.shape == (SIZE,)
    assert [shipped.probability(score, 2.0) for score in (-1.0, 0.0, 0.3, 0.6, 1.0)] == sorted(
        shipped.probability(score, 2.0) for score in (-1.0, 0.0, 0.3, 0.6, 1.0)
    )
    assert shipped.probability(1.0, 2.0) > 0.95
    assert shipped.probability(-0.2, 2.0) < 0.1
