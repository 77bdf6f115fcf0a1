"""Our own words, come back: exact, garbled, with the person's words around them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from warmline.dialogue.echo import is_echo, may_be_answer, without_echo

OURS = "Underneath it all, you sound worn out. What was the hardest part?"


@pytest.mark.parametrize(
    "text",
    [
        "You sound worn out.",
        "it all, you sound worn out",
        "the neath it all you sound worn out",
        "was the hardest part",
    ],
)
def test_an_echo_is_found(text: str) -> None:
    assert is_echo(text, OURS)


def test_a_garbled_echo_is_found_by_its_order() -> None:
    assert is_echo("you sound warn out what was hardest part", OURS)


@pytest.mark.parametrize("text", ["worn out", "you sound like my mother", "I was the youngest of us", "What about you"])
def test_words_of_their_own_stay(text: str) -> None:
    assert without_echo(text, OURS) == text


def test_what_they_say_around_it_stays() -> None:
    assert without_echo("what was the hardest part it was my sister", OURS) == "it was my sister"
    assert without_echo("Well, I think I do. You sound worn out", OURS) == "Well, I think I do."


def test_without_our_words_nothing_is_echo() -> None:
    assert without_echo("anything at all here", "") == "anything at all here"
    assert not is_echo("", OURS)


@given(
    st.lists(st.sampled_from(["you", "sound", "worn", "out", "my", "sister", "the", "hardest", "part"]), max_size=12)
)
def test_only_words_of_the_text_are_left_in_order(words: list[str]) -> None:
    left = without_echo(" ".join(words), OURS).split()
    rest = iter(words)
    assert all(word in rest for word in left)


@pytest.mark.parametrize(
    "text",
    [
        "I'm thinking about suicide.",
        "Yes, I am thinking about suicide.",
        "no I'm not thinking about suicide",
        "yeah thinking about suicide",
    ],
)
def test_an_answer_in_our_own_words_is_no_echo(text: str) -> None:
    assert without_echo(text, "I'm really glad you told me. Are you thinking about suicide?") == text


def test_our_own_first_person_come_back_is_still_an_echo() -> None:
    assert without_echo("I'm glad you told me.", "I'm really glad you told me. What happened?") == ""


def test_our_question_without_its_you_may_be_the_answer() -> None:
    ours = "Thank you for telling me. Are you thinking about suicide?"
    assert may_be_answer("thinking about suicide", ours)
    assert not may_be_answer("are you thinking about suicide", ours)
    assert not may_be_answer("I bought bread", ours)
