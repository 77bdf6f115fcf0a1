"""Tokens to words to times."""

from __future__ import annotations

import numpy as np
import pytest

from warmline.speech.asr.alignment import aligned, groups
from warmline.speech.types import AudioChunk

AUDIO = AudioChunk(np.zeros(32_000, np.float32), start=1_000)


def test_a_space_mark_begins_a_word() -> None:
    assert groups(["I", "'m", "Ġtired", ".", "ĠY", "es"]) == [(0, 2), (2, 4), (4, 6)]
    assert groups([]) == []


def test_times_are_those_of_the_first_and_the_last_token() -> None:
    path = [(0, 5), (0, 6), (1, 7), (2, 20), (2, 30)]
    words = aligned(["I'm", "tired"], [(0, 2), (2, 3)], path, [0.5, 0.5, 0.25], AUDIO)
    assert words is not None
    assert [(word.start, word.end) for word in words] == [(2_600, 3_560), (7_400, 10_920)]
    assert [word.confidence for word in words] == pytest.approx([0.5, 0.25])


def test_no_time_lies_beyond_the_audio() -> None:
    words = aligned(["I"], [(0, 1)], [(0, 400)], [1.0], AUDIO)
    assert words is not None
    assert (words[0].start, words[0].end) == (AUDIO.end, AUDIO.end)


@pytest.mark.parametrize(
    ("words", "path", "probabilities"),
    [(["I", "am"], [(0, 1)], [1.0]), (["I"], [], [1.0]), (["I"], [(0, 1)], [])],
)
def test_what_does_not_fit_gives_none(
    words: list[str], path: list[tuple[int, int]], probabilities: list[float]
) -> None:
    assert aligned(words, [(0, 1)], path, probabilities, AUDIO) is None
