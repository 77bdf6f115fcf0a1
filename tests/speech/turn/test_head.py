"""Our own end-of-turn weights: read, verified, and of the opinion that they should be of."""

from __future__ import annotations

import json
import time
from dataclasses import replace
from importlib import resources
from pathlib import Path

import numpy as np
import pytest

from tests.speech.turn.test_cuts import SPOKEN, buzz, quiet
from warmline.speech.runtime.errors import CorruptWeights, MissingWeights
from warmline.speech.turn import acoustics, completeness, head
from warmline.speech.turn.completeness import Words
from warmline.speech.turn.encoder import EncoderTurn, EncoderTurnConfig
from warmline.speech.turn.head import Blend, Head
from warmline.speech.types import EncoderFeatures

WIDTH = acoustics.width(4)
HEAD = Head(
    "toy",
    np.zeros(WIDTH, np.float32),
    np.ones(WIDTH, np.float32),
    np.full(WIDTH, 0.1, np.float32),
    -0.5,
    Blend(1.0, 0.0, 0.1),
    Blend(0.5, 0.7, 0.0),
)


def features(seconds_s: float, encoder: str = "toy", width: int = 4) -> EncoderFeatures:
    frames = np.arange(round(50 * seconds_s), dtype=np.float32)[:, None] * np.ones((1, width), np.float32)
    return EncoderFeatures(frames, encoder)


def test_a_row_pools_what_came_just_before_the_pause() -> None:
    audio = np.concatenate([buzz(2.0), quiet(0.2)])
    row = acoustics.row(audio, features(2.2))
    assert row.shape == (WIDTH,)
    assert row[0] == pytest.approx(96.5, abs=1.0)  # frames 94-99: the last 0.12 s of voice
    assert row[4] == pytest.approx(89.5, abs=1.0)  # 0.12 to 0.3 s before
    assert row[20] == pytest.approx(102.5, abs=1.0)  # the quiet after it
    again = acoustics.row(np.concatenate([buzz(2.0), quiet(0.4)]), features(2.4))
    assert np.allclose(row[:20], again[:20], atol=1.1)


@pytest.mark.parametrize("audio", [np.zeros(0, np.float32), np.zeros(300, np.float32), np.zeros(16_000, np.float32)])
def test_a_row_of_nothing_is_finite(audio: np.ndarray) -> None:  # type: ignore[type-arg]
    assert np.isfinite(acoustics.row(audio, features(len(audio) / 16_000))).all()


def test_a_head_survives_its_file_and_is_verified(tmp_path: Path) -> None:
    path = tmp_path / "head.npz"
    sha256 = head.save(HEAD, path)
    row = np.linspace(-1, 1, WIDTH).astype(np.float32)
    again = head.load(path)
    assert again.probability(row, 0.3) == pytest.approx(HEAD.probability(row, 0.3), abs=1e-6)
    assert head.parsed(path.read_bytes(), "head", sha256).encoder == "toy"
    with pytest.raises(CorruptWeights, match="damaged"):
        head.parsed(path.read_bytes(), "head", "0" * 64)
    path.write_bytes(path.read_bytes()[:200])
    with pytest.raises(CorruptWeights, match="train turns"):
        head.load(path)
    with pytest.raises(MissingWeights, match="train turns"):
        head.load(tmp_path / "none.npz")


def test_values_that_are_no_numbers_do_not_decide() -> None:
    row = np.zeros(WIDTH, np.float32)
    row[3], row[7] = np.nan, np.inf
    assert 0.0 <= HEAD.probability(row, None) <= 1.0
    bad = replace(HEAD, weight=np.full(WIDTH, np.nan, np.float32))
    with pytest.raises(CorruptWeights):
        head.parsed(_bytes(bad), "bad")


def _bytes(bad: Head) -> bytes:
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "bad.npz"
        head.save(bad, path)
        return path.read_bytes()


