"""What is read aloud, and what never is."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from warmline.tts.readings import DIGITS, digits_said, telephone
from warmline.tts.spoken_text import LONGEST_SENTENCE, cleaned, said_words, sentences


def said(text: str) -> str:
    return " ".join(word.said for word in said_words(text))


def written(text: str) -> str:
    return " ".join(word.written for word in said_words(text))


@pytest.mark.parametrize(
    ("text", "spoken"),
    [
        ("**I'm** here 💛 with *you*.", "I'm here with you."),
        ("[sigh] I hear (softly) you.", "I hear you."),
        ("*takes a deep breath* Okay.", "Okay."),
        ("See [this page](https://example.org/a?b=1), please.", "See this page, please."),
        ("It is at https://example.org/a?b=1#c.", "It is at."),
        ("<b>Hi</b> there :) you <3", "Hi there you"),
        ("# Title\n- one\n- two", "Title. one. two"),
        ("`code` and ~~gone~~ __and__ _so_", "code and gone and so"),
        ("\x00\x1bhello\u200b wor\u00adld\ufeff", "hello world"),
        ("𝓗𝓮𝓵𝓵𝓸 ｗｏｒｌｄ", "Hello world"),
        ("Привет friend 你好", "friend"),
        ("and/or he/she", "and or he or she"),
        ("really?!?!", "really?"),
        ("Well - yes — and -- no", "Well— yes— and— no"),
        ("R&B & you", "R and B and you"),
        ("x" * 60 + " ok", "ok"),
        ("(yes) I know", "yes, I know"),
        ("NEVER alone, NHS", "never alone, NHS"),
    ],
)
def test_only_what_is_for_the_ear_is_said(text: str, spoken: str) -> None:
    assert said(text) == spoken


@pytest.mark.parametrize(
    "text", ["", " \n\t", "🙂🙂👍🏽", "...", "—", "***", "[sigh]", "(laughs)", "你好", "https://a.b/c", "\x00"]
)
def test_nothing_is_said_where_nothing_can_be(text: str) -> None:
    assert said_words(text) == ()


@pytest.mark.parametrize(
    ("text", "spoken"),
    [
        ("Call 988.", "Call nine eight eight."),
        ("Is that 988?", "Is that nine eight eight?"),
        ("Samaritans: 116 123, any time.", "Samaritans: one one six, one two three, any time."),
        ("Call the Samaritans on 116 123.", "Call the Samaritans on one one six, one two three."),
        ("Text HOME to 741741", "Text HOME to seven four one, seven four one"),
        ("Lifeline 13 11 14.", "Lifeline one three, one one, one four."),
        ("Call 1-800-273-8255", "Call one, eight zero zero, two seven three, eight two five five"),
        ("Ring (555) 123-4567", "Ring five five five, one two three, four five six seven"),
        ("Dial +44 20 7946 0958", "Dial plus four four, two zero, seven nine four six, zero nine five eight"),
        ("Dial 08001111", "Dial zero eight zero, zero one one, one one"),
        ("Open 24/7", "Open twenty-four seven"),
        ("at 7:30 pm or 9am", "at 7 30 PM or 9 AM"),
        ("at 10:00 or 7:05", "at 10 o'clock or 7 oh 5"),
        ("about 50% of us", "about 50 percent of us"),
        ("findahelpline.com", "findahelpline dot com"),
        ("write to help@example.org", "write to help at example dot org"),
        ("10-15 people in 2019-2020", "10 to 15 people in 2019 to 2020"),
        ("on 2024-03-02", "on March 2nd, 2024"),
        ("I paid $20 for 3 things", "I paid $20 for 3 things"),
    ],
)
def test_numbers_are_read_as_a_person_would(text: str, spoken: str) -> None:
    assert said(text) == spoken


def test_words_keep_how_they_were_written() -> None:
    assert written("Call 988, or *116 123*, at 9pm — please.") == "Call 988, or 116 123, at 9pm — please."


@pytest.mark.parametrize(("digits", "spoken"), [("", ""), ("112", "one one two"), ("1234", "one two three four")])
def test_short_numbers_are_one_group(digits: str, spoken: str) -> None:
    assert digits_said(digits) == spoken


@given(st.integers(5, 15))
def test_long_numbers_fall_into_groups_of_two_to_four(count: int) -> None:
    groups = [group.split() for group in digits_said("7" * count).split(", ")]
    assert sum(map(len, groups)) == count
    assert all(2 <= len(group) <= 4 for group in groups)


def test_sentences_are_cut_after_their_marks_but_not_after_titles() -> None:
    cut = [" ".join(word.said for word in part) for part in sentences(said_words("I saw Dr. Hall. Did it help? Yes!"))]
    assert cut == ["I saw Dr. Hall.", "Did it help?", "Yes!"]


@given(st.text(max_size=300))
def test_any_text_gives_words_without_control_characters(text: str) -> None:
    words = said_words(text)
    for word in words:
        assert word.said
        assert any(letter.isalnum() for letter in word.said)
        assert not any(ord(letter) < 32 or letter in "*`<>[]{}|" for letter in word.said + word.written)
    assert [word for part in sentences(words) for word in part] == list(words)
    assert "\n" not in cleaned(text)


def test_three_thousand_words_come_in_short_sentences() -> None:
    parts = list(sentences(said_words("and then it went on " * 600)))
    assert sum(map(len, parts)) == 3000
    assert max(map(len, parts)) <= LONGEST_SENTENCE


@pytest.mark.parametrize(
    ("text", "spoken"),
    [
        ("Since 2024-03-05.", "Since March 5th, 2024."),
        ("On 2021-11-22, and 2020-01-13.", "On November 22nd, 2021, and January 13th, 2020."),
        ("It takes 10-15 minutes.", "It takes 10 to 15 minutes."),
        ("It costs $5-10.", "It costs $5 to 10."),
        ("Small steps, e.g. a walk.", "Small steps, for example a walk."),
        ("Walk w/ a friend, b/c it helps.", "Walk with a friend, because it helps."),
        ("In 24 hrs, or 2 wks.", "In 24 hours, or 2 weeks."),
    ],
)
def test_dates_ranges_and_abbreviations_are_read_in_full(text: str, spoken: str) -> None:
    assert said(text) == spoken


@pytest.mark.parametrize("text", ["Call 116 123.", "Call nine, eight, eight.", "Dial 988 now.", "1-800-273-8255"])
def test_numbers_to_write_down_are_slow(text: str) -> None:
    words = said_words(text)
    numbers = [word for word in words if word.said.split()[0].strip(",.") in DIGITS]
    assert numbers
    assert all(word.slow for word in numbers)
    assert not any(word.slow for word in words if word not in numbers)


@pytest.mark.parametrize("text", ["I have two, maybe three of them.", "At 7:30 pm.", "In 2024, 50% of 1,250 people."])
def test_other_numbers_are_not(text: str) -> None:
    assert not any(word.slow for word in said_words(text))


def test_a_number_is_said_twice_when_asked() -> None:
    assert telephone("116 123", times=2) == "one one six, one two three. one one six, one two three."


def test_three_thousand_words_are_read_at_once() -> None:
    text = "Call 988 at 7:30 pm, e.g. on 2024-03-05, and it costs $3.50 for 10-15 people 💛. " * 220
    words = said_words(text)
    assert len(words) > 3000
    assert max(len(sentence) for sentence in sentences(words)) <= LONGEST_SENTENCE
