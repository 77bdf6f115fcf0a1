"""Tokens to words to times, and the voice that no token covers."""

from __future__ import annotations

import numpy as np
import pytest

from warmline.speech.asr.alignment import Alignment, Hole, aligned, alignment, groups, hole
from warmline.speech.types import AudioChunk

AUDIO = AudioChunk(np.zeros(32_000, np.float32), start=1_000)


def test_a_space_mark_begins_a_word() -> None:
    assert groups(["I", "'m", "Ġtired", ".", "ĠY", "es"]) == [(0, 2), (2, 4), (4, 6)]
    assert groups([]) == []


def test_a_token_begins_where_it_is_first_heard_and_ends_where_the_next_begins() -> None:
    found = alignment([(0, 5), (0, 6), (1, 7), (2, 20), (2, 30)], [0.5, 0.5, 0.25], 100)
    assert found == Alignment((5, 7, 20, 100), (0.5, 0.5, 0.25))


def test_a_token_without_a_place_begins_with_the_next() -> None:
    assert alignment([(0, 5), (2, 20)], [1.0, 1.0, 1.0, 1.0], 30).starts == (5, 20, 20, 30, 30)
    assert alignment([(0, 50)], [1.0], 30).starts == (30, 30)


def test_words_have_the_times_of_their_tokens() -> None:
    words = aligned(["I'm", "tired"], [(0, 2), (2, 3)], Alignment((5, 7, 20, 31), (0.5, 0.5, 0.25)), AUDIO)
    assert words is not None
    assert [(word.start, word.end) for word in words] == [(2_600, 7_400), (7_400, 10_920)]
    assert [word.confidence for word in words] == pytest.approx([0.5, 0.25])


def test_no_time_lies_beyond_the_audio() -> None:
    words = aligned(["I"], [(0, 1)], Alignment((400, 500), (1.0,)), AUDIO)
    assert words is not None
    assert (words[0].start, words[0].end) == (AUDIO.end, AUDIO.end)


@pytest.mark.parametrize(("words", "probabilities"), [(["I", "am"], (1.0,)), (["I"], ())])
def test_what_does_not_fit_gives_none(words: list[str], probabilities: tuple[float, ...]) -> None:
    assert aligned(words, [(0, 1)], Alignment((0, 1), probabilities), AUDIO) is None


def test_a_second_of_voice_on_one_token_is_a_hole() -> None:
    voiced = np.zeros(300, bool)
    voiced[0:60] = voiced[100:280] = True
    found = Alignment((0, 20, 40, 60, 300), (1.0, 1.0, 1.0, 1.0))
    assert hole(found, voiced, 50) == Hole(3, 60 * 320, 300 * 320)
    assert hole(found, voiced, 181) is None


def test_silence_on_one_token_is_none() -> None:
    voiced = np.zeros(300, bool)
    voiced[:60] = True
    assert hole(Alignment((0, 20, 40, 300), (1.0, 1.0, 1.0)), voiced, 50) is None


def test_a_sentence_left_out_in_the_middle_is_found() -> None:
    voiced = np.ones(200, bool)
    assert hole(Alignment((0, 20, 150, 170, 200), (1.0,) * 4), voiced, 50) == Hole(1, 20 * 320, 150 * 320)
