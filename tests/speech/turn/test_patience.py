"""Patience: a better score waits less, and nothing heard about halting speech ever shortens the wait."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from warmline.speech.turn.patience import (
    HABIT_S,
    LONGEST_S,
    UNFINISHED_S,
    UNSURE,
    Manner,
    ended,
    is_whole,
    opens_a_story,
    trails_off,
    wait,
)
from warmline.speech.types import samples_of

SCORES = st.floats(0.0, 1.0)
TEXTS = st.sampled_from(
    ["", "I am tired.", "I had a fight with my sister last night.", "and then I", "I don't know what to do", "so um"]
)
MANNERS = st.builds(
    Manner,
    longest_pause_s=st.floats(0, 5),
    pauses=st.integers(0, 9),
    arousal=st.floats(-1, 1),
    distress=st.floats(1, 5),
    rate_syllables_s=st.floats(0, 8),
    asked_open=st.booleans(),
    sobs=st.integers(0, 4),
    cut_before=st.integers(0, 9),
    habit_pause_s=st.floats(0, 5),
)


def test_a_finished_sentence_is_answered_soon_and_a_cut_one_is_waited_for() -> None:
    assert wait(0.98, "I am so tired.", Manner()) <= samples_of(0.7)
    assert wait(0.05, "I lost", Manner()) >= samples_of(1.2)


@pytest.mark.parametrize("text", ["I was going to", "and", "it's because", "I mean,", "she said...", "so um"])
def test_words_that_break_off_are_waited_for_whatever_the_score(text: str) -> None:
    assert trails_off(text)
    assert wait(0.97, text, Manner()) >= samples_of(UNFINISHED_S)


@pytest.mark.parametrize("text", ["I am tired.", "It went really well!", "I think so.", "I don't know.", ""])
def test_words_that_may_end_do_not_trail_off(text: str) -> None:
    assert not trails_off(text)


@pytest.mark.parametrize(
    "text", ["I had a fight with my sister last night.", "My boss called me into his office", "I moved here in March."]
)
def test_a_story_that_has_only_begun_is_given_room(text: str) -> None:
    assert opens_a_story(text)
    assert not opens_a_story(f"{text} I am so tired")


@pytest.mark.parametrize(
    "text", ["My dog died and the house is so quiet now.", "What should I do?", "I don't know.", "Yes.", "Hello there."]
)
def test_words_that_weigh_or_ask_are_answered_sooner(text: str) -> None:
    assert not opens_a_story(text)


def test_a_whole_sentence_says_that_the_piece_is_said() -> None:
    said = "I had a fight with my sister, and I don't know how to fix it"
    assert is_whole(f"{said}.")
    assert not is_whole(said)
    assert not is_whole(f"{said}, and...")
    assert not is_whole("He says he needs space.")
    assert wait(0.3, f"{said}.", Manner()) < wait(0.3, f"{said}, and", Manner())


def test_words_count_where_the_sound_is_in_doubt() -> None:
    assert ended(0.5, "I lost my job last week") > ended(0.5, "I lost my job last") > ended(0.5, "I lost my")
    assert wait(0.5, "I can't sleep because I worry about my", Manner()) > wait(0.5, "I can't sleep.", Manner())


def test_a_person_who_pauses_long_is_waited_for_past_the_habit_unless_clearly_done() -> None:
    halting = Manner(habit_pause_s=1.6)
    assert ended(0.3, "My sister said it") < UNSURE[0]
    assert wait(0.3, "My sister said it", halting) >= samples_of(1.15 * HABIT_S)
    assert wait(0.3, "My sister said it", halting) > wait(0.3, "My sister said it", Manner())
    assert wait(1.0, "I am so tired.", halting) == wait(1.0, "I am so tired.", Manner())


@given(SCORES, SCORES, TEXTS, MANNERS)
def test_a_higher_score_never_waits_longer(a: float, b: float, text: str, manner: Manner) -> None:
    low, high = sorted((a, b))
    assert wait(high, text, manner) <= wait(low, text, manner)


@given(SCORES, TEXTS, MANNERS)
def test_manner_only_lengthens_and_is_bounded(score: float, text: str, manner: Manner) -> None:
    assert wait(score, text, Manner()) <= wait(score, text, manner) <= samples_of(LONGEST_S)


@given(SCORES, TEXTS, MANNERS, st.floats(0, 3))
def test_each_sign_of_halting_speech_waits_longer_or_as_long(
    score: float, text: str, manner: Manner, more: float
) -> None:
    plain = wait(score, text, manner)
    slow = manner.rate_syllables_s
    for halting in (
        replace(manner, longest_pause_s=manner.longest_pause_s + more),
        replace(manner, habit_pause_s=manner.habit_pause_s + more),
        replace(manner, pauses=manner.pauses + 1),
        replace(manner, sobs=manner.sobs + 1),
        replace(manner, cut_before=manner.cut_before + 1),
        replace(manner, arousal=max(-1.0, manner.arousal - more)),
        replace(manner, distress=min(5.0, manner.distress + more)),
        replace(manner, asked_open=True),
        replace(manner, rate_syllables_s=max(slow - more, min(slow, 0.5))),  # 0 would mean that nothing is known
    ):
        assert wait(score, text, halting) >= plain


def test_tearful_low_speech_earns_a_longer_wait() -> None:
    tearful = Manner(arousal=-0.6, distress=4.5, sobs=1, pauses=3, longest_pause_s=1.2)
    assert wait(0.6, "I miss her.", tearful) > 1.4 * wait(0.6, "I miss her.", Manner())
