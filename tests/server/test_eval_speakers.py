"""warmline eval speakers, on a small corpus of synthetic voices told apart by the fake."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.sounds import voice
from warmline.server.cli import main
from warmline.speech.audio.files import write_wav

FAKE = ("--set", "diarize.backend=scripted")


@pytest.fixture
def corpus(tmp_path: Path) -> tuple[str, str]:
    audio, rows = tmp_path / "audio", ["file\temotion\tspeaker\tgender"]
    audio.mkdir()
    for who, hz in enumerate((85.0, 110.0, 150.0, 190.0, 240.0, 300.0)):
        for clip in range(5):
            name = f"{who}_{clip}.wav"
            write_wav(audio / name, voice(hz * (1 + 0.01 * clip), 1.5, seed=clip), 16_000)
            rows.append(f"{name}\tneutral\tp{who}\t{'MF'[who % 2]}")
    labels = tmp_path / "made_labels.tsv"
    labels.write_text("\n".join(rows) + "\n")
    return str(labels), str(audio)


def test_figures_of_held_out_speakers(corpus: tuple[str, str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["eval", "speakers", *corpus, "--enrol", "2", *FAKE, "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["n"] == found["trials"] > 0
    assert found["eer"] == 0.0
    assert found["by_corpus"] == {"made": 0.0}
    assert found["found"] > 0.9 > 0.1 > found["doubted"]
    assert main(["eval", "speakers", *corpus, "--enrol", "2", *FAKE]) == 0
    assert "equal error rate 0.000" in capsys.readouterr().out


def test_wrong_use_says_what_to_do(corpus: tuple[str, str], capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    for words, expected in (
        ((corpus[0],), "pairs"),
        ((*corpus, "--enrol", "9", *FAKE), "lower --enrol"),
        ((*corpus, *FAKE, "--calibrate", str(tmp_path / "x.json")), "for the embedded backend"),
        ((*corpus, *FAKE, "--seconds", "0.1"), "fewer than four"),
        ((str(tmp_path / "none.tsv"), corpus[1], *FAKE), "cannot be read"),
    ):
        assert main(["eval", "speakers", *words]) == 2
        assert expected in capsys.readouterr().err


@pytest.mark.weights
def test_a_calibration_is_written_with_its_card(corpus: tuple[str, str], tmp_path: Path) -> None:
    out = tmp_path / "calibration.json"
    assert main(["eval", "speakers", *corpus, "--enrol", "2", "--calibrate", str(out)]) == 0
    card = json.loads(out.read_text())
    assert card["fitted_on"] == ["made"]
    assert card["slope"] > 0
    assert len(card["mean"]) == 256
    assert set(card["held_out"]) >= {"eer", "doubted", "found"}
