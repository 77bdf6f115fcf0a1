"""What stops us and what does not."""

import pytest

from warmline.dialogue.overlap import is_echo, takes_floor
from warmline.speech.types import samples_of


@pytest.mark.parametrize(
    "text", ["", "Mm-hm.", "mhm", "Yeah.", "Uh-huh, yeah.", "Okay.", "I see.", "Oh, right.", "Hmm"]
)
def test_a_listener_s_noises_let_us_go_on(text: str) -> None:
    assert not takes_floor(text, samples_of(0.4))


@pytest.mark.parametrize(
    "text", ["Stop.", "Wait.", "No.", "Yeah but that's not it", "Can I say something?", "okay so what about my sister"]
)
def test_words_take_the_floor(text: str) -> None:
    assert takes_floor(text, samples_of(0.4))


def test_a_click_holds_no_word() -> None:
    assert not takes_floor("No.", samples_of(0.08))


def test_our_own_words_come_back_are_no_claim_to_the_floor() -> None:
    ours = "Underneath it all, you sound worn out. What was the hardest part?"
    assert is_echo("you sound worn out what", ours)
    assert not is_echo("worn out", ours), "too few words to tell"
    assert not is_echo("you sound like my mother", ours)
