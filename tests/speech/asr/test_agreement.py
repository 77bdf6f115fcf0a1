"""Stable words are append-only and always what the reader was shown before, whatever the decodes say."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from warmline.speech.asr.agreement import Agreement, matched

WORDS = st.lists(st.sampled_from(["I", "i", "went", "want", "to", "the", "shop.", "shop", "-", "home,"]), max_size=8)


@given(st.lists(WORDS, max_size=12))
def test_stable_only_grows_and_begins_every_later_text(decodes: list[list[str]]) -> None:
    state, seen = Agreement(), list[tuple[str, ...]]()
    for words in decodes:
        state = state.heard(words)
        seen.append(state.stable)
        for before in seen:
            assert state.words[: len(before)] == before


@given(st.lists(WORDS, max_size=6), WORDS)
def test_a_cut_loses_no_stable_word(decodes: list[list[str]], last: list[str]) -> None:
    state = Agreement()
    for words in decodes:
        state = state.heard(words)
    done, rest = state.split(last)
    assert (done + rest.stable)[: len(state.stable)] == state.stable


@given(WORDS)
def test_the_same_decode_twice_settles_all_but_the_last_word(words: list[str]) -> None:
    state = Agreement().heard(words).heard(words)
    assert state.words == tuple(words)
    assert state.stable == tuple(words[:-1])


def test_case_and_punctuation_do_not_disagree() -> None:
    state = Agreement().heard(["well", "I", "Know"]).heard(["Well,", "I", "know", "it."])
    assert state == Agreement(("Well,", "I", "know"), ("it.",))


def test_one_decode_alone_settles_nothing() -> None:
    assert Agreement().heard(["I", "am", "tired"]).stable == ()


def test_a_word_that_appears_before_stable_words_is_not_said_twice() -> None:
    state = Agreement(("I", "went", "home"), ())
    assert state.heard(["So", "I", "went", "home", "and", "slept"]).words == ("I", "went", "home", "and", "slept")


def test_an_empty_decode_keeps_what_is_stable() -> None:
    assert Agreement(("I", "am"), ("tired",)).heard([]) == Agreement(("I", "am"), ())


def test_a_cut_before_the_end_of_the_stable_words_hands_on_the_rest() -> None:
    state = Agreement(("I", "lost", "my", "job", "and", "then"), ("she",))
    done, rest = state.split(["I", "lost", "my", "jobs."])
    assert done == ("I", "lost", "my", "job")
    assert rest == Agreement(("and", "then"), ())


def test_a_cut_after_the_stable_words_takes_the_last_decode_for_the_rest() -> None:
    done, rest = Agreement(("I", "lost"), ("my",)).split(["I", "lost", "my", "job."])
    assert done == ("I", "lost", "my", "job.")
    assert rest == Agreement()


def test_of_equally_good_matches_the_nearest_in_length_counts() -> None:
    assert matched(["a", "b"], ["x", "y", "z"]) == 2
    assert matched([], ["x", "y"]) == 0
    assert matched(["a", "b"], []) == 0
