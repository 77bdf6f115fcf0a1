"""Text as ids, lines packed into one sequence, and how each question is put."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from warmline.emotion.text import inputs
from warmline.emotion.text.corpora import Said
from warmline.emotion.text.tokens import Passage, Pieces, Room, clip, word_pieces

VOCABULARY = [
    "[PAD]",
    "[UNK]",
    "[CLS]",
    "[SEP]",
    *"abcdefghijklmnopqrstuvwxyz'.,:?!",
    *(f"##{c}" for c in "abcdefghijklmnopqrstuvwxyz"),
]


@pytest.fixture(scope="module")
def pieces() -> Pieces:
    return word_pieces([*VOCABULARY, "self", "other", "fine", "sad", "i", "am"][:-2])


def test_ids_are_uncased_and_read_curly_apostrophes(pieces):
    assert pieces.ids("I’m FINE") == pieces.ids("i'm fine")
    assert pieces.ids("") == []


def test_the_judged_line_comes_first_and_the_rest_nearest_first(pieces):
    talk = tuple(Said(who, text, None) for who, text in [("a", "x"), ("b", "y"), ("a", "fine")])
    packed = inputs.spoken(pieces, talk, 2)
    self_id, other_id = pieces.ids("self")[0], pieces.ids("other")[0]
    assert packed.ids[0] == pieces.special.cls
    assert packed.ids[packed.spans[0][0]] == pieces.ids("fine")[0]
    assert packed.ids.index(other_id) < packed.ids.index(self_id)
    assert packed.types[: packed.spans[0][1] + 1] == (0,) * (packed.spans[0][1] + 1)
    assert set(packed.types[packed.spans[0][1] + 1 :]) == {1}


@given(st.lists(st.text(max_size=200), min_size=1, max_size=6), st.integers(8, 90))
def test_whatever_is_packed_keeps_its_bounds(lines, total):
    pieces = word_pieces(VOCABULARY)
    packed = pieces.pack([Passage(text, "a" if place else "") for place, text in enumerate(lines)], Room(40, 20, total))
    assert len(packed.ids) == len(packed.types) <= total + 1
    assert 1 <= len(packed.spans) <= len(lines)
    assert all(0 < start < end <= len(packed.ids) for start, end in packed.spans)


@given(st.lists(st.integers(), max_size=30), st.integers(0, 40))
def test_a_clip_keeps_both_ends(items, most):
    kept = clip(items, most)
    assert len(kept) == min(len(items), most)
    if most >= 2 and items:
        assert (kept[0], kept[-1]) == (items[0], items[-1])


def test_offsets_name_the_kept_tokens(pieces):
    text = "sad fine sad"
    assert [text[start:end] for start, end in pieces.offsets(text, 2)] == ["sad", "sad"]


def test_facts_of_causes():
    talk = tuple(Said(who, text, None) for who, text in [("a", "why?"), ("b", "no"), ("a", "oh")])
    facts = inputs.cause_facts(talk, 2, 3)
    assert facts.shape == (3, inputs.FURTHEST + 3)
    assert np.array_equal(facts[:, inputs.FURTHEST + 1], [1, 0, 1])
    assert np.array_equal(facts[:, inputs.FURTHEST + 2], [0, 0, 1])
