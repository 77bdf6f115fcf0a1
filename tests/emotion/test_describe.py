"""The wording for the prompt, word for word."""

import math
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from warmline.emotion.describe import describe
from warmline.emotion.mood import over
from warmline.emotion.tagger.scripted import tags_for
from warmline.emotion.types import LABELS, ParalinguisticTags, Prosody, VocalEvent

PLAIN = Prosody(150.0, 7.0, 0.0, -25.0, 20.0, 4.5, 0.1, 0.3, 0.01, 0.05, -8.0, 0.7)
SLOW = replace(PLAIN, rate_syllables_s=2.4)
HALTING = replace(PLAIN, pause_share=0.45)
FLAT = replace(PLAIN, f0_range_st=2.5, rate_syllables_s=math.nan)

GOLDEN = [
    (tags_for("sad", 0.85), SLOW, "voice: slow; likely sad"),
    (replace(tags_for("sad", 0.85), arousal=-0.5), SLOW, "voice: low, slow; likely sad"),
    (replace(tags_for("sad", 0.5), arousal=-0.5), HALTING, "voice: low, halting; perhaps sad"),
    (tags_for("angry", 0.9), replace(PLAIN, rate_syllables_s=7.0), "voice: tense, fast; likely angry"),
    (tags_for("fearful", 0.9), PLAIN, "voice: tense; likely afraid"),
    (tags_for("happy", 0.9), replace(PLAIN, f0_range_st=15.0), "voice: bright, lively; likely happy"),
    (tags_for("neutral", 0.9), PLAIN, ""),
    (tags_for("neutral", 0.9), FLAT, "voice: flat"),
    (tags_for("calm", 0.7), None, "voice: likely calm"),
    (replace(tags_for("sad", 0.7), label=None), SLOW, "voice: slow"),
    (replace(tags_for("sad", 0.9), words_disagree=True), SLOW, "voice: slow; likely sad; words disagree"),
    (ParalinguisticTags.unknown(), SLOW, ""),
]


@pytest.mark.parametrize(("tags", "prosody", "text"), GOLDEN)
def test_golden(tags, prosody, text):
    assert describe(replace(tags, prosody=prosody)) == text


LOW = replace(tags_for("sad", 0.85), arousal=-0.5)


@pytest.mark.parametrize(
    ("usual", "text"),
    [
        (("slower",), "voice: slower than usual, low; likely sad"),
        (("slower", "quieter"), "voice: slower and quieter than usual; likely sad"),
        (("slower", "12 dB"), "voice: slower than usual, low; likely sad"),
        ((), "voice: low, slow; likely sad"),
    ],
)
def test_against_the_persons_own_usual(usual, text):
    assert describe(replace(LOW, prosody=SLOW), usual=usual) == text


def test_a_change_of_mood_is_named_once_it_is_sure():
    turns = [replace(tags_for("sad", 0.9), valence=value) for value in (-0.7, -0.7, -0.7, 0.2, 0.3, 0.3)]
    assert describe(LOW, over(turns)) == "voice: low; likely sad; easing"
    assert describe(LOW, over(turns[:3])) == "voice: low; likely sad"
    assert describe(ParalinguisticTags.unknown(), over(turns)) == ""


def test_sounds_heard_for_sure_are_named():
    sob = VocalEvent("sob", 0, 8000, 0.8)
    assert describe(replace(tags_for("sad", 0.9), events=(sob,))) == "voice: sobbing; likely sad"
    assert describe(replace(tags_for("sad", 0.9), events=(replace(sob, confidence=0.3),))) == "voice: likely sad"


measured = st.one_of(st.just(math.nan), st.floats(-100, 500))


@given(
    st.sampled_from(["", *LABELS]),
    st.floats(0, 1),
    st.floats(-1, 1),
    st.booleans(),
    st.builds(Prosody, *[measured] * 12),
    st.lists(
        st.builds(VocalEvent, st.sampled_from(["laugh", "sob", "long pause"]), st.just(0), st.just(9), st.just(1.0))
    ),
)
def test_never_long_never_a_number_never_a_feeling_under_doubt(label, confidence, arousal, disagree, prosody, events):
    tags = replace(tags_for("sad", confidence), label=label or None, arousal=arousal, words_disagree=disagree)
    text = describe(replace(tags, prosody=prosody, events=tuple(events)))
    assert len(text.split()) <= 8
    assert not any(letter.isdigit() for letter in text)
    if not label or confidence == 0.0:
        assert "likely" not in text
        assert "perhaps" not in text
