"""Figures against cases worked out by hand."""

import math
from dataclasses import replace

import numpy as np
import pytest

from warmline.emotion.training.corpora import Clip
from warmline.emotion.training.evaluate import (
    Heat,
    Scored,
    arousal_auc,
    calibration_error,
    classes_of,
    figures,
    gain,
    heat_for,
    restricted,
    risk_threshold,
    unweighted_recall,
)
from warmline.emotion.types import LABELS


def scored(truth: list[str], guesses: list[str], sure: list[float], arousal: list[float] | None = None) -> Scored:
    """Clips with ``truth`` of which ``guesses`` were made with probability ``sure``, the rest spread evenly."""
    chances = np.empty((len(truth), len(LABELS)))
    for row, (guess, top) in enumerate(zip(guesses, sure, strict=True)):
        chances[row] = (1.0 - top) / (len(LABELS) - 1)
        chances[row, LABELS.index(guess)] = top
    clips = tuple(Clip(f"{at}", label, f"S{at % 4}", "FM"[at % 2], "c") for at, label in enumerate(truth))
    return Scored(
        clips,
        np.log(chances).astype("f4"),
        np.array(arousal or [0.0] * len(truth), "f4"),
        np.full(len(truth), 0.5, "f4"),
    )


def test_recall_weighs_classes_and_not_clips():
    truth = np.array([0, 0, 0, 1])
    assert unweighted_recall(truth, np.array([0, 0, 0, 0])) == 0.5
    assert unweighted_recall(truth, truth) == 1.0
    assert math.isnan(unweighted_recall(truth[:0], truth[:0]))


def test_figures_of_a_small_case():
    case = scored(["sad", "sad", "happy", "angry"], ["sad", "happy", "happy", "sad"], [0.9, 0.5, 0.8, 0.6])
    found = figures(case, classes_of(case.clips, 8))
    assert found.classes == ("happy", "sad", "angry")
    assert found.wa == 0.5
    assert found.uar == pytest.approx((1.0 + 0.5 + 0.0) / 3)
    assert found.recall == {"happy": 1.0, "sad": 0.5, "angry": 0.0}
    assert found.gain_at_70 == pytest.approx(2 / 3 - 0.5)
    assert found.by_gender == {"F": 1.0, "M": 0.0}


def test_calibration_is_perfect_when_confidence_is_the_hit_rate():
    chances = np.array([[0.75, 0.25]] * 4)
    assert calibration_error(chances, np.array([0, 0, 0, 1])) == pytest.approx(0.0)
    assert calibration_error(chances, np.array([1, 1, 1, 1])) == pytest.approx(0.75)


def test_gain_is_nothing_when_confidence_says_nothing():
    chances = np.array([[0.6, 0.4]] * 10)
    assert abs(gain(chances, np.array([0, 1] * 5))) < 0.1


def test_four_classes_join_calm_to_neutral_and_drop_the_rest():
    case = scored(["calm", "fearful", "sad"], ["calm", "fearful", "angry"], [0.7, 0.9, 0.8])
    found = figures(case, classes_of(case.clips, 4))
    assert found.classes == ("sad", "neutral")
    assert found.n == 2
    assert found.recall["neutral"] == 1.0
    assert restricted(case.logs, ("angry", "neutral")).sum(axis=1) == pytest.approx([1.0] * 3)


def test_doubt_does_not_favour_the_joined_class():
    case = scored(["sad"], ["sad"], [0.2])
    assert figures(case, ("angry", "happy", "sad", "neutral")).wa == 1.0


def test_arousal_is_ranked():
    labels = ["angry", "happy", "sad", "neutral", "disgusted"]
    assert arousal_auc(scored(labels, labels, [0.9] * 5, [0.8, 0.6, -0.5, 0.1, 0.3])) == 1.0
    assert arousal_auc(scored(labels, labels, [0.9] * 5, [0.0] * 5)) == 0.5
    assert math.isnan(arousal_auc(scored(["sad"], ["sad"], [0.9])))


def test_temperature_cools_overconfidence_and_leaves_honesty():
    truth = ["sad", "happy"] * 50
    guesses = truth[:60] + ["happy", "sad"] * 20
    bold = scored(truth, guesses, [0.99] * 100)
    assert heat_for(bold).temperature > 1.8
    assert 0.5 <= heat_for(scored(truth, truth, [0.9] * 100)).temperature < 1.0
    cooled = bold.tempered(Heat(3.0))
    assert np.exp(cooled.logs).sum(axis=1) == pytest.approx([1.0] * 100, abs=1e-5)
    assert (cooled.logs.argmax(axis=1) == bold.logs.argmax(axis=1)).all()


def test_the_threshold_keeps_the_stated_risk():
    truth = ["sad"] * 1000
    guesses = ["sad"] * 500 + (["sad"] + ["happy"] * 4) * 100
    sure = list(np.linspace(0.95, 0.3, 1000))
    case = scored(truth, guesses, sure)
    cut = risk_threshold(case, 0.2)
    kept = [guess for guess, top in zip(guesses, sure, strict=True) if top >= cut - 1e-6]
    assert 0.15 < np.mean([guess != "sad" for guess in kept]) <= 0.2
    assert risk_threshold(scored(truth, ["happy"] * 1000, sure), 0.2) == 0.95


def test_strange_sound_is_cooled_and_familiar_sound_is_not():
    truth = ["sad", "happy"] * 100
    case = scored(truth, truth[:100] + ["happy", "happy"] * 50, [0.9] * 200)
    strange = np.where(np.arange(200) < 100, 0.6, 1.6).astype("f4")
    mixed = replace(case, strange=strange)
    heat = heat_for(mixed)
    assert heat.caution >= 1.0
    top = np.exp(mixed.tempered(heat).logs).max(axis=1)
    assert top[:100].min() > 0.85
    assert top[100:].max() < 0.6
