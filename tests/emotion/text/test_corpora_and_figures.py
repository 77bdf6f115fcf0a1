"""Annotated files of three forms, and the figures made of readings."""

import json

import numpy as np
import pytest

from warmline.emotion.text.corpora import read_comments, read_meld, read_reccon, read_talks
from warmline.emotion.text.evaluate import calibration_error, multi, single
from warmline.emotion.text.training.calibrate import cut_for, cuts_for, heat_for
from warmline.speech.runtime.errors import UnreadableInput


def test_the_three_forms_are_read(tmp_path):
    meld = tmp_path / "meld.csv"
    meld.write_text("Utterance,Speaker,Emotion,Dialogue_ID\nhi,A,joy,0\nno,B,anger,0\nso,A,neutral,1\n")
    talks = read_meld(meld)
    assert [[said.emotion for said in talk] for talk in talks] == [["joy", "anger"], ["neutral"]]
    table = tmp_path / "go.tsv"
    table.write_text("what a day\t1,27\tx\n")
    assert read_comments(table)[0].labels == (1, 27)
    reccon = tmp_path / "r.json"
    row = {"speaker": "A", "utterance": "I won", "emotion": "happiness"}
    more = {"expanded emotion cause evidence": [1, "b"], "expanded emotion cause span": ["won"]}
    reccon.write_text(json.dumps({"tr_1": [[{**row, **more}]]}))
    (talk,) = read_reccon(reccon)
    assert (talk[0].emotion, talk[0].causes, talk[0].cause_spans) == ("joy", (0,), ("won",))
    loose = tmp_path / "l.jsonl"
    loose.write_text('{"dialog": [{"speaker": "a", "text": "hm"}]}\n')
    assert read_talks(loose)[0][0].text == "hm"


@pytest.mark.parametrize(
    ("read", "content"),
    [
        (read_meld, "a,b\n1,2\n"),
        (read_meld, "Utterance,Speaker,Emotion,Dialogue_ID\nhi,A,bored,0\n"),
        (read_comments, "only text\n"),
        (read_comments, "text\t99\tx\n"),
        (read_comments, ""),
        (read_reccon, "[]"),
        (read_reccon, "{}"),
        (read_talks, '{"dialog": 1}\n'),
    ],
)
def test_what_is_none_of_them_is_named(tmp_path, read, content):
    path = tmp_path / "given.txt"
    path.write_text(content)
    with pytest.raises(UnreadableInput, match=r"given\.txt"):
        read(path)
    with pytest.raises(UnreadableInput, match="nowhere"):
        read(tmp_path / "nowhere")


def test_figures_by_hand():
    chances = np.array([[0.9, 0.1], [0.6, 0.4], [0.2, 0.8], [0.7, 0.3]], np.float32)
    found = single(chances, np.array([0, 1, 1, 0]))
    assert found.accuracy == 0.75
    assert found.f1 == pytest.approx((0.8, 2 / 3))
    assert found.weighted_f1 == pytest.approx(0.5 * 0.8 + 0.5 * 2 / 3)
    several = multi(chances, chances >= 0.35, np.array([[1, 0], [1, 1], [0, 1], [1, 0]], bool))
    assert several.f1 == (1.0, 1.0)
    assert several.accuracy == 1.0


def test_calibration_error_is_the_gap():
    confidence = np.full(100, 0.85, np.float32)
    assert calibration_error(confidence, np.arange(100) < 85) == pytest.approx(0.0, abs=1e-6)
    assert calibration_error(confidence, np.arange(100) < 35) == pytest.approx(0.5, abs=1e-6)


def test_calibration_finds_the_heat_and_the_cut():
    rng = np.random.default_rng(0)
    true = rng.normal(size=(4000, 3)).astype(np.float32) * 2
    odds = np.exp(true) / np.exp(true).sum(axis=1, keepdims=True)
    drawn = np.array([rng.choice(3, p=row / row.sum()) for row in odds.astype(float)])
    assert heat_for(true * 2.0, np.eye(3, dtype=np.float32)[drawn]) == pytest.approx(2.0, rel=0.15)
    chances = rng.random((3000, 2)).astype(np.float32)
    target = np.stack([chances[:, 0] > 0.3, chances[:, 1] > 0.6], axis=1).astype(np.float32)
    assert cuts_for(chances, target) == pytest.approx([0.3, 0.6], abs=0.05)
    scores = np.linspace(-4, 4, 400, dtype=np.float32)
    assert cut_for(scores, scores > 0.0) == pytest.approx(0.5, abs=0.05)