def test_the_blend_follows_both_opinions() -> None:
    high, low = np.full(WIDTH, 2.0, np.float32), np.full(WIDTH, -2.0, np.float32)
    assert HEAD.probability(high, 0.9) > HEAD.probability(high, 0.1) > HEAD.probability(low, 0.1)
    assert HEAD.probability(high, None) > HEAD.probability(low, None)


def test_without_features_or_a_head_for_them_nothing_is_claimed(tmp_path: Path) -> None:
    path = tmp_path / "head.npz"
    head.save(HEAD, path)
    turn = EncoderTurn(EncoderTurnConfig(str(path), "never"))
    assert turn.score(SPOKEN) == 0.5
    assert turn.score(SPOKEN, features(2.8, width=5)) == 0.5
    assert turn.score(SPOKEN[:0], features(0.0)) == 0.0
    assert turn.score(SPOKEN, features(2.8)) != 0.5
    turn.close()


@pytest.mark.parametrize(
    ("whole", "broken"),
    [
        ("I lost my job last week.", "I lost my"),
        ("I don't know what to do.", "I don't know what to"),
        ("My sister moved to another city.", "My sister moved to another"),
        ("He told me that he needs space.", "He told me that he"),
        ("It's been a very long week.", "It's been a very"),
        ("I can't sleep because I worry so much.", "I can't sleep because"),
    ],
)
def test_words_that_end_read_as_more_of_an_end_than_words_that_break_off(whole: str, broken: str) -> None:
    words = completeness.shipped()
    assert words.logit(whole) > words.logit(broken) + 1.0
    assert words.logit(broken) < 0.0


@pytest.mark.parametrize("text", ["Yes.", "No, thank you.", "I'm so tired."])
def test_short_answers_may_be_all_there_is(text: str) -> None:
    assert completeness.shipped().logit(text) > -1.5


def test_no_words_and_other_scripts_say_nothing() -> None:
    assert completeness.shipped().logit("") == 0.0
    assert completeness.shipped().logit("…") == 0.0
    assert completeness.shipped().logit("Я не знаю") == 0.0


def test_the_end_is_read_without_its_punctuation() -> None:
    assert completeness.features("I lost my.") == completeness.features("i lost my")
    assert "f i" in completeness.features("It rained. I lost my keys.")


def test_words_survive_their_file(tmp_path: Path) -> None:
    words = Words(np.linspace(-1, 1, completeness.BUCKETS).astype(np.float32), 0.25)
    path = tmp_path / "words.npz"
    sha256 = completeness.save(words, path)
    again = completeness.parsed(path.read_bytes(), "words", sha256)
    assert again.logit("I lost my job") == pytest.approx(words.logit("I lost my job"), abs=0.02)
    with pytest.raises(CorruptWeights, match="damaged"):
        completeness.parsed(path.read_bytes(), "words", "0" * 64)
    with pytest.raises(CorruptWeights, match="train turns"):
        completeness.parsed(b"nothing", "words")


def test_the_shipped_weights_are_small_listed_on_their_card_and_quick() -> None:
    folder = resources.files("warmline.speech.turn.weights")
    listed = json.loads((folder / "heads.json").read_text(encoding="utf-8"))
    card = (folder / "CARD.md").read_text(encoding="utf-8")
    for row in listed.values():
        assert len((folder / row["file"]).read_bytes()) < 1_000_000
        assert row["sha256"] in card
    shipped = head.shipped("whisper-tiny.en")
    assert shipped is not None
    assert head.shipped("unknown") is None
    assert len(shipped.mean) == acoustics.width(384)
    heard = EncoderFeatures(np.random.default_rng(0).normal(size=(140, 384)).astype(np.float32), "whisper-tiny.en")
    began = time.process_time()
    for _ in range(20):
        shipped.probability(acoustics.row(SPOKEN, heard), 0.5)
    assert (time.process_time() - began) / 20 < 0.05  # 1-2 ms where nothing else runs
