"""Events that can be told honestly: pauses and fillers."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from warmline.emotion.events.pauses import filled_pauses, long_pauses, repairs
from warmline.speech.types import Word


def spoken(*stretches: tuple[bool, int]) -> np.ndarray:
    return np.concatenate([np.full(count, voice) for voice, count in stretches])


def test_a_long_pause_lies_where_the_silence_is():
    (event,) = long_pauses(spoken((False, 50), (True, 80), (False, 150), (True, 60), (False, 200)), start=16_000)
    assert (event.kind, event.start, event.end) == ("long pause", 16_000 + 130 * 160, 16_000 + 280 * 160)
    assert event.confidence == 1.0


def test_a_short_pause_is_no_event_and_a_doubtful_one_says_so():
    assert long_pauses(spoken((True, 80), (False, 95), (True, 60))) == ()
    (event,) = long_pauses(spoken((True, 80), (False, 105), (True, 60)))
    assert 0.5 <= event.confidence < 0.6


@given(st.lists(st.booleans(), max_size=400))
def test_pauses_are_inside_the_speech(frames):
    heard = np.array(frames, bool)
    for event in long_pauses(heard):
        assert heard[: event.start // 160].any()
        assert heard[event.end // 160 :].any()
        assert not heard[event.start // 160 : event.end // 160].any()


def words(text: str) -> tuple[Word, ...]:
    return tuple(Word(word, at * 100, at * 100 + 80, 0.7) for at, word in enumerate(text.split()))


def test_fillers_are_found_and_assent_is_none():
    found = filled_pauses(words("Um, I was, uh, going erm to the hmm drum museum"))
    assert [event.start for event in found] == [0, 300, 500, 800]
    assert all(event.kind == "filled pause" and event.confidence == 0.7 for event in found)
    assert filled_pauses(words("mhm mm-hm her ah-ha a uh-huh umbrella")) == ()


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("I I don't know", ["I I"]),
        ("and then she, uh, she left", ["she, uh, she"]),
        ("I was I was at home", ["I was I was"]),
        ("on Monday, I mean on Tuesday", ["I mean"]),
        ("he came, no wait he called", ["no wait"]),
        ("it was very very cold and no, no, not again", []),
        ("she said that that was fine, he had had enough", []),
        ("I mean it when I say so", []),
        ("we talked and we walked", []),
    ],
)
def test_repairs_are_words_begun_anew(text, kept):
    said = words(text)
    found = [" ".join(word.text for word in said if event.start <= word.start < event.end) for event in repairs(said)]
    assert found == kept


@given(st.lists(st.sampled_from(["i", "was", "um", "no", "wait,", "mean", "a", ""]), max_size=12))
def test_any_words_are_answered_in_order(parts):
    found = repairs(tuple(Word(word, at * 100, at * 100 + 80, 0.7) for at, word in enumerate(parts)))
    assert all(event.start < event.end for event in found)
    assert [event.start for event in found] == sorted(event.start for event in found)
