"""Resampler, ring and framer: however a stream is cut, what comes out is the same."""

from __future__ import annotations

import logging
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from warmline.speech.audio.framing import Framer
from warmline.speech.audio.resample import Resampler, hold_back_s, resampled
from warmline.speech.audio.ring import Gone, Ring
from warmline.speech.types import AudioChunk, Samples

RATES = [(8000, 16000), (16000, 8000), (24000, 16000), (44100, 16000), (48000, 16000), (22050, 16000), (16000, 24000)]


def noise(n: int, seed: int = 0) -> Samples:
    return np.random.default_rng(seed).uniform(-0.5, 0.5, n).astype(np.float32)


def cut(samples: Samples, places: list[int]) -> list[Samples]:
    return np.split(samples, sorted(place % (len(samples) + 1) for place in places))


def joined(pieces: list[Samples]) -> Samples:
    return np.concatenate(pieces) if pieces else np.zeros(0, np.float32)


@settings(deadline=None, max_examples=30)
@given(rates=st.sampled_from(RATES), places=st.lists(st.integers(0, 5000), max_size=20))
def test_any_cut_resamples_to_the_same(rates: tuple[int, int], places: list[int]) -> None:
    samples = noise(5000)
    whole, pieces = Resampler(*rates), Resampler(*rates)
    expected = joined([whole.push(samples), whole.flush()])
    got = joined([*[pieces.push(piece) for piece in cut(samples, places)], pieces.flush()])
    assert got.shape == expected.shape
    assert np.allclose(got, expected, atol=1e-6)
    assert abs(len(got) - len(samples) * rates[1] / rates[0]) < 2


