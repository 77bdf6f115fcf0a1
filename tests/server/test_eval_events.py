"""``warmline eval events``: its scores on made-up scenes, its keys, its errors; real sounds where weights are."""

import json
import math

import numpy as np
import pytest
from sounds import syllables

from warmline.emotion.events.evaluate import Scene, scores, wordless
from warmline.emotion.training.vocal_sounds import whispered
from warmline.server import cli
from warmline.speech.audio.files import read_audio, write_wav
from warmline.speech.runtime import weights


def scene(event="", *found, speech=False, apart=False):
    return Scene(event, speech, frozenset(found), apart, 36.0)


def test_recall_precision_and_false_alarms_are_counted():
    scenes = [scene("cry", "cry"), scene("cry"), scene("cough", "cry"), *[scene(speech=True)] * 7]
    found = scores(scenes)
    assert set(found) == {"cry", "cough"}
    cry = found["cry"]
    assert (cry.n, cry.recall, cry.precision) == (2, 0.5, 0.5)
    assert cry.false_alarm_rate == pytest.approx(1 / 8)
    assert cry.false_alarms_per_h == pytest.approx(1 / 0.08)
    assert found["cough"].recall == 0.0
    assert math.isnan(found["cough"].precision)


def test_wordless_is_told_apart_by_group():
    scenes = [scene("cry", apart=True), scene("cry"), scene(speech=True), scene(), scene(apart=True)]
    assert wordless(scenes) == {"cry": 0.5, "speech": 0.0, "other": 0.5}


def labelled(folder, rows):
    path = folder / "labels.tsv"
    path.write_text("file\tevent\n" + "".join(f"{file}\t{event}\n" for file, event in rows), encoding="utf-8")
    return str(path)


@pytest.mark.weights
def test_recordings_are_scored(tmp_path, capsys):
    spoken = read_audio("demos/audio/job.wav").samples[:64_000]
    write_wav(tmp_path / "said.wav", spoken, 16_000)
    write_wav(tmp_path / "hushed.wav", whispered(spoken, np.random.default_rng(0)), 16_000)
    table = labelled(tmp_path, [("said.wav", "speech"), ("hushed.wav", "Whisper"), ("gone.wav", "cry")])
    assert cli.main(["eval", "events", table, str(tmp_path), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["n"] == 2
    assert found["missing"] == 1
    assert found["events"]["whisper"] == pytest.approx(
        {"n": 1, "recall": 1.0, "precision": 1.0, "false_alarm_rate": 0.0, "false_alarms_per_h": 0.0}
    )
    assert found["wordless"]["speech"] == 0.0
    assert cli.main(["eval", "events", table, str(tmp_path), "--telephone"]) == 0
    assert "called wordless" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("text", "told"),
    [("file\tlabel\na\tcry\n", "no column 'event'"), ("file\tevent\n", "no rows"), (None, "cannot be read")],
)
def test_bad_tables_are_told_in_one_line(tmp_path, capsys, text, told):
    if text is not None:
        (tmp_path / "labels.tsv").write_text(text)
    assert cli.main(["eval", "events", str(tmp_path / "labels.tsv"), str(tmp_path)]) == 2
    printed = capsys.readouterr().err
    assert told in printed
    assert printed.count("\n") == 1


def test_missing_audio_and_missing_weights_are_told(tmp_path, capsys, monkeypatch):
    write_wav(tmp_path / "a.wav", syllables(4), 16_000)
    table = labelled(tmp_path, [("a.wav", "speech")])
    assert cli.main(["eval", "events", table, str(tmp_path / "nowhere")]) == 2
    monkeypatch.setattr(weights.cache, "_folder", tmp_path)
    assert cli.main(["eval", "events", table, str(tmp_path)]) == 3
    assert "weights fetch yamnet" in capsys.readouterr().err
