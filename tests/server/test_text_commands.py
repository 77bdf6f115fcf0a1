"""The measuring commands of the text models, on small files of our own: one JSON object, and clear errors."""

import importlib.util
import json

import pytest

from warmline.server.cli import main

MELD = (
    "Utterance,Speaker,Emotion,Dialogue_ID\n"
    "That is wonderful and I am so happy!,A,joy,0\nI am so glad for you!,B,joy,0\nGet out of my house!,A,anger,1\n"
)
RECCON = [
    [
        {"speaker": "A", "utterance": "I failed my driving test.", "emotion": "sadness"}
        | {"expanded emotion cause evidence": [1], "expanded emotion cause span": ["failed my driving test"]},
        {"speaker": "B", "utterance": "Oh no.", "emotion": "neutral"},
    ]
]
MI = (
    "transcript_id,interlocutor,utterance_text,main_therapist_behaviour\n"
    "x,client,I smoke ten a day,n/a\nx,therapist,How do you feel about that?,question\nx,therapist,Okay.,other\n"
)


def said(capsys: pytest.CaptureFixture[str], *words: str) -> dict[str, object]:
    assert main([*words, "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert isinstance(found, dict)
    assert {"n", "version", "hardware"} <= set(found)
    return found


def test_words_in_both_forms(tmp_path, capsys):
    (tmp_path / "meld.csv").write_text(MELD)
    found = said(capsys, "eval", "words", str(tmp_path / "meld.csv"))
    assert {"weighted_f1", "macro_f1", "ece"} <= set(found)
    assert (found["n"], found["form"], found["weighted_f1"]) == (3, "meld", 1.0)
    (tmp_path / "go.tsv").write_text("thank you so much\t15\tx\nwhat an idiot\t2,3\ty\n")
    found = said(capsys, "eval", "words", str(tmp_path / "go.tsv"), "--limit", "1")
    assert (found["n"], found["form"]) == (1, "goemotions")
    assert found["f1"]["gratitude"] == 1.0


def test_causes(tmp_path, capsys):
    path = tmp_path / "reccon.json"
    path.write_text(json.dumps({"t": RECCON}))
    found = said(capsys, "eval", "causes", str(path))
    assert (found["n"], found["utterances"]) == (1, 1)
    assert found["positive_f1"] == 1.0
    assert said(capsys, "eval", "causes", str(path), "--hide-emotion")["emotion_told"] is False


def test_which_strategy_an_utterance_is(tmp_path, capsys):
    path = tmp_path / "talks.jsonl"
    asked = {"speaker": "supporter", "text": "How long have you felt this way?", "strategy": "Question"}
    path.write_text(json.dumps({"dialog": [{"speaker": "seeker", "text": "I am so tired"}, asked]}) + "\n")
    found = said(capsys, "eval", "strategy", str(path), "--said")
    assert (found["n"], found["accuracy"]) == (1, 1.0)


def test_codes_say_which_model_scored(tmp_path, capsys):
    path = tmp_path / "mi.csv"
    path.write_text(MI)
    found = said(capsys, "eval", "mi", str(path))
    assert (found["n"], found["by_fold_models"], found["by_shipped_model"]) == (2, 0, 2)
    assert found["accuracy"] == 1.0


@pytest.mark.parametrize("command", ["words", "causes", "mi"])
def test_bad_input_is_one_line_and_exit_2(tmp_path, capsys, command):
    path = tmp_path / "bad.csv"
    path.write_bytes(b"\x00\x01 nothing")
    assert main(["eval", command, str(path)]) == 2
    assert "Traceback" not in capsys.readouterr().err
    assert main(["eval", command, str(tmp_path / "nowhere.csv")]) == 2


def test_bad_usage(tmp_path, capsys):
    (tmp_path / "meld.csv").write_text(MELD)
    assert main(["eval", "words", str(tmp_path / "meld.csv"), "--limit", "0"]) == 2
    assert "--limit" in capsys.readouterr().err


@pytest.mark.skipif(importlib.util.find_spec("torch") is not None, reason="with torch, training would begin")
def test_training_without_torch_says_what_to_install(tmp_path, capsys):
    files = [str(tmp_path / name) for name in ("m.csv", "r.json", "g.tsv")]
    words = ["train", "words", "--meld", files[0], "--reccon", files[1], "--comments", files[2]]
    assert main([*words, "--base", str(tmp_path), "--out", str(tmp_path)]) == 2
    assert "warmline[text-training]" in capsys.readouterr().err
