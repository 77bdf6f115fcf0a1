"""What makes no difference to a listener makes none to the error rate."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from warmline.speech.asr.normalise import words_of
from warmline.speech.asr.scoring import Errors, errors, total


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Hello, World!", "hello world"),
        ("I'm sure it's fine.", "I am sure it is fine"),
        ("He won't; she can't.", "he will not she can not"),
        ("I cannot, don't ask.", "i can not do not ask"),
        ("Uh, I, um, went.", "I went"),
        ("2:30 pm", "two thirty p.m."),
        ("2.30. PM", "2:30 pm"),
        ("fourteen fifty-five", "1455"),
        ("forty-two line Bible", "42-line bible"),
        ("the fifteenth century", "the 15th century"),
        ("six hundred thousand", "600,000"),
        ("two thousand and twenty four", "2024"),
        ("twenty twenty", "2020"),
        ("a hundred and one", "101"),
        ("two hundred and first", "201st"),
        ("nine one one", "911"),
        ("nine eight eight", "9-8-8"),
        ("zero point five", "0.5"),
        ("6 × 10 = 60", "six times ten equals sixty"),
        ("12%", "twelve per cent"),
        ("$5", "five dollars"),
        ("Mr. Smith", "mister smith"),
        ("the colour grey, organised", "the color gray organized"),
        ("God bless 'em", "god bless them"),
        ("okay, alright", "OK all right"),
        ("it’s", "it's"),
        ("[laughs] yes (sighs)", "yes"),
        ("gonna wanna", "going to want to"),
    ],
)
def test_the_same_to_a_listener(one: str, other: str) -> None:
    assert words_of(one) == words_of(other)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("I can, and I will.", ["i", "can", "and", "i", "will"]),
        ("one hundred and done", ["100", "and", "done"]),
        ("ten twenty thirty", ["1020", "30"]),
        ("James's hour of our four sour tours", ["jamess", "hour", "of", "our", "4", "sour", "tours"]),
        ("a promise, a rise", ["a", "promise", "a", "rise"]),
        ("", []),
        ("...", []),
        ("été über", ["été", "über"]),
    ],
)
def test_words(text: str, words: list[str]) -> None:
    assert words_of(text) == words


@given(st.text(alphabet="abc '-.,019%$:\u2019[(", max_size=30))
def test_any_text_gives_words_without_space_or_punctuation(text: str) -> None:
    for word in words_of(text):
        assert word.isalnum()


@given(st.integers(0, 999_999))
def test_figures_stay_as_they_are(value: int) -> None:
    assert words_of(f"it was {value}") == ["it", "was", str(value)]


def test_errors_by_kind() -> None:
    assert errors(["a", "b", "c", "d"], ["a", "x", "c", "d", "e"]) == Errors(1, 0, 1, 4)
    assert errors(["a", "b", "c"], ["a", "c"]) == Errors(0, 1, 0, 3)
    assert errors([], ["a"]).rate != errors([], ["a"]).rate


@given(st.lists(st.sampled_from("abc"), max_size=8), st.lists(st.sampled_from("abc"), max_size=8))
def test_error_counts_add_up(reference: list[str], transcript: list[str]) -> None:
    found = errors(reference, transcript)
    assert found.words - found.dropped + found.added == len(transcript)
    assert abs(len(reference) - len(transcript)) <= found.edits <= max(len(reference), len(transcript))
    assert (found.edits == 0) == (reference == transcript)


def test_the_total_weighs_by_words() -> None:
    assert total([Errors(1, 0, 0, 2), Errors(0, 0, 0, 8)]).rate == pytest.approx(0.1)
