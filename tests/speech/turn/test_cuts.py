"""Gaps between words, found where they were put."""

from __future__ import annotations

import numpy as np

from warmline.speech.turn import cuts
from warmline.speech.types import Samples, Word, samples_of


def buzz(seconds_s: float) -> Samples:
    at = np.arange(samples_of(seconds_s)) / 16_000
    return (0.3 * np.sign(np.sin(2 * np.pi * 150 * at))).astype(np.float32)


def quiet(seconds_s: float) -> Samples:
    return np.random.default_rng(0).normal(0.0, 1e-4, samples_of(seconds_s)).astype(np.float32)


SPOKEN = np.concatenate([quiet(0.3), buzz(0.6), quiet(0.05), buzz(0.5), quiet(0.4), buzz(0.7), quiet(0.3)])


def test_the_voice_is_found_between_the_quiet() -> None:
    first, last = cuts.span(SPOKEN)
    assert abs(first - samples_of(0.3)) <= 160
    assert abs(last - samples_of(2.55)) <= 160


def test_only_long_gaps_inside_count() -> None:
    ((start, end),) = cuts.gaps(SPOKEN, 0.3)
    assert abs(start - samples_of(1.45)) <= 160
    assert abs(end - samples_of(1.85)) <= 160


def test_boundaries_snap_to_the_quiet_and_know_the_speakers_own_pauses() -> None:
    times = ((0.3, 0.85), (1.0, 1.5), (1.8, 2.5))  # off by up to 0.1 s, as a recogniser's are
    words = [Word("a", samples_of(start), samples_of(end)) for start, end in times]
    short, long = cuts.boundaries(SPOKEN, words)
    assert (short.words, long.words) == (1, 2)
    assert not short.own
    assert long.own
    assert abs(short.before - samples_of(0.9)) <= 160
    assert abs(short.after - samples_of(0.95)) <= 160
    assert abs(long.before - samples_of(1.45)) <= 160


def test_silence_has_no_voice_and_no_gap() -> None:
    assert cuts.span(np.zeros(8000, np.float32)) == (0, 0)
    assert cuts.gaps(np.zeros(8000, np.float32), 0.1) == ()
    assert cuts.span(np.zeros(0, np.float32)) == (0, 0)


def test_room_tone_has_the_recordings_own_level() -> None:
    rng = np.random.default_rng(1)
    noisy = SPOKEN + rng.normal(0.0, 2e-3, len(SPOKEN)).astype(np.float32)
    tone = cuts.quiet_of(cuts.room_of(noisy), 16_000, rng)
    assert 1.6e-3 < float(tone.std()) < 2.4e-3
    assert len(cuts.quiet_of(noisy, 0, rng)) == 0
    assert float(cuts.quiet_of(noisy[:0], 800, rng).std()) < 1e-3
