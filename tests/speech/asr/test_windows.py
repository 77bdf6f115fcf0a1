"""Cuts fall into pauses, windows cover everything, estimated times stay in the audio and in order."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from warmline.speech.asr.windows import CUT_AT_LAST, cut, cuts, is_quiet, loudness, pause, pauses, timed
from warmline.speech.types import AudioChunk, Samples

SECOND = 16_000


def talk(*lengths: float, level: float = 0.1) -> Samples:
    """Noise and near silence in turns, starting with noise; lengths in seconds."""
    rng = np.random.default_rng(len(lengths))
    parts = [rng.normal(0.0, level if i % 2 == 0 else 1e-4, int(length * SECOND)) for i, length in enumerate(lengths)]
    return np.concatenate(parts).astype(np.float32)


def test_the_pause_is_found_between_the_limits() -> None:
    audio = talk(2.0, 0.5, 3.0, 0.4, 2.0)
    at, depth_db = pause(audio, 0, 4 * SECOND)
    assert 2.0 * SECOND < at < 2.5 * SECOND
    assert at % 320 == 0
    assert depth_db > 40.0
    later, _ = pause(audio, 4 * SECOND, 7 * SECOND)
    assert 5.5 * SECOND < later < 5.9 * SECOND


def test_without_a_pause_the_depth_is_small() -> None:
    assert pause(talk(8.0), 2 * SECOND, 6 * SECOND)[1] < 6.0


@given(st.integers(0, 320), st.integers(0, 319))
def test_windows_cover_everything_and_none_is_too_long(quarters: int, odd: int) -> None:
    audio = np.ones(quarters * SECOND // 4 + odd, np.float32)
    ends = cuts(audio)
    starts = (0, *ends[:-1])
    assert ends[-1] == len(audio)
    assert all(0 <= end - start <= CUT_AT_LAST for start, end in zip(starts, ends, strict=True))


def test_long_audio_is_cut_in_its_pauses() -> None:
    first, *_ = cuts(talk(12.0, 0.6, 20.0))
    assert 12.0 * SECOND < first < 12.6 * SECOND


def test_a_window_without_a_pause_may_grow_to_its_limit() -> None:
    assert cut(talk(18.0)) is None
    assert cut(talk(20.5)) is not None
    assert cut(talk(9.0, 0.5, 0.2)) is None


def test_pauses_have_sound_on_both_sides() -> None:
    found = pauses(talk(1.0, 0.4, 1.0, 0.1, 1.0, 0.5))
    assert len(found) == 1
    assert 1.0 * SECOND < found[0] < 1.4 * SECOND
    assert pauses(talk(0.5)) == ()


def test_quiet_is_told_from_speech() -> None:
    audio = talk(2.0, 1.0)
    assert is_quiet(audio[int(2.05 * SECOND) :], audio)
    assert not is_quiet(audio[SECOND : int(2.5 * SECOND)], audio)
    assert is_quiet(audio[:0], audio)


def test_steady_noise_alone_is_not_taken_for_a_pause_of_itself_when_it_rises() -> None:
    audio = talk(3.0, level=0.01)
    assert not is_quiet(talk(0.5, level=0.05), audio)


@pytest.mark.parametrize("start", [0, 48_000])
def test_words_lie_in_the_voiced_parts(start: int) -> None:
    audio = AudioChunk(talk(1.0, 1.0, 1.0), start=start)
    words = timed(["alpha", "beta", "gamma", "delta"], audio, 0.5)
    assert [word.text for word in words] == ["alpha", "beta", "gamma", "delta"]
    assert all(start <= word.start <= word.end <= audio.end for word in words)
    assert all(one.end <= other.start for one, other in itertools.pairwise(words))
    assert words[1].end <= start + int(1.1 * SECOND)
    assert words[2].start >= start + int(1.9 * SECOND)


@given(st.integers(0, 5_000), st.integers(0, 5))
def test_times_of_any_audio_stay_inside(n: int, count: int) -> None:
    audio = AudioChunk(np.zeros(n, np.float32), start=7)
    for word in timed(["word"] * count, audio, 1.0):
        assert 7 <= word.start <= word.end <= audio.end


def test_loudness_is_db_of_full_scale() -> None:
    assert loudness(np.ones(640, np.float32)) == pytest.approx([0.0, 0.0])
    assert loudness(np.zeros(10, np.float32)) == pytest.approx([-100.0])
