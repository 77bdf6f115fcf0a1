"""Recognition in batches against one at a time: the same words, and a figure for each way."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from warmline.server import cli


@pytest.mark.weights
@pytest.mark.skipif(not Path("demos/audio").is_dir(), reason="runs from a checkout")
def test_a_batch_hears_what_one_at_a_time_hears(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["bench", "batching", "--calls", "3", "--rounds", "1", "--json"]) == 0
    out = json.loads(capsys.readouterr().out)
    assert out["same_words"] is True
    assert out["gain_cpu"] > 0.0
    assert {"n", "version", "hardware", "gain_wall"} <= out.keys()


@pytest.mark.parametrize("words", [["--calls", "1"], ["--rounds", "0"], ["one.wav", "--calls", "2"]])
def test_wrong_usage_is_one_clear_line(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["bench", "batching", *words]) == 2
    assert capsys.readouterr().err.count("\n") == 1
