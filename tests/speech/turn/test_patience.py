"""Patience: a better score waits less, and nothing heard about halting speech ever shortens the wait."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from warmline.speech.turn.patience import LONGEST_S, STORY_S, WHOLE_S, Manner, is_whole, opens_a_story, trails_off, wait
from warmline.speech.types import samples_of

SCORES = st.floats(0.0, 1.0)


def test_a_finished_sentence_is_answered_soon_and_a_cut_one_is_waited_for() -> None:
    assert wait(0.98, "I am so tired.", Manner()) <= samples_of(0.85)
    assert wait(0.05, "I lost", Manner()) >= samples_of(1.2)


@pytest.mark.parametrize("text", ["I was going to", "and", "it's because", "I mean,", "she said...", "so um"])
def test_words_that_break_off_are_waited_for_whatever_the_score(text: str) -> None:
    assert trails_off(text)
    assert wait(0.97, text, Manner()) >= samples_of(2.2)


@pytest.mark.parametrize("text", ["I am tired.", "It went really well!", "I think so.", "I don't know.", ""])
def test_words_that_may_end_do_not_trail_off(text: str) -> None:
    assert not trails_off(text)


@pytest.mark.parametrize(
    "text", ["I had a fight with my sister last night.", "My boss called me into his office", "I moved here in March."]
)
def test_a_story_that_has_only_begun_is_given_room(text: str) -> None:
    assert opens_a_story(text)
    assert wait(1.0, text, Manner()) == samples_of(STORY_S)


@pytest.mark.parametrize(
    "text", ["My dog died and the house is so quiet now.", "What should I do?", "I don't know.", "Yes.", "Hello there."]
)
def test_words_that_weigh_or_ask_are_answered_sooner(text: str) -> None:
    assert not opens_a_story(text)


def test_a_whole_sentence_is_not_waited_for_long_even_if_it_sounded_open() -> None:
    said = "I had a fight with my sister, and I don't know how to fix it"
    assert is_whole(f"{said}.")
    assert wait(0.0, f"{said}.", Manner()) == samples_of(WHOLE_S)
    assert not is_whole(said)
    assert not is_whole(f"{said}, and...")
    assert not is_whole("He says he needs space.")


@given(SCORES, SCORES)
def test_a_higher_score_never_waits_longer(a: float, b: float) -> None:
    low, high = sorted((a, b))
    assert wait(high, "I am tired.", Manner()) <= wait(low, "I am tired.", Manner())


@given(
    SCORES,
    st.builds(
        Manner,
        longest_pause_s=st.floats(0, 5),
        pauses=st.integers(0, 9),
        arousal=st.floats(-1, 1),
        distress=st.floats(1, 5),
        rate_syllables_s=st.floats(0, 8),
        asked_open=st.booleans(),
        sobs=st.integers(0, 4),
        cut_before=st.integers(0, 9),
    ),
)
def test_manner_only_lengthens_and_is_bounded(score: float, manner: Manner) -> None:
    plain = wait(score, "I am tired.", Manner())
    assert plain <= wait(score, "I am tired.", manner) <= samples_of(LONGEST_S)


def test_tearful_low_speech_earns_a_longer_wait() -> None:
    tearful = Manner(arousal=-0.6, distress=4.5, sobs=1, pauses=3, longest_pause_s=1.2)
    assert wait(0.6, "I miss her.", tearful) > 1.4 * wait(0.6, "I miss her.", Manner())
