"""The labelled set for the disagreement flag, and the recipe of its constants."""

import numpy as np
import pytest

from warmline.emotion.fusion import Sides, disagreement, with_words, word_sides
from warmline.emotion.tagger.scripted import tags_for
from warmline.emotion.training.corpora import Clip
from warmline.emotion.training.disagreement import SIDES, auc, disagrees, pairs, sentences
from warmline.emotion.training.fusion_fit import fit
from warmline.emotion.words_in_context import read_in_context


def test_our_sentences_are_even_and_read_on_their_side():
    said = sentences()
    assert {side: sum(one.side == side for one in said) for side in SIDES} == dict.fromkeys(SIDES, 20)
    read = [word_sides(read_in_context().read(one.text)).shares for one in said]
    right = [SIDES[int(np.argmax(shares))] == one.side for shares, one in zip(read, said, strict=True)]
    assert np.mean(right) >= 0.8


@pytest.mark.parametrize(
    ("voice", "words", "verdict"),
    [
        ("negative", "positive", True),
        ("negative", "neutral", True),
        ("negative", "negative", False),
        ("positive", "negative", True),
        ("positive", "neutral", None),
        ("neutral", "negative", None),
        ("neutral", "neutral", False),
    ],
)
def test_who_disagrees(voice, words, verdict):
    assert disagrees(voice, words) is verdict


def test_pairs_are_half_and_half_and_repeatable():
    labels = ("sad", "angry", "happy", "neutral", "surprised")
    clips = [Clip(f"{n}.wav", labels[n % 5], "s", "f", "c") for n in range(300)]
    drawn = pairs(clips, sentences(), 200, seed=1)
    assert len(drawn) == 200
    assert sum(pair.disagrees for pair in drawn) == 100
    assert drawn == pairs(clips, sentences(), 200, seed=1)
    assert all(clips[pair.clip].label != "surprised" for pair in drawn)


def test_auc_by_hand():
    assert auc(np.array([0.9, 0.4, 0.5, 0.1]), np.array([True, True, False, False])) == 0.75
    assert np.isnan(auc(np.array([0.9]), np.array([True])))


def test_the_recipe_finds_that_opposite_masses_disagree():
    dark, plain, bright = Sides(0.9, 0.05, 0.05), Sides(0.05, 0.9, 0.05), Sides(0.05, 0.05, 0.9)
    voices = [("sad", dark), ("happy", bright), ("neutral", plain)] * 20
    words = [("negative", dark), ("neutral", plain), ("positive", bright)] * 3
    masses, _ = fit(voices, words)
    assert masses[0, 2] > 0.0 > masses[0, 0]
    assert masses[2, 0] > 0.0 > masses[2, 2]


def test_the_chance_is_kept_with_the_tags():
    fine = read_in_context().read("I'm fine, really, everything is good.")
    tags = with_words(tags_for("sad", 0.85), fine)
    assert tags.words_disagree
    assert tags.disagreement == disagreement(tags_for("sad", 0.85), fine) > 0.65
    assert with_words(tags_for("happy", 0.85), fine).disagreement < 0.35
