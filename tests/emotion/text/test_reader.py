"""The shipped reader of words: what it finds in sentences of our own, in context, and when its files are damaged."""

import itertools
import json
import shutil

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from warmline.emotion.text import inputs, reader
from warmline.emotion.text.corpora import MELD
from warmline.emotion.types import LABELS
from warmline.emotion.words import read_words
from warmline.emotion.words_in_context import WordsInContext, read_in_context
from warmline.speech.runtime.errors import CorruptWeights, MissingWeights


def emotion(*lines: tuple[bool, str]) -> dict[str, float]:
    talk = inputs.talk_of(lines)
    return dict(zip(MELD, reader.shipped().emotion(talk, len(talk) - 1).tolist(), strict=True))


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("How dare you! Get out of my house!", "anger"),
        ("That was wonderful, I am so happy for you!", "joy"),
        ("I just miss her so much. I can't stop crying.", "sadness"),
        ("The meeting was moved to Wednesday.", "neutral"),
    ],
)
def test_plain_cases(text, name):
    found = emotion((True, text))
    assert max(found, key=lambda one: found[one]) == name
    assert sum(found.values()) == pytest.approx(1.0, abs=1e-5)


def test_what_was_said_before_counts():
    alone = emotion((True, "Yeah."))
    after = emotion((False, "We got it! We got the house!"), (True, "We did! Oh that's wonderful!"), (True, "Yeah."))
    assert after["joy"] > alone["joy"] + 0.05


def test_the_cause_is_in_the_persons_own_words():
    talk = inputs.talk_of(
        [(False, "Hello."), (True, "I failed my driving test this morning."), (True, "I feel so stupid and sad.")]
    )
    found = reader.shipped().causes(talk, 2, "sadness")
    assert {cause.place for cause in found} & {1, 2}
    assert all(cause.words in talk[cause.place].text for cause in found)
    assert all(one.probability >= two.probability for one, two in itertools.pairwise(found))


@settings(max_examples=25)
@given(st.text(max_size=400), st.lists(st.tuples(st.booleans(), st.text(max_size=60)), max_size=6))
def test_any_text_is_answered(text, before):
    found = read_in_context().read(text, before)
    assert -1.0 <= found.valence <= 1.0
    assert 0.0 <= found.confidence <= 1.0
    assert set(found.labels) == set(LABELS)
    assert sum(found.labels.values()) == pytest.approx(1.0, abs=1e-4)


@pytest.mark.parametrize(
    ("text", "side"),
    [
        ("I got the job and I am so happy", 1),
        ("I feel so alone since she left", -1),
        ("I'm really scared of the results", -1),
        ("I am not happy about this at all", -1),
        ("The shop on the corner opens at eight", 0),
    ],
)
def test_sides_in_our_labels(text, side):
    valence = read_in_context().read(text).valence
    assert valence > 0.25 if side > 0 else valence < -0.25 if side < 0 else abs(valence) < 0.3


def test_without_the_encoder_the_linear_model_reads_alone():
    text = "I miss her so much"
    assert WordsInContext(read_words(), None).read(text) == read_words().read(text)


def test_missing_and_damaged_files_are_named(tmp_path):
    with pytest.raises(MissingWeights, match="train it anew"):
        reader.load(tmp_path)
    folder = reader.shipped_folder(reader.PACKAGE)
    for name in ("files.json", "words_heads.npz", "words.onnx"):
        shutil.copy(folder / name, tmp_path / name)
    (tmp_path / "words_heads.npz").write_bytes(b"not these")
    with pytest.raises(CorruptWeights, match="words_heads"):
        reader.load(tmp_path, reader.table())
    listed = json.loads((folder / "files.json").read_text())
    assert {"embeddings.npz", "words.onnx", "words_heads.npz"} == set(listed)
    assert sum((folder / name).stat().st_size for name in listed) < 25_000_000
