"""The contract of recognisers, over every backend; then what each one promises for itself."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from warmline.speech.asr.backends import RECOGNISERS
from warmline.speech.asr.base import Recogniser, decode_many
from warmline.speech.asr.whisper import likely
from warmline.speech.audio.files import read_audio
from warmline.speech.runtime.cancel import CancelFlag, Cancelled
from warmline.speech.runtime.errors import CorruptWeights, MissingExtra, MissingWeights, RecognitionError, SettingsError
from warmline.speech.types import AudioChunk, Samples

SECOND = 16_000
SCRIPT = {"script": "0.2-0.8 hello there"}


def noise(seconds: float, level: float = 0.05) -> Samples:
    return np.random.default_rng(3).normal(0.0, level, int(seconds * SECOND)).astype(np.float32)


def options_of(name: str, folder: Path) -> tuple[str, dict[str, object]]:
    """The backend and its options; transformers models are built here, small and random, and loaded by path."""
    backend, _, kind = name.partition(" ")
    if backend != "transformers":
        return backend, dict(SCRIPT) if backend == "scripted" else {}
    pytest.importorskip("torch")
    pytest.importorskip("transformers")
    import small_models

    return backend, {"model": str(small_models.saved(kind, folder / kind))}


@pytest.fixture(
    scope="module",
    params=[
        pytest.param("faster_whisper", marks=pytest.mark.weights),
        "transformers whisper",
        "transformers ctc",
        "scripted",
    ],
)
def recogniser(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Recogniser]:
    built = RECOGNISERS.create(*options_of(request.param, tmp_path_factory.mktemp("models")))
    yield built
    built.close()


def test_several_at_once_are_heard_as_one_by_one(recogniser: Recogniser) -> None:
    clips = [read_audio(Path(__file__).parents[3] / "demos/audio" / f"{name}.wav") for name in ("lonely", "job", "dog")]
    together = decode_many(recogniser, clips)
    assert [one.text for one in together] == [recogniser.decode(clip).text for clip in clips]


def test_every_backend_is_in_the_suite() -> None:
    elsewhere = {"cluster"}  # a plug-in of the server: its contract is kept in tests/server/cluster
    assert {row.name for row in RECOGNISERS.rows()} - elsewhere == {"faster_whisper", "transformers", "scripted"}


@pytest.mark.parametrize("seconds", [0.0, 0.01, 0.1, 1.0])
def test_short_audio_gives_a_hypothesis_whose_words_lie_in_it(recogniser: Recogniser, seconds: float) -> None:
    audio = AudioChunk(noise(seconds), start=160)
    heard = recogniser.decode(audio)
    assert 0.0 <= heard.confidence <= 1.0
    assert " ".join(word.text for word in heard.words) == heard.text
    assert all(audio.start <= word.start <= word.end <= audio.end for word in heard.words)
    if heard.features is not None:
        assert heard.features.start == audio.start
        assert len(heard.features.frames) == -(-len(audio.samples) // 320)


@pytest.mark.parametrize("level", [0.0, 0.05])
def test_silence_and_noise_give_no_words_and_a_reason(recogniser: Recogniser, level: float) -> None:
    heard = recogniser.decode(AudioChunk(noise(3.0, level), start=10 * SECOND))
    assert (heard.text, heard.words) == ("", ())
    assert heard.rejected


def test_a_set_flag_cancels(recogniser: Recogniser) -> None:
    flag = CancelFlag()
    flag.set()
    with pytest.raises(Cancelled):
        recogniser.decode(AudioChunk(noise(1.0)), flag)


def test_scripted_hears_a_word_once_it_has_ended() -> None:
    recogniser = RECOGNISERS.create("scripted", {"script": "1-2 one two; 0.2-0.4 zero"})
    assert recogniser.decode(AudioChunk(np.zeros(int(1.6 * SECOND), np.float32))).text == "zero one"
    assert recogniser.decode(AudioChunk(np.zeros(SECOND, np.float32), start=SECOND)).text == "one two"


@pytest.mark.parametrize("script", ["1-2", "2-1 word", "word"])
def test_scripted_refuses_a_bad_script(script: str) -> None:
    with pytest.raises(ValueError, match=r"script|float"):
        RECOGNISERS.create("scripted", {"script": script})


def test_a_path_with_nothing_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(MissingWeights, match=r"asr\.model"):
        RECOGNISERS.create("faster_whisper", {"model": str(tmp_path / "none")})


def test_a_folder_that_is_no_model_is_told(tmp_path: Path) -> None:
    (tmp_path / "model.bin").write_bytes(b"nonsense")
    with pytest.raises(CorruptWeights, match=r"asr\.model"):
        RECOGNISERS.create("faster_whisper", {"model": str(tmp_path), "check_voice": False})


@pytest.mark.weights
@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"language": "de"}, "English only"),
        ({"shortest_s": 60.0}, "shortest_s"),
        ({"compute_type": "int3"}, "compute_type"),
    ],
)
def test_wrong_options_are_told(options: dict[str, object], message: str) -> None:
    with pytest.raises(SettingsError, match=message):
        RECOGNISERS.create("faster_whisper", options)


@pytest.mark.weights
def test_another_rate_is_refused() -> None:
    with pytest.raises(RecognitionError, match="16000"):
        RECOGNISERS.create("faster_whisper").decode(AudioChunk(noise(1.0), sample_rate=8_000))


def test_a_language_is_believed_when_it_is_likely_among_those_that_may_be_spoken() -> None:
    heard = {"cy": 0.4, "en": 0.3, "de": 0.2, "pl": 0.1}
    assert likely({"pl": 0.9, "en": 0.1}) == "pl"
    assert likely(heard) == "en"
    assert likely(heard, ("de", "pl")) == "de"
    assert likely(heard, ("pl", "de", "nl")) == "de"
    assert likely({"en": 0.4, "de": 0.3, "pl": 0.3}, ("pl", "de", "en")) == "pl"


@pytest.mark.weights
def test_a_multilingual_ear_names_the_language() -> None:
    try:
        recogniser = RECOGNISERS.create("faster_whisper", {"model": "whisper-base", "language": "auto"})
    except MissingWeights:
        pytest.skip("whisper-base is not fetched: warmline weights fetch whisper-base")
    heard = recogniser.decode(read_audio(Path(__file__).parents[3] / "demos/audio/lonely.wav"))
    recogniser.close()
    assert heard.language == "en"
    assert len(heard.words) >= 4
    assert heard.features is not None
    assert heard.features.frames.shape[1] == 512
    assert heard.features.encoder == "whisper-base"


def test_a_missing_extra_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "torch", None)
    with pytest.raises(MissingExtra, match=r"warmline\[transformers\]"):
        RECOGNISERS.create("transformers", {"model": "owner/name"})
