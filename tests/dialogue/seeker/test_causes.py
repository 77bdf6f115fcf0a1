"""The reason in the person's own words."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from warmline.dialogue.seeker.causes import LONGEST, cause_in, shipped_reader
from warmline.emotion.text.reader import shipped


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("I feel awful. My best friend moved away last month.", "friend"),
        ("I failed the exam and I am so disappointed in myself.", "exam"),
        ("I'm scared because they may cut my hours.", "hours"),
    ],
)
def test_the_reason_is_found(text, word):
    found = cause_in((), text, shipped())
    assert word in found
    assert found in text


@pytest.mark.parametrize("text", ["Hi.", "Okay.", ""])
def test_few_words_carry_none(text):
    assert cause_in(((False, "How are you?"),), text, shipped()) == ""


def test_without_the_encoder_rules_answer():
    assert cause_in((), "I am sad because my dog died.", None) == "my dog died"


@settings(max_examples=20)
@given(st.text(max_size=300))
def test_a_cause_is_always_the_persons_own_words(text):
    found = cause_in(((False, "What happened?"),), text, shipped_reader())
    assert found in text or " ".join(found.split()) in " ".join(text.split())
    assert len(found.split()) <= LONGEST
