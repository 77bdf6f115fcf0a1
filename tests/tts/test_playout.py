"""Playout: any split of pulls gives the same audio and the same heard words; drops, ducks, marks, bounds."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from warmline.speech.types import Samples
from warmline.tts.playout import FADE, RAMP, Playout, Queued
from warmline.tts.types import SpokenChunk, SpokenWord


def chunk(turn: int, segment: int, count: int = 1000, words: tuple[tuple[str, int], ...] = ()) -> SpokenChunk:
    audio = np.random.default_rng(segment + 1).uniform(0.1, 0.5, count).astype(np.float32)
    return SpokenChunk(turn, segment, audio, tuple(SpokenWord(text, end) for text, end in words))


def three() -> list[SpokenChunk]:
    return [
        chunk(1, 0, 900, (("I", 200), ("hear", 550), ("you,", 880))),
        chunk(1, 0, 700, (("I", 100), ("do.", 700))),
        chunk(1, 1, 1100, (("Tell", 400), ("me", 650), ("more?", 1000))),
    ]


def filled(latency: int = 0) -> Playout:
    playout = Playout(latency)
    for item in three():
        assert playout.enqueue(item) is Queued.TAKEN
    playout.finish(1)
    return playout


def pulled(playout: Playout, sizes: list[int]) -> Samples:
    return np.concatenate([playout.pull(size) for size in sizes] or [np.zeros(0, np.float32)])


splits = st.lists(st.integers(0, 700), min_size=1, max_size=20)


@given(splits)
@settings(max_examples=60, deadline=None)
def test_any_split_of_pulls_gives_the_same_audio_and_words(sizes: list[int]) -> None:
    whole, parts = filled(), filled()
    total = sum(sizes)
    expected = whole.pull(total)
    assert np.array_equal(pulled(parts, sizes), expected)
    assert parts.heard(1) == whole.heard(1)
    assert parts.marks() == whole.marks()
    assert parts.finished() == whole.finished()
    assert parts.clock == total


@given(st.integers(0, 3000), st.integers(0, 400))
@settings(max_examples=60, deadline=None)
def test_heard_is_exactly_the_words_whose_end_was_pulled(count: int, latency: int) -> None:
    playout = filled(latency)
    playout.pull(count)
    ends, offset = [], 0
    for item in three():
        ends += [(word.text, offset + word.end) for word in item.words]
        offset += len(item.audio)
    assert playout.heard(1) == " ".join(text for text, end in ends if end + latency <= count)


@given(splits, st.integers(0, 2700), st.integers(0, 2700))
@settings(max_examples=40, deadline=None)
def test_ducking_does_not_depend_on_how_pulls_are_split(sizes: list[int], down: int, up: int) -> None:
    def play(steps: list[int]) -> Samples:
        playout, at, out = filled(), 0, []
        for step in [*steps, 3000]:
            size = step
            for edge, act in sorted([(down, playout.duck), (down + up, playout.restore)], key=lambda pair: pair[0]):
                if at <= edge < at + size:
                    out.append(playout.pull(edge - at))
                    size, at = size - (edge - at), edge
                    act()
            out.append(playout.pull(size))
            at += size
        return np.concatenate(out)[:2700]

    assert np.array_equal(play(sizes), play([]))


def test_duck_goes_down_18_db_within_30_ms_and_restore_comes_back() -> None:
    playout = Playout()
    playout.enqueue(SpokenChunk(1, 0, np.ones(10_000, np.float32)))
    playout.pull(100)
    playout.duck()
    down = playout.pull(RAMP + 100)
    assert down[0] > 0.99
    assert np.all(np.diff(down) <= 0)
    assert down[-1] == pytest.approx(10 ** (-18 / 20), abs=1e-4)
    playout.restore()
    assert playout.pull(RAMP)[-1] == 1.0
    assert playout.pull(10).min() == 1.0


def test_a_dropped_turn_is_gone_within_the_fade_and_refused_later() -> None:
    playout = filled()
    playout.pull(600)
    said = playout.heard(1)
    playout.drop(1)
    rest = playout.pull(2000)
    assert np.any(rest[:FADE] != 0.0)
    assert not rest[FADE:].any()
    assert np.max(np.abs(np.diff(rest[FADE - 5 :]))) < 0.01
    assert playout.heard(1) == said == "I hear"
    assert playout.enqueue(chunk(1, 3)) is Queued.STALE
    assert playout.finished() == ()
    assert not playout.speaking
    assert playout.underruns == 0


def test_the_turn_after_a_ducked_and_dropped_one_has_full_level() -> None:
    playout = filled()
    playout.pull(100)
    playout.duck()
    playout.pull(RAMP)
    playout.drop_all()
    playout.pull(FADE)
    playout.enqueue(SpokenChunk(2, 0, np.full(50, 0.5, np.float32)))
    assert playout.pull(50).tolist() == [0.5] * 50


def test_dropping_a_turn_before_its_first_chunk_refuses_it() -> None:
    playout = Playout()
    playout.drop(4)
    assert playout.enqueue(chunk(4, 0)) is Queued.STALE
    assert playout.enqueue(chunk(5, 0)) is Queued.TAKEN


def test_a_newer_turn_waits_for_the_older_one_and_closes_it() -> None:
    playout = Playout()
    playout.enqueue(chunk(1, 0, 100))
    playout.enqueue(chunk(2, 0, 100))
    assert playout.enqueue(chunk(1, 1, 100)) is Queued.STALE
    playout.pull(150)
    assert playout.finished() == (1,)
    assert playout.heard(2) == ""


def test_a_turn_is_finished_once_and_only_after_finish_and_latency() -> None:
    playout = Playout(latency=50)
    playout.enqueue(chunk(1, 0, 100))
    playout.pull(200)
    assert playout.finished() == ()
    assert playout.speaking
    playout.finish(1)
    assert playout.finished() == (1,)
    assert playout.finished() == ()
    playout.enqueue(chunk(2, 0, 100))
    playout.finish(2)
    playout.pull(149)
    assert playout.finished() == ()
    playout.pull(1)
    assert playout.finished() == (2,)
    assert not playout.speaking


def test_a_turn_without_audio_is_over_at_once() -> None:
    playout = Playout(latency=100)
    playout.finish(3)
    assert playout.finished() == (3,)


def test_running_dry_inside_a_turn_is_counted_once_a_gap_with_its_length() -> None:
    playout = Playout()
    playout.pull(500)
    playout.enqueue(chunk(1, 0, 100))
    for _ in range(5):
        playout.pull(60)
    assert playout.gaps == [], "it may have been the end"
    playout.enqueue(chunk(1, 1, 100))
    assert (playout.gaps, playout.underruns) == ([200], 1)
    playout.pull(130)
    playout.enqueue(chunk(1, 2, 100))
    assert playout.gaps == [200, 30]


def test_silence_after_the_last_words_of_a_turn_is_no_gap() -> None:
    playout = Playout()
    playout.enqueue(chunk(1, 0, 100))
    playout.pull(300)
    playout.finish(1)
    playout.enqueue(chunk(2, 0, 100))
    playout.pull(200)
    playout.drop(2)
    playout.enqueue(chunk(3, 0, 100))
    assert playout.underruns == 0


def test_marks_tell_how_far_each_segment_got() -> None:
    playout = filled()
    playout.pull(1000)
    (mark,) = playout.marks()
    assert (mark.turn, mark.segment, mark.played_to, mark.heard) == (1, 0, 1000, "I hear you, I")
    assert playout.marks() == ()
    playout.pull(1700)
    first, second = playout.marks()
    assert (first.segment, first.played_to, first.heard) == (0, 1600, "I hear you, I do.")
    assert (second.segment, second.played_to, second.heard) == (1, 1100, "Tell me more?")


def test_marks_keep_back_the_latency() -> None:
    playout = filled(latency=300)
    playout.pull(1000)
    (mark,) = playout.marks()
    assert mark.played_to == 700


def test_the_queue_is_bounded_and_takes_the_chunk_again_when_there_is_room() -> None:
    playout = Playout(most_queued=150)
    assert playout.enqueue(chunk(1, 0, 100)) is Queued.TAKEN
    assert playout.enqueue(chunk(1, 1, 100)) is Queued.FULL
    playout.pull(60)
    assert playout.room == 110
    assert playout.enqueue(chunk(1, 1, 100)) is Queued.TAKEN
    assert Playout(most_queued=10).enqueue(chunk(1, 0, 100)) is Queued.TAKEN


def test_memory_of_old_turns_is_let_go() -> None:
    playout = Playout()
    for turn in range(50):
        playout.enqueue(chunk(turn, 0, 10, (("x", 10),)))
        playout.finish(turn)
        playout.pull(10)
    assert playout.heard(49) == "x"
    assert playout.heard(3) == ""
    assert playout.enqueue(chunk(3, 0)) is Queued.STALE


@given(st.integers(1, 2000), st.integers(0, 5000))
@settings(max_examples=40, deadline=None)
def test_a_hold_is_silent_at_once_and_loses_nothing(before: int, held: int) -> None:
    plain, playout = filled(), filled()
    everything = plain.pull(6000)
    assert np.array_equal(playout.pull(before), everything[:before])
    playout.duck()
    playout.hold()
    silence = playout.pull(FADE + held)
    assert not silence[FADE:].any()
    assert playout.gain == 0.0
    playout.restore()
    rest = playout.pull(6000)
    assert np.array_equal(rest[RAMP : 6000 - before], everything[before + RAMP :])
    assert playout.heard(1) == plain.heard(1)
    assert playout.gain == 1.0


def test_speech_after_a_hold_fades_in() -> None:
    playout = Playout()
    playout.enqueue(SpokenChunk(1, 0, np.ones(2000, np.float32)))
    playout.pull(500)
    playout.hold()
    playout.pull(1000)
    playout.restore()
    again = np.concatenate([playout.pull(50), playout.pull(FADE)])
    assert again[0] < 0.01
    assert np.max(np.abs(np.diff(again))) < 0.02
    assert again[FADE] == 1.0


def test_a_held_turn_can_be_dropped() -> None:
    playout = filled()
    playout.pull(600)
    playout.hold()
    playout.pull(1000)
    playout.drop(1)
    assert not playout.pull(1000).any()
    assert not playout.speaking
    assert playout.heard(1) == "I hear"


def test_a_turn_has_begun_once_a_sample_of_it_was_heard() -> None:
    playout = filled(latency=50)
    assert not playout.begun(1)
    playout.pull(50)
    assert not playout.begun(1)
    playout.pull(1)
    assert playout.begun(1)


def test_ahead_is_what_is_left_of_a_turn_and_how_long_it_has_waited_for_more() -> None:
    playout = Playout()
    assert playout.ahead(1) == 0
    playout.enqueue(chunk(1, 0, 1000))
    assert playout.ahead(1) == 1000
    playout.pull(400)
    assert playout.ahead(1) == 600
    playout.pull(900)
    assert playout.ahead(1) == -300
    playout.enqueue(chunk(1, 1, 500))
    assert playout.ahead(1) == 500
