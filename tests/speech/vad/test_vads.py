"""The contract of voice activity detectors, over every backend; then what each one promises for itself."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest

from warmline.speech.runtime.errors import CorruptWeights, MissingWeights, SettingsError
from warmline.speech.types import Samples
from warmline.speech.vad.backends import VADS
from warmline.speech.vad.base import FRAME, Vad
from warmline.speech.vad.silero import SileroConfig, SileroVad

SECOND = 16_000


def voice(seconds: float, seed: int = 0) -> Samples:
    """Pulses at 120 Hz through two resonances, in syllables of 0.2 s with short gaps: enough like a vowel."""
    n = int(seconds * SECOND)
    t = np.arange(n) / SECOND
    pitch = 120.0 * (1.0 + 0.05 * np.sin(2 * np.pi * 1.3 * t))
    phase = 2 * np.pi * np.cumsum(pitch) / SECOND
    formants = ((600.0, 90.0), (1100.0, 110.0), (2500.0, 170.0))
    out = np.zeros(n)
    for k in range(1, 40):
        hz = k * pitch
        gain = sum(1.0 / (1.0 + ((hz - centre) / width) ** 2) for centre, width in formants)
        out += gain * np.sin(k * phase)
    syllables = np.clip(1.5 * np.sin(np.pi * t / 0.22) ** 2, 0.02, 1.0)
    noise = np.random.default_rng(seed).normal(0.0, 1e-4, n)
    return (0.2 * out / np.abs(out).max() * syllables + noise).astype(np.float32)


def hiss(seconds: float, level: float, seed: int = 1) -> Samples:
    return np.random.default_rng(seed).normal(0.0, level, int(seconds * SECOND)).astype(np.float32)


def scores(vad: Vad, audio: Samples) -> list[float]:
    return [vad.score(audio[i : i + FRAME]) for i in range(0, len(audio) - FRAME + 1, FRAME)]


@pytest.fixture(params=[pytest.param("silero", marks=pytest.mark.weights), "energy", "scripted"])
def vad(request: pytest.FixtureRequest) -> Iterator[Vad]:
    options = {"speech": "1-2"} if request.param == "scripted" else {}
    detector = VADS.create(request.param, options)
    yield detector
    detector.close()


def test_every_backend_is_in_the_suite() -> None:
    assert {row.name for row in VADS.rows()} == {"silero", "energy", "scripted"}


def test_silence_then_voice_then_silence(vad: Vad) -> None:
    quiet = hiss(1.0, 1e-4)
    heard = np.array(scores(vad, np.concatenate((quiet, voice(1.0), quiet))))
    frames = SECOND // FRAME
    assert ((heard >= 0.0) & (heard <= 1.0)).all()
    assert (heard[: frames - 2] < 0.35).all()
    voiced = heard[frames + 2 : 2 * frames - 1]
    assert voiced.max() >= 0.5
    assert voiced.mean() > heard[: frames - 2].mean() + 0.3
    assert (heard[-frames // 2 :] < 0.35).all()


def test_digital_silence_is_no_speech(vad: Vad) -> None:
    assert max(scores(vad, np.zeros(15_000, np.float32))) < 0.35


def test_reset_forgets_the_stream(vad: Vad) -> None:
    audio = np.concatenate((hiss(1.0, 1e-4), voice(1.0)))
    first = scores(vad, audio)
    vad.reset()
    assert scores(vad, audio) == pytest.approx(first, abs=1e-6)


@pytest.mark.parametrize("length", [0, FRAME - 1, FRAME + 1])
def test_a_frame_of_another_length_is_refused(vad: Vad, length: int) -> None:
    with pytest.raises(ValueError, match="512"):
        vad.score(np.zeros(length, np.float32))


def test_energy_gets_used_to_a_steady_noise() -> None:
    vad = VADS.create("energy")
    heard = scores(vad, hiss(6.0, 0.05))
    assert heard[0] > 0.5
    assert max(heard[-60:]) < 0.35


def test_energy_hears_a_voice_over_noise_it_is_used_to() -> None:
    vad = VADS.create("energy")
    scores(vad, hiss(4.0, 0.003))
    loud = voice(1.0) + hiss(1.0, 0.003)
    assert np.mean(np.array(scores(vad, loud.astype(np.float32))) >= 0.5) > 0.4


def test_scripted_counts_time_on_the_stream_clock() -> None:
    vad = VADS.create("scripted", {"speech": "0-0.064, 0.16-0.192", "score": 0.8})
    assert scores(vad, np.zeros(7 * FRAME, np.float32)) == [0.8, 0.8, 0, 0, 0, 0.8, 0]


@pytest.mark.parametrize("script", ["1", "2-1", "a-b"])
def test_scripted_refuses_a_bad_script(script: str) -> None:
    with pytest.raises(ValueError, match=r"span|float"):
        VADS.create("scripted", {"speech": script})


def test_an_unknown_option_is_named() -> None:
    with pytest.raises(SettingsError, match="least_db"):
        VADS.create("energy", {"leest_db": 1.0})


@pytest.mark.weights
def test_silero_takes_noise_for_no_speech() -> None:
    vad = VADS.create("silero")
    assert max(scores(vad, hiss(4.0, 0.05))) < 0.35


@pytest.mark.weights
def test_streams_that_take_turns_on_one_session_do_not_hear_each_other() -> None:
    one, other = SileroVad(SileroConfig()), SileroVad(SileroConfig())
    assert one._session is other._session
    talk, noise = voice(0.5), hiss(0.5, 0.05)
    alone = scores(SileroVad(SileroConfig()), talk)
    mixed = []
    for at in range(0, len(talk) - FRAME + 1, FRAME):
        mixed.append(one.score(talk[at : at + FRAME]))
        other.score(noise[at : at + FRAME])
    assert mixed == alone


@pytest.mark.weights
def test_silero_scores_a_whole_recording_like_a_stream() -> None:
    vad = SileroVad(SileroConfig())
    audio = np.concatenate((voice(1.0), hiss(0.5, 0.01)))
    np.testing.assert_allclose(vad.scores(audio), scores(vad, audio), atol=1e-5)
    assert len(vad.scores(audio[:100])) == 0


def test_silero_says_what_is_wrong_with_its_file(tmp_path: object) -> None:
    from pathlib import Path

    path = Path(str(tmp_path)) / "silero_vad_v6.onnx"
    with pytest.raises(MissingWeights, match="silero-v6"):
        VADS.create("silero", {"path": str(path)})
    path.write_bytes(b"no graph")
    with pytest.raises(CorruptWeights, match="weights fetch"):
        VADS.create("silero", {"path": str(path)})
