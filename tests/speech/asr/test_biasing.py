"""Hot words: the prompt they make, and which texts may be that prompt read back."""

from __future__ import annotations

import pytest

from warmline.speech.asr.biasing import alike, echoes, prompt

NAMES = ("Siobhan", "Nguyen", "Kirk Caldy")


def test_the_prompt_is_the_words_once_each_without_empty_ones() -> None:
    assert prompt(("Siobhan", " Kirk  Caldy ", "Siobhan", "--", "")) == " Siobhan, Kirk Caldy."
    assert prompt(()) == prompt(("", "!")) == ""


@pytest.mark.parametrize("text", ["Siobhan.", "Siobhan, Nguyen, Kirk Caldy.", "Oh, Nguyen Kirk Caldy"])
def test_the_list_read_back_is_suspected(text: str) -> None:
    assert echoes(text, NAMES)


@pytest.mark.parametrize("text", ["", "I miss Siobhan.", "Nguyen and Siobhan left", "Siobhan said so"])
def test_a_sentence_with_a_name_is_none(text: str) -> None:
    assert not echoes(text, NAMES)


def test_spellings_of_one_sound_are_alike_and_other_words_are_not() -> None:
    assert alike("Siobhan.", "Shivan")
    assert alike("My sister Siobhan left", "My sister, she von left")
    assert not alike("Siobhan, Nguyen", "Thank you.")
    assert not alike("", "anything")
