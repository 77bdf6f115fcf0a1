"""The spectrogram against the one that faster-whisper computes, which Whisper was checked with."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from warmline.speech.audio.mel import HOP, log_mel, standardised
from warmline.speech.types import Samples


def sweep(n: int) -> Samples:
    t = np.arange(n) / 16_000
    noise = np.random.default_rng(n).normal(0.0, 0.01, n)
    return (0.3 * np.sin(2 * np.pi * (100 + 900 * t) * t) + noise).astype(np.float32)


@pytest.mark.parametrize(("n", "frames"), [(16_000, 100), (16_000, 1_000), (40_123, 800), (160_000, 1_000)])
def test_equals_the_reference(n: int, frames: int) -> None:
    from faster_whisper.feature_extractor import FeatureExtractor

    audio = sweep(n)
    padded = np.pad(audio, (0, max(0, frames * HOP - n)))[: frames * HOP]
    reference = FeatureExtractor()(padded, padding=0)
    np.testing.assert_allclose(log_mel(audio, frames), reference, atol=5e-5)


def test_128_bands_equal_the_reference_too() -> None:
    from faster_whisper.feature_extractor import FeatureExtractor

    audio = sweep(160_000)
    reference = FeatureExtractor(feature_size=128)(audio, padding=0)
    np.testing.assert_allclose(log_mel(audio, 1_000, 128), reference, atol=5e-5)


def test_default_is_as_many_frames_as_fit() -> None:
    assert log_mel(sweep(1_700)).shape == (80, 10)


@given(st.integers(201, 4_000), st.integers(1, 60))
def test_any_length_gives_finite_frames(n: int, frames: int) -> None:
    made = log_mel(sweep(n), frames)
    assert made.shape == (80, frames)
    assert made.dtype == np.float32
    assert np.isfinite(made).all()


def test_silence_is_flat() -> None:
    assert np.ptp(log_mel(np.zeros(16_000, np.float32), 300)) < 1e-6


def test_padding_changes_no_frame_of_the_audio() -> None:
    audio = sweep(16_000)
    np.testing.assert_array_equal(log_mel(audio, 500)[:, :90], log_mel(audio, 1_500)[:, :90])


def test_standardised_has_unit_variance_and_survives_silence() -> None:
    made = standardised(sweep(16_000) + np.float32(0.2))
    assert made.dtype == np.float32
    assert abs(float(made.mean())) < 1e-5
    assert float(made.std()) == pytest.approx(1.0, abs=1e-4)
    assert not standardised(np.zeros(100, np.float32)).any()
