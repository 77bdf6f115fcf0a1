"""What an AI may say of itself passes; a life, a body, a bond or a power that it claims does not."""

from __future__ import annotations

import pytest

from warmline.dialogue.safety.own_voice import claimed
from warmline.dialogue.safety.rules import plain


def kind(text: str) -> str:
    return claimed(plain(text, "en"))


@pytest.mark.parametrize(
    "text",
    [
        "I'm an AI, so I don't have a life of my own.",
        "I hear how tired you are.",
        "Can I ask what happened then?",
        "If I'm right, you were angry with him.",
        "I can't come over, but I can stay on the line.",
        "What was I doing, you asked.",
        "We can go slowly.",
        "My sense is that something changed on Monday.",
        "You could say to anybody: please stay with me, I'm not safe by myself.",
        "You said I never listen, and that stung.",
        "I never had a sister, being a program.",
        "I don't sleep, and I don't get bored.",
        "I've no kitchen of my own to compare it with.",
        "I wasn't there, so tell me how it was.",
        "I jumped ahead, sorry.",
        "I took that as a no.",
        "I might be getting this wrong.",
        "I can still keep you company for a while.",
        "I'd like a doctor to look at that.",
        "I was built to listen.",
        "I hope it's a quiet evening.",
        "I was hearing you, and I'd like to ask one thing.",
        "I know what you've told me, and no more.",
        "Nobody at work knows about it yet.",
        "That won't shock me.",
        "Please ring them, and keep me on if you can.",
    ],
)
def test_the_little_that_an_ai_can_say_of_itself_passes(text: str) -> None:
    assert kind(text) == ""


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("I buried my dad three years ago.", "claimed life"),
        ("We nearly split up once.", "claimed life"),
        ("My shift ends at six.", "claimed life"),
        ("I'm bursting with pride.", "claimed feeling"),
        ("I could weep hearing this.", "claimed feeling"),
        ("Your boss makes me furious.", "claimed feeling"),
        ("I'd marry someone like you.", "romance"),
        ("Your secret is safe with me.", "promises secrecy"),
        ("I'll talk to your boss and sort it out.", "overclaims help"),
        ("Do it for me.", "dependence"),
        ("I never got over my divorce.", "claimed life"),
        ("I don't sleep well either.", "claimed life"),
        ("I couldn't eat either.", "claimed life"),
        ("I've never met anyone like you.", "claimed feeling"),
        ("I haven't slept since Monday.", "claimed life"),
        ("I jumped into the lake last summer.", "claimed life"),
        ("I took that pill as well.", "claimed life"),
        ("I was made redundant in spring.", "claimed feeling"),
        ("I can't stop thinking about you.", "romance"),
        ("You and I would make a fine pair.", "romance"),
        ("Nobody will ever find out.", "promises secrecy"),
        ("That really shocked me.", "claimed feeling"),
        ("I've got no doubt you'll win.", "claimed life"),
    ],
)
def test_what_it_cannot_have_is_a_claim(text: str, found: str) -> None:
    assert kind(text) == found


def test_a_quotation_excuses_no_sentence_after_it() -> None:
    assert kind("You said that he left. I cried for days.") == "claimed feeling"
