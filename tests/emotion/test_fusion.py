"""When words and voice disagree, and when they only differ."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from warmline.emotion.fusion import disagree, with_words
from warmline.emotion.tagger.scripted import tags_for
from warmline.emotion.types import LABELS, ParalinguisticTags
from warmline.emotion.words import SILENT, Wording

FINE = Wording(0.2, SILENT.labels, True, 0.4)
GLAD = Wording(0.8, {"happy": 0.9}, False, 0.8)
DARK = Wording(-0.8, {"sad": 0.9}, False, 0.8)
PLAIN = Wording(0.0, {"neutral": 0.8}, False, 0.7)


@pytest.mark.parametrize(
    ("label", "confidence", "wording", "expected"),
    [
        ("sad", 0.8, FINE, True),
        ("fearful", 0.7, GLAD, True),
        ("happy", 0.8, DARK, True),
        ("sad", 0.9, PLAIN, True),
        ("sad", 0.5, PLAIN, False),
        ("sad", 0.8, DARK, False),
        ("happy", 0.8, GLAD, False),
        ("neutral", 0.9, DARK, False),
        ("calm", 0.9, DARK, False),
        ("sad", 0.3, FINE, False),
        ("", 0.9, FINE, False),
        ("sad", 0.8, SILENT, False),
    ],
)
def test_who_disagrees(label, confidence, wording, expected):
    tags = tags_for(label, confidence)
    assert disagree(tags, wording) is expected
    assert with_words(tags, wording).words_disagree is expected


def test_under_the_taggers_doubt_nothing_is_claimed():
    assert not disagree(replace(tags_for("sad", 0.8), label=None), FINE)


def test_words_move_the_valence_only_when_they_agree_and_never_past_their_own():
    tags = tags_for("neutral", 0.8)
    assert DARK.valence < with_words(tags, DARK).valence < tags.valence
    kept = tags_for("sad", 0.8)
    assert with_words(kept, FINE).valence == kept.valence


def test_words_make_no_tone_of_voice_out_of_nothing():
    assert with_words(ParalinguisticTags.unknown(), DARK) == ParalinguisticTags.unknown()


@given(st.sampled_from(["", *LABELS]), st.floats(0.13, 1), st.floats(-1, 1), st.booleans(), st.floats(0, 1))
def test_valence_stays_in_bounds(label, confidence, valence, waved, sure):
    tags = with_words(tags_for(label, confidence), Wording(valence, {"neutral": 0.5}, waved, sure))
    assert -1.0 <= tags.valence <= 1.0
