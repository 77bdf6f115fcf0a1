"""The command as a whole, with fakes for every model: what it prints, and what it refuses."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest

from tests.speech.turn.test_cuts import buzz, quiet
from warmline.server import cli
from warmline.server.commands import eval_turns
from warmline.speech.audio.files import write_wav
from warmline.speech.turn.backends import TURNS
from warmline.speech.turn.base import TurnDetector
from warmline.tts.voice.backends import VOICES
from warmline.tts.voice.base import Voice

FAKES = [
    *("--set", "vad.backend=energy", "--set", "turn.backend=vad_only", "--set", "asr.backend=scripted"),
    *("--set", "asr.script=0.1-2.5 I lost my job last week", "--set", "tagger.backend=scripted"),
]


class Hums:
    """Every voice is the one that hums."""

    def create(self, name: str, options: Mapping[str, object] | None = None) -> Voice:
        return VOICES.create("tone", {"word_ms": 160})


@pytest.fixture(autouse=True)
def fakes(monkeypatch: pytest.MonkeyPatch) -> None:
    def smart() -> TurnDetector:
        return TURNS.create("scripted", {"scores": "0.2, 0.9"})

    monkeypatch.setattr(eval_turns, "VOICES", Hums())
    monkeypatch.setattr(eval_turns, "_smart", smart)


def test_one_object_with_the_keys_of_the_contract(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    plot, failures = tmp_path / "curve.svg", tmp_path / "failures.tsv"
    words = ["eval", "turns", "--scenes", "3", "--json", "--plot", str(plot), "--failures", str(failures), *FAKES]
    assert cli.main(words) == 0
    out = capsys.readouterr().out
    found = json.loads(out)
    assert out.count("\n") == 1
    for system in ("ours", "smart_turn", "vad"):
        assert set(found[system]) >= {"cutoff_rate", "delay_ms", "missed_ends"}
        assert set(found[system]["delay_ms"]) >= {"p50", "p95"}
        assert found["curve"][system]
    assert {"false_barge_rate", "missed_barge_rate", "n", "version", "hardware"} <= set(found)
    assert found["n"] == 6
    assert found["pauses"] >= 1
    assert found["modelled_ms"] == {"decode": 200.0, "score": 50.0}
    assert 600 < found["vad"]["delay_ms"]["p50"] < 1100
    assert plot.read_text(encoding="utf-8").startswith("<svg")
    assert failures.exists()


def test_a_folder_of_recordings_and_the_table(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name in ("a", "b"):
        audio = np.concatenate([quiet(0.2), buzz(1.0), quiet(0.5), buzz(1.0), quiet(0.3)])
        write_wav(tmp_path / f"{name}.wav", audio, 16_000)
    assert cli.main(["eval", "turns", str(tmp_path), "--scenes", "2", "--only", "turns", *FAKES]) == 0
    out = capsys.readouterr().out
    assert "2 turns" in out
    assert "fixed wait, 700 ms" in out
    assert "interruptions" not in out


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["--scenes", "0"], "--scenes"),
        (["--plot", "curve.png"], "SVG"),
        (["nowhere"], "no folder"),
        (["--events", "nowhere"], "no folder"),
        (["--set", "turn.backend=psychic"], "psychic"),
    ],
)
def test_bad_usage_is_one_clear_line(words: list[str], says: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["eval", "turns", *FAKES[:2], *FAKES[4:], *words]) == 2
    told = capsys.readouterr()
    assert says in told.err
    assert told.out == ""
