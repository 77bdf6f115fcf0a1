"""Heads: reading, saving, verifying."""

import json
import math
from dataclasses import replace

import numpy as np
import pytest

from warmline.emotion.functionals import NAMES
from warmline.emotion.head import VOICE_ONLY, Head, Layer, Listener, averaged, pooled
from warmline.emotion.head_file import load, save, shipped
from warmline.emotion.types import LABELS
from warmline.speech.runtime.errors import CorruptWeights, MissingWeights

WIDTH = 6
INPUTS = 2 * WIDTH + len(NAMES)


def head(seed: int = 0, temperature: float = 2.0) -> Head:
    """A small head with random weights: one linear member and one with a hidden layer."""
    chance = np.random.default_rng(seed)

    def layer(inputs: int, outputs: int) -> Layer:
        return Layer(
            chance.standard_normal((inputs, outputs)).astype("f4"), chance.standard_normal(outputs).astype("f4")
        )

    return Head(
        encoder="tiny",
        width=WIDTH,
        mean=np.zeros(INPUTS, "f4"),
        scale=np.ones(INPUTS, "f4"),
        members=((layer(INPUTS, 8),), (layer(INPUTS, 5), layer(5, 8))),
        arousal=layer(INPUTS, 1),
        temperature=temperature,
        caution=1.5,
        threshold=0.4,
        usual=1.0,
    )


def test_probabilities_sum_to_one_and_do_not_depend_on_how_long_it_was():
    chance = np.random.default_rng(1)
    frames = chance.standard_normal((50, WIDTH)).astype("f4")
    functionals = chance.standard_normal(len(NAMES)).astype("f4")
    once = head().read(frames, functionals)
    twice = head().read(np.concatenate([frames, frames]), functionals)
    assert once.probabilities.sum() == pytest.approx(1.0, abs=1e-5)
    assert len(once.probabilities) == len(LABELS)
    assert 0.0 <= once.high <= 1.0
    np.testing.assert_allclose(once.probabilities, twice.probabilities, atol=1e-4)


def test_a_higher_temperature_is_less_sure_of_the_same_label():
    row = np.random.default_rng(2).standard_normal(INPUTS).astype("f4")
    cold, hot = head(temperature=1.0).read_row(row), head(temperature=5.0).read_row(row)
    assert cold.probabilities.argmax() == hot.probabilities.argmax()
    assert cold.probabilities.max() > hot.probabilities.max()


def test_what_could_not_be_measured_counts_as_the_mean():
    row = np.random.default_rng(3).standard_normal(INPUTS).astype("f4")
    row[-3:] = 0.0
    missing = row.copy()
    missing[-3:] = math.nan
    np.testing.assert_array_equal(head().read_row(row).probabilities, head().read_row(missing).probabilities)
    assert np.isfinite(head().read_row(np.full(INPUTS, np.inf, "f4")).probabilities).all()


def test_sound_far_from_the_training_data_is_strange():
    near, far = head().read_row(np.zeros(INPUTS, "f4")), head().read_row(np.full(INPUTS, 3.0, "f4"))
    assert near.strange == 0.0
    assert far.strange == pytest.approx(9.0)


def test_pooling_is_mean_then_deviation():
    frames = np.array([[1.0, 0.0], [3.0, 0.0]], "f4")
    np.testing.assert_allclose(pooled(frames), [2.0, 0.0, 1.0, 0.0])


def test_saved_and_loaded_it_says_the_same(tmp_path):
    path = tmp_path / "a" / "head.npz"
    sha256 = save(head(), path)
    row = np.random.default_rng(4).standard_normal(INPUTS).astype("f4")
    again = load(path, sha256)
    np.testing.assert_allclose(again.read_row(row).probabilities, head().read_row(row).probabilities, atol=5e-3)
    assert (again.encoder, again.threshold, again.temperature) == ("tiny", 0.4, 2.0)


