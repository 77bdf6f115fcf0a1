"""Words: the shipped model on sentences of our own, and its parts."""

import io

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from warmline.emotion.training.words_fit import Texts, best_cuts, fit_words, macro_f1, read_texts, save_words
from warmline.emotion.types import LABELS
from warmline.emotion.words import EMOTIONS, LABEL_OF, Words, features, grouped, parse, read_words
from warmline.speech.runtime.errors import CorruptWeights, UnreadableInput


@pytest.fixture(scope="module")
def words() -> Words:
    return read_words()


@pytest.mark.parametrize(
    ("text", "side"),
    [
        ("I got the job and I am so happy", 1),
        ("thank you so much that was lovely", 1),
        ("I love my new flat", 1),
        ("I feel so alone since she left", -1),
        ("I am not happy about this at all", -1),
        ("I'm scared of the results", -1),
        ("I am so angry with him", -1),
        ("I hate everything about this disgusting place", -1),
        ("The train leaves at ten past four", 0),
    ],
)
def test_sides(words, text, side):
    valence = words.read(text).valence
    assert valence > 0.3 if side > 0 else valence < -0.3 if side < 0 else abs(valence) < 0.3


@pytest.mark.parametrize(
    "text", ["I'm fine, really.", "It's nothing", "Oh I'm just totally okay", "Don’t worry about me"]
)
def test_questions_waved_away(words, text):
    assert words.read(text).waved_away


@pytest.mark.parametrize("text", ["I'm not fine", "I am fining him", "Is it nothing to you that she is all right", ""])
def test_not_waved_away(words, text):
    assert not words.read(text).waved_away


def test_silence_and_foreign_words_say_nothing(words):
    for text in ("", "...", "żółć", "12 34"):
        heard = words.read(text)
        assert heard.confidence == 0.0
        assert heard.valence == 0.0


@given(st.text(max_size=300))
def test_any_text_is_answered(text):
    heard = read_words().read(text)
    assert -1.0 <= heard.valence <= 1.0
    assert 0.0 <= heard.confidence <= 1.0
    assert sum(heard.labels.values()) == pytest.approx(1.0, abs=1e-5)


def test_negation_marks_the_next_words_only():
    marked = set(features("i do not like it here but i stay"))
    assert marked & set(features("stay"))
    assert not marked & set(features("like"))


def test_groups_cover_every_emotion():
    assert len(EMOTIONS) == 28
    assert set(LABEL_OF) <= set(EMOTIONS)
    labels = grouped(np.full(28, 0.5, np.float32))
    assert set(labels) == set(LABELS)


def test_training_learns_what_it_is_shown(tmp_path):
    rows = [("what a lovely day", "17"), ("i miss her so much", "25"), ("this makes me furious", "2")] * 20
    path = tmp_path / "texts.tsv"
    path.write_text("".join(f"{text}\t{ids}\tx\n" for text, ids in rows), encoding="utf-8")
    texts = read_texts(path)
    model = fit_words(texts, strength=50.0)
    assert macro_f1(model, texts, best_cuts(model, texts)) == pytest.approx(3 / 28)
    save_words(model, tmp_path / "words.npz")
    again = parse((tmp_path / "words.npz").read_bytes())
    assert again.read("i miss her").valence == model.read("i miss her").valence < 0.0
    assert isinstance(texts, Texts)
    assert again.weight.shape == (len(model.keys), 28)


@pytest.mark.parametrize("content", [b"", b"one column\n", b"text\tnot a number\tx\n", b"\xff\xfe\tx"])
def test_a_table_that_is_none_is_named(tmp_path, content):
    path = tmp_path / "texts.tsv"
    path.write_bytes(content)
    with pytest.raises(UnreadableInput, match=r"texts\.tsv"):
        read_texts(path)


def test_a_damaged_model_is_named():
    empty = io.BytesIO()
    np.savez(empty, weight=np.zeros(3))
    for data in (b"nonsense", empty.getvalue()):
        with pytest.raises(CorruptWeights, match="install"):
            parse(data)
