"""Times read off a wave that was made with known times."""

import numpy as np
import pytest

from warmline.server.bench.measure import first_audible_s, first_below_s, longest_gap_s, voiced
from warmline.speech.types import Samples


def sound(*spans: tuple[float, float], length_s: float = 4.0, rate: int = 16_000) -> Samples:
    time = np.arange(round(length_s * rate)) / rate
    loud = np.zeros(len(time))
    for start, end in spans:
        loud[(time >= start) & (time < end)] = 1.0
    rng = np.random.default_rng(0)
    return (0.3 * loud * np.sin(2 * np.pi * 200 * time) + rng.normal(0, 3e-4, len(time))).astype(np.float32)


def test_voiced_spans_are_found_to_five_milliseconds() -> None:
    spans = voiced(sound((0.5, 1.2), (2.0, 3.0)), 16_000)
    assert spans == [pytest.approx((0.5, 1.2), abs=0.006), pytest.approx((2.0, 3.0), abs=0.006)]
    assert longest_gap_s(spans) == pytest.approx(0.8, abs=0.01)


def test_short_gaps_are_closed_and_clicks_dropped() -> None:
    assert len(voiced(sound((0.5, 1.0), (1.05, 1.5), (3.0, 3.01)), 16_000)) == 1


def test_silence_has_no_spans() -> None:
    assert voiced(np.zeros(0, np.float32), 16_000) == []
    assert voiced(np.zeros(16_000, np.float32), 16_000) == []


def test_the_first_audible_moment() -> None:
    reply = sound((2.5, 3.0), rate=24_000)
    assert first_audible_s(reply, 24_000, 1.0) == pytest.approx(2.5, abs=0.006)
    assert first_audible_s(reply, 24_000, 3.2) is None


def test_the_first_step_that_is_low_enough() -> None:
    gain = np.array([1, 1, 1, 0.6, 0.13, 0.0], np.float32)
    assert first_below_s(gain, 0.02, 0.0, 0.5) == pytest.approx(0.10)
    assert first_below_s(gain, 0.02, 0.0, 0.0) == pytest.approx(0.12)
    assert first_below_s(gain, 0.02, 0.2, 0.0) is None
