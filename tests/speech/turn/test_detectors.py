"""The contract of end-of-turn detectors, over every backend; then what each one promises for itself."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from warmline.speech.runtime.errors import CorruptWeights
from warmline.speech.turn.backends import TURNS
from warmline.speech.turn.base import TurnDetector
from warmline.speech.turn.smart_turn import spectrogram
from warmline.speech.types import EncoderFeatures

RATE = 16_000


def noise(seconds: float, level: float = 0.05) -> np.ndarray[tuple[int], np.dtype[np.float32]]:
    return np.random.default_rng(0).normal(0.0, level, int(seconds * RATE)).astype(np.float32)


@pytest.fixture(
    params=[
        pytest.param("smart_turn", marks=pytest.mark.weights),
        pytest.param("encoder", marks=pytest.mark.weights),
        "vad_only",
        "scripted",
    ]
)
def detector(request: pytest.FixtureRequest) -> Iterator[TurnDetector]:
    built = TURNS.create(request.param)
    yield built
    built.close()


def test_every_backend_is_in_the_suite() -> None:
    elsewhere = {"cluster"}  # a plug-in of the server: its contract is kept in tests/server/cluster
    assert {row.name for row in TURNS.rows()} - elsewhere == {"smart_turn", "encoder", "vad_only", "scripted"}


@pytest.mark.parametrize("seconds", [0.0, 0.01, 1.0, 8.0, 20.0])
def test_audio_of_any_length_scores_in_0_to_1(detector: TurnDetector, seconds: float) -> None:
    assert 0.0 <= detector.score(noise(seconds)) <= 1.0


def test_silence_scores(detector: TurnDetector) -> None:
    assert 0.0 <= detector.score(np.zeros(RATE, np.float32)) <= 1.0


def test_encoder_features_are_accepted(detector: TurnDetector) -> None:
    features = EncoderFeatures(np.zeros((50, 384), np.float32), "whisper-tiny.en")
    assert 0.0 <= detector.score(noise(1.0), features) <= 1.0


def test_the_same_audio_scores_the_same(detector: TurnDetector) -> None:
    assert detector.score(noise(2.0)) == detector.score(noise(2.0))


def test_vad_only_says_what_it_was_told() -> None:
    assert TURNS.create("vad_only").score(noise(1.0)) == 0.5
    assert TURNS.create("vad_only", {"probability": 1.0}).score(noise(1.0)) == 1.0


@pytest.mark.parametrize(("name", "options"), [("vad_only", {"probability": 1.5}), ("scripted", {"scores": "0.5, 2"})])
def test_a_probability_outside_0_to_1_is_refused(name: str, options: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="between 0 and 1"):
        TURNS.create(name, options)


def test_scripted_follows_its_script_and_repeats_the_end() -> None:
    detector = TURNS.create("scripted", {"scores": "0.1, 0.9"})
    assert [detector.score(noise(0.1)) for _ in range(3)] == [0.1, 0.9, 0.9]


def test_only_the_last_8_seconds_are_read() -> None:
    late = noise(8.0)
    np.testing.assert_array_equal(spectrogram(late), spectrogram(np.concatenate((np.ones(5_000, np.float32), late))))


def test_short_audio_lies_at_the_right_end() -> None:
    frames = spectrogram(noise(1.0))
    assert frames.shape == (80, 800)
    assert frames.dtype == np.float32
    assert frames[:, 720:].mean() > frames[:, :680].mean() + 0.5


def test_loudness_does_not_matter() -> None:
    np.testing.assert_allclose(spectrogram(noise(3.0, 0.05)), spectrogram(noise(3.0, 0.05) * 3.0), atol=1e-3)


def test_a_file_that_is_no_graph_is_told(tmp_path: Path) -> None:
    (tmp_path / "smart-turn-v3.2-cpu.onnx").write_bytes(b"no graph")
    with pytest.raises(CorruptWeights, match="weights fetch"):
        TURNS.create("smart_turn", {"path": str(tmp_path)})