def listener(seed: int = 5) -> Listener:
    chance = np.random.default_rng(seed)
    shapes = ((WIDTH, 8), (8,), (8, 2), (2,), (16 + len(NAMES), 5), (5,), (5, 9), (9,), (INPUTS, 9))
    return Listener(*((0.3 * chance.standard_normal(shape)).astype("f4") for shape in shapes))


def with_listener(base: Head) -> Head:
    plain = (Layer(np.zeros((INPUTS, 8), "f4"), 5.0 * np.eye(8, dtype="f4")[3]),)
    return replace(base, frame_scale=np.full(WIDTH, 2.0, "f4"), listeners=(listener(),), plain=plain)


def test_a_listener_hears_when_something_was_said_and_not_how_often():
    chance = np.random.default_rng(6)
    frames = chance.standard_normal((40, WIDTH)).astype("f4")
    functionals = np.zeros(len(NAMES), "f4")
    found = listener().scores(frames, functionals)
    assert found.shape == (9,)
    np.testing.assert_allclose(listener().scores(np.tile(frames, (3, 1)), functionals), found, atol=1e-5)
    assert not np.allclose(listener().scores(frames[:10], functionals), found)


def test_a_saved_listener_says_the_same(tmp_path):
    chance = np.random.default_rng(7)
    frames, functionals = chance.standard_normal((30, WIDTH)).astype("f4"), np.zeros(len(NAMES), "f4")
    whole = with_listener(head())
    again = load(tmp_path / "head.npz", save(whole, tmp_path / "head.npz"))
    assert len(again.listeners) == len(again.plain) == 1
    one, other = whole.read(frames, functionals), again.read(frames, functionals)
    np.testing.assert_allclose(one.probabilities, other.probabilities, atol=5e-3)
    assert one.high == pytest.approx(other.high, abs=5e-3)
    assert not np.allclose(one.probabilities, head().read(frames, functionals).probabilities, atol=1e-3)


def test_strange_sound_is_left_to_the_plain_member():
    row = np.full(INPUTS, 2.0, "f4")
    far = with_listener(replace(head(), caution=0.0)).read_row(row, np.zeros((5, WIDTH), "f4"))
    assert far.strange == pytest.approx(4.0)
    assert far.probabilities.argmax() == 3
    near = replace(with_listener(head()), usual=100.0)
    other = replace(near, plain=())
    frames = np.ones((5, WIDTH), "f4")
    np.testing.assert_array_equal(near.read_row(row, frames).probabilities, other.read_row(row, frames).probabilities)


def test_frames_are_averaged_and_the_last_of_fewer():
    frames = np.arange(5, dtype="f4")[:, None]
    np.testing.assert_allclose(averaged(frames, 2)[:, 0], [0.5, 2.5, 4.0])
    assert averaged(frames, 1) is frames


def test_one_changed_byte_is_noticed(tmp_path):
    path = tmp_path / "head.npz"
    sha256 = save(head(), path)
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)
    with pytest.raises(CorruptWeights, match="install warmline again"):
        load(path, sha256)


def test_what_is_no_head_is_named_with_what_to_do(tmp_path):
    with pytest.raises(MissingWeights, match="train emotion"):
        load(tmp_path / "none.npz")
    (tmp_path / "text.npz").write_text("no head")
    with pytest.raises(CorruptWeights, match=r"text\.npz is no emotion head"):
        load(tmp_path / "text.npz")
    np.savez(tmp_path / "other.npz", facts=np.frombuffer(json.dumps({"format": 99}).encode(), np.uint8))
    with pytest.raises(CorruptWeights):
        load(tmp_path / "other.npz")


@pytest.mark.parametrize("encoder", ["whisper-tiny.en", "whisper-base", VOICE_ONLY])
def test_shipped_heads_are_whole(encoder):
    found = shipped(encoder)
    assert found is not None
    assert found.encoder == encoder
    assert 1.0 / len(LABELS) < found.threshold < 1.0
    assert found.width == {VOICE_ONLY: 0, "whisper-tiny.en": 384, "whisper-base": 512}[encoder]


def test_no_head_ships_for_an_unknown_encoder():
    assert shipped("somebody-elses-encoder") is None
