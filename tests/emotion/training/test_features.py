"""Rows from recordings: as in a call, cached, and resumed."""

from collections.abc import Iterator

import numpy as np
import pytest
from sounds import silence, syllables, voice

from tests.emotion.training.test_corpora import ROWS, table, wav
from warmline.emotion.functionals import NAMES
from warmline.emotion.training.corpora import Corpus, read_corpus
from warmline.emotion.training.encode import Encoder
from warmline.emotion.training.features import Source, extract, heard_of
from warmline.speech.asr.faster_whisper import FasterWhisper, FasterWhisperConfig
from warmline.speech.runtime.errors import UnreadableInput
from warmline.speech.types import AudioChunk, EncoderFeatures, Samples


class CountingEncoder:
    """Frames that are the level of each 20 ms, four wide; counts how often it was asked."""

    name = "counting"

    def __init__(self) -> None:
        self.calls = 0

    def encode(self, samples: Samples, window_s: float | None = None) -> EncoderFeatures:
        self.calls += 1
        count = -(-len(samples) // 320)
        padded = np.pad(samples, (0, count * 320 - len(samples))).reshape(count, 320)
        return EncoderFeatures(np.repeat(padded.std(axis=1)[:, None], 4, axis=1).astype("f4"), self.name)


@pytest.fixture
def corpus(tmp_path) -> Corpus:
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "one.wav").write_bytes(wav(syllables(6)))
    (tmp_path / "two.wav").write_bytes(wav(voice(200, 1.0)))
    return read_corpus(table(tmp_path, ROWS), tmp_path)


def test_rows_are_pooled_speech_and_functionals(corpus):
    rows = extract(corpus, Source(CountingEncoder()))  # type: ignore[arg-type]
    assert rows.rows.shape == (2, 8 + len(NAMES))
    assert [clip.label for clip in rows.clips] == ["fearful", "happy"]
    assert (rows.variant == 0).all()
    assert rows.rows[1, 8 + NAMES.index("f0_st")] == pytest.approx(12 * np.log2(200 / 55), abs=0.1)


def test_silence_around_the_speech_is_not_pooled():
    encoder = CountingEncoder()
    bare = heard_of(encoder, voice(150, 1.0)).row  # type: ignore[arg-type]
    wrapped = heard_of(encoder, np.concatenate([silence(1.0), voice(150, 1.0), silence(2.0)])).row  # type: ignore[arg-type]
    assert wrapped[0] == pytest.approx(bare[0], rel=0.1)
    silent = heard_of(encoder, silence(1.0)).row  # type: ignore[arg-type]
    assert silent[0] == 0.0


def test_the_cache_spares_the_encoder_and_fills_gaps(corpus, tmp_path):
    first, later = CountingEncoder(), CountingEncoder()
    whole = extract(corpus, Source(first), tmp_path / "cache")  # type: ignore[arg-type]
    assert first.calls == 2
    part = Corpus(corpus.name, corpus.clips[:1], corpus.audio, 0)
    np.testing.assert_array_equal(extract(part, Source(later), tmp_path / "cache").rows, whole.rows[:1])  # type: ignore[arg-type]
    assert later.calls == 0


def test_changed_copies_differ_and_repeat(corpus):
    one, again, other, plain = (
        extract(corpus, Source(CountingEncoder(), variant=variant)).rows  # type: ignore[arg-type]
        for variant in (1, 1, 2, 0)
    )
    np.testing.assert_array_equal(one, again)
    assert not np.allclose(one[:, :8], other[:, :8])
    assert not np.allclose(one[:, :8], plain[:, :8])


def test_ones_own_change_is_applied(corpus):
    halved = extract(corpus, Source(CountingEncoder(), change=lambda samples, clip: samples * np.float32(0.5)))  # type: ignore[arg-type]
    plain = extract(corpus, Source(CountingEncoder()))  # type: ignore[arg-type]
    np.testing.assert_allclose(halved.rows[:, 0], plain.rows[:, 0] / 2, rtol=0.01)


def test_nothing_readable_is_an_error(corpus, tmp_path):
    for path in tmp_path.rglob("*.wav"):
        path.write_bytes(b"no sound")
    with pytest.raises(UnreadableInput, match="none of the 2 recordings"):
        extract(corpus, Source(CountingEncoder()))  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def ear() -> Iterator[FasterWhisper]:
    recogniser = FasterWhisper(FasterWhisperConfig(threads=1))
    yield recogniser
    recogniser.close()


@pytest.mark.weights
@pytest.mark.parametrize("seconds_s", [0.5, 9.0, 11.0])
def test_the_recipe_hears_what_the_recogniser_hears(ear, seconds_s):
    samples = voice(150, seconds_s)
    heard = ear.decode(AudioChunk(samples)).features
    assert heard is not None
    alone = Encoder("whisper-tiny.en").encode(samples)
    assert alone.encoder == heard.encoder
    np.testing.assert_allclose(alone.frames, heard.frames, atol=1e-4)
