"""The segmenter: early first clause, nothing split that belongs together, nothing lost, the same for any split."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from warmline.dialogue.segment import Segment, Segmenter
from warmline.dialogue.speakable import speakable, words_of


def cut(text: str, *pieces: str) -> list[str]:
    segmenter = Segmenter()
    found: list[Segment] = []
    for piece in pieces or (text,):
        found += segmenter.feed(piece)
    return [segment.text for segment in found + segmenter.finish()]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Okay.", ["Okay."]),
        ("That sounds heavy, and it is late.", ["That sounds heavy,", "and it is late."]),
        ("No, not at all. Go on.", ["No, not at all.", "Go on."]),
        ("Losing her so fast — that leaves a gap.", ["Losing her so fast,", "that leaves a gap."]),
        ("You carry so much for them and nobody sees it.", ["You carry so much for them,", "and nobody sees it."]),
        ("It cost 1,000 pounds and took 3.5 hours.", ["It cost 1,000 pounds,", "and took 3.5 hours."]),
        ("Dr. Smith came at 9 a.m. on Monday. Good.", ["Dr. Smith came at 9 a.m. on Monday.", "Good."]),
        ("J. Doe was there. I see.", ["J. Doe was there.", "I see."]),
        ('He said "no, never, not once" to you. Ouch.', ['He said "no, never, not once" to you.', "Ouch."]),
        ("So... it went on? Yes!", ["So...", "it went on?", "Yes!"]),
        ("You feel torn. You feel torn. What now?", ["You feel torn.", "What now?"]),
        ("1. Walk a bit.\n2. Breathe out.", ["Walk a bit.", "Breathe out."]),
        ("First line\nsecond line", ["First line", "second line"]),
        ("", []),
        ("😊 ** [reflect] ", []),
    ],
)
def test_pieces(text: str, expected: list[str]) -> None:
    assert cut(text) == expected


def test_the_first_clause_comes_before_the_sentence_ends() -> None:
    segmenter = Segmenter()
    assert segmenter.feed("You sound worn out,") == [Segment("You sound worn out,", False)]


def test_a_sentence_waits_to_know_whether_it_is_the_last() -> None:
    segmenter = Segmenter()
    assert segmenter.feed("You sound worn out. ") == []
    assert segmenter.feed("W") == [Segment("You sound worn out.", True)]
    assert segmenter.feed("hy?") == []
    assert segmenter.finish() == [Segment("Why?", True)]


def test_a_later_sentence_is_not_chopped_at_every_comma() -> None:
    text = "You sound worn out. After all of that, and with so little sleep, it would be strange to be fine."
    assert len(cut(text)) <= 3


def test_a_reply_that_goes_on_has_no_early_clause() -> None:
    segmenter = Segmenter(first=False)
    assert segmenter.feed("and then, you see, it stopped") == []


def test_without_a_breath_it_ends_at_its_own_commas_only() -> None:
    text = "you seem to feel tense between you and your mother"
    assert Segmenter().feed(f"{text} ") == [Segment("you seem to feel tense between you,", False)]
    assert Segmenter(breath=False).feed(f"{text} ") == []
    assert Segmenter(breath=False).feed("you seem torn,") == [Segment("you seem torn,", False)]


TEXTS = st.text(alphabet=st.sampled_from('abI ,.?!;:\n-—"“”[]()*_#1😊é你。'), max_size=120)


@given(TEXTS, st.lists(st.integers(0, 120), max_size=8))
def test_any_split_gives_the_same_pieces(text: str, at: list[int]) -> None:
    cuts = [0, *sorted(place for place in at if place <= len(text)), len(text)]
    pieces = [text[start:end] for start, end in pairwise(cuts)]
    assert cut(text, *pieces) == cut(text)


WORDS = st.lists(
    st.sampled_from(["you", "sound", "tired", "and", "3.5", "it,", "was.", "late?", "Dr.", "so;", "home"]), max_size=30
)


@given(WORDS)
def test_nothing_is_lost(words: list[str]) -> None:
    """Every word comes out once and in order, but for a piece that repeats an earlier one word for word."""
    out = words_of(" ".join(cut(" ".join(words))))
    rest = iter(words_of(" ".join(words)))
    assert all(word in rest for word in out)
    assert set(out) == set(words_of(" ".join(words)))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("**You** are _brave_.", "You are brave."),
        ("Assistant: I hear you.", "I hear you."),
        ("(sighs) I see.", "I see."),
        ("*nods* That hurts.", "That hurts."),
        ("I hear you 💛.", "I hear you."),
        ('"You matter."', "You matter."),
        ("[link](https://x.org) here", "link here"),
        ("<b>so</b>", "so"),
        ("—", ""),
    ],
)
def test_speakable(text: str, expected: str) -> None:
    assert speakable(text) == expected