@pytest.mark.parametrize("rates", RATES)
def test_a_tone_keeps_its_place_and_shape_and_little_is_held_back(rates: tuple[int, int]) -> None:
    source, target = rates
    tone = (0.5 * np.sin(2 * np.pi * 440 * np.arange(source) / source)).astype(np.float32)
    stream = Resampler(source, target)
    out, held_s = [], []
    for piece in np.split(tone, np.arange(source // 50, source, source // 50)):
        out.append(stream.push(piece))
        held_s.append(stream.held_back_s)
    got = joined([*out, stream.flush()])
    expected = 0.5 * np.sin(2 * np.pi * 440 * np.arange(len(got)) / target)
    inner = slice(target // 20, -target // 20)
    error = (got - expected)[inner]
    assert 10 * math.log10(np.mean(expected[inner] ** 2) / np.mean(error**2)) > 80
    assert max(held_s) < 0.0025


@pytest.mark.parametrize(
    "rates", [*RATES, (16000, 48000), (24000, 48000), (24000, 8000), (8000, 24000), (16000, 16000)]
)
def test_what_is_held_back_is_what_theory_says(rates: tuple[int, int]) -> None:
    """Sample by sample: half of the filter once it runs, never more than all of it, and one sample of either rate."""
    stream, held_s = Resampler(*rates), []
    for _ in range(rates[0] // 20):
        stream.push(np.full(1, 0.1, np.float32))
        held_s.append(stream.held_back_s)
    running, one_s = held_s[rates[0] // 100 :], 1 / min(rates)
    theory_s = hold_back_s(*rates)
    assert max(running) <= theory_s + 2 * one_s
    assert min(running) >= theory_s - one_s
    assert max(held_s) <= 2 * theory_s + 2 * one_s


def test_what_would_alias_is_taken_away() -> None:
    tone = (0.5 * np.sin(2 * np.pi * 7000 * np.arange(48_000) / 16_000)).astype(np.float32)
    out = resampled(AudioChunk(tone), 8000).samples
    assert np.sqrt(np.mean(out[1000:-1000] ** 2)) < 0.5e-2


def test_a_resampler_begins_anew_after_flush_and_passes_equal_rates_through() -> None:
    stream = Resampler(24000, 16000)
    first = joined([stream.push(noise(2400)), stream.flush()])
    assert stream.held_back_s == 0.0
    assert np.array_equal(first, joined([stream.push(noise(2400)), stream.flush()]))
    same = Resampler(16000, 16000)
    assert np.array_equal(same.push(noise(100)), noise(100))
    assert len(same.flush()) == 0
    assert len(Resampler(8000, 16000).flush()) == 0
    with pytest.raises(ValueError, match="at least 1 Hz"):
        Resampler(0, 16000)


def test_a_whole_chunk_keeps_its_start() -> None:
    chunk = resampled(AudioChunk(noise(2400), 24000, start=320), 16000)
    assert (chunk.start, chunk.sample_rate, len(chunk.samples)) == (320, 16000, 1600)
    assert resampled(chunk, 16000) is chunk


@settings(deadline=None)
@given(
    capacity=st.integers(1, 40),
    start=st.integers(0, 100),
    lengths=st.lists(st.integers(0, 60), max_size=12),
    ask=st.tuples(st.integers(-5, 300), st.integers(0, 50)),
)
def test_a_ring_is_a_window_on_the_whole_stream(
    capacity: int, start: int, lengths: list[int], ask: tuple[int, int]
) -> None:
    ring, whole = Ring(capacity, start), noise(sum(lengths))
    for piece in np.split(whole, np.cumsum(lengths)[:-1]) if lengths else []:
        ring.append(piece)
    assert ring.end == start + len(whole)
    assert ring.start == max(start, ring.end - capacity)
    assert np.array_equal(ring.slice(ring.start, ring.end), whole[ring.start - start :])
    begin, end = ask[0], ask[0] + ask[1]
    if ring.start <= begin and end <= ring.end:
        assert np.array_equal(ring.slice(begin, end), whole[begin - start : end - start])
    else:
        with pytest.raises(Gone):
            ring.slice(begin, end)


def test_a_slice_is_a_copy() -> None:
    ring = Ring(10)
    ring.append(noise(10))
    held = ring.slice(0, 10)
    ring.append(np.zeros(10, np.float32))
    assert np.array_equal(held, noise(10))
    with pytest.raises(ValueError, match="ends after it begins"):
        ring.slice(15, 14)
    with pytest.raises(ValueError, match="at least one"):
        Ring(0)


@given(st.lists(st.tuples(st.integers(0, 90_000), st.booleans()), max_size=12))
def test_a_ring_that_grows_and_forgets_still_holds_what_it_says(steps: list[tuple[int, bool]]) -> None:
    ring, whole = Ring(200_000), np.zeros(0, np.float32)
    for count, forgets in steps:
        new = np.arange(len(whole), len(whole) + count, dtype=np.float32)
        ring.append(new)
        whole = np.concatenate((whole, new))
        if forgets:
            ring.forget(ring.end - 10_000)
            assert ring.start >= ring.end - 10_000
        assert ring.end == len(whole)
        assert len(whole) - 200_000 <= ring.start
        np.testing.assert_array_equal(ring.slice(ring.start, ring.end), whole[ring.start :])


@given(n=st.integers(0, 2000), places=st.lists(st.integers(0, 2000), max_size=20), start=st.integers(0, 10_000))
def test_any_cut_frames_to_the_same(n: int, places: list[int], start: int) -> None:
    samples, framer = noise(n), Framer(128, start)
    chunks = [chunk for piece in cut(samples, places) for chunk in framer.push(piece)]
    last = framer.flush()
    if last is not None:
        chunks.append(last)
    assert [chunk.start for chunk in chunks] == list(range(start, start + 128 * len(chunks), 128))
    whole = joined([chunk.samples for chunk in chunks])
    assert np.array_equal(whole[:n], samples)
    assert not whole[n:].any()
    assert len(whole) == -(-n // 128) * 128
    assert framer.cleaned == 0
    assert framer.flush() is None


def test_a_framer_mends_and_counts_what_is_no_audio(caplog: pytest.LogCaptureFixture) -> None:
    framer = Framer(4)
    with caplog.at_level(logging.WARNING):
        (first,) = framer.push(np.array([math.nan, math.inf, 2.0, 0.5], np.float32))
        (second,) = framer.push(np.array([-math.inf, -3.0, -0.5, 1.0], np.float32))
    assert list(first.samples) == [0.0, 0.0, 1.0, 0.5]
    assert list(second.samples) == [0.0, -1.0, -0.5, 1.0]
    assert framer.cleaned == 5
    assert len(caplog.records) == 1


def test_a_framer_takes_one_stream_of_mono() -> None:
    with pytest.raises(ValueError, match="mono"):
        Framer().push(np.zeros((2, 100), np.float32))
    with pytest.raises(ValueError, match="at least one"):
        Framer(0)
    framer = Framer(2)
    (frame,) = framer.push(np.array([0.1, 0.2, 0.3], np.float64))  # type: ignore[arg-type]
    assert frame.samples.dtype == np.float32
