"""Whole talks are read by a net and a judge; what a person found in their lines is kept and counted."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest
from conversation_cards import write

from warmline.server.cli import main

FAKES = ("--set", "llm.backend=scripted")


def run(capsys: pytest.CaptureFixture[str], *words: str) -> dict[str, object]:
    assert main(["eval", "honesty", *words, "--json", *FAKES]) == 0
    found = json.loads(capsys.readouterr().out)
    assert isinstance(found, dict)
    return found


def lines(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, delimiter="\t"))


def test_a_person_decides_and_the_next_run_counts(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    cards, out = str(write(tmp_path / "cards.json")), tmp_path / "talks"
    words = (cards, "--turns", "5", "--per-talk", "3", "--out", str(out), "--judge", "settings")
    first = run(capsys, *words)
    assert first["turns"] == 6, "whole talks"
    by = first["by"]
    assert isinstance(by, dict)
    assert first["written"] == 6 - by.get("fallback", 0) - by.get("protocol", 0), "what is ours proves nothing"
    assert (first["confirmed"], first["read"]) == (0, 0)
    talk = next(out.glob("mara-*.json"))
    told = json.loads(talk.read_text())
    told["exchanges"][0]["reply"] = "My mother had clinical depression and took two pills a day."
    talk.write_text(json.dumps(told))
    held_at = talk.stat().st_mtime_ns
    second = run(capsys, *words)
    assert talk.stat().st_mtime_ns == held_at, "what is held is not held again"
    assert (second["confirmed"], second["read"]) == (0, 0), "nobody has read it yet"
    path = out / "suspicious.tsv"
    found = lines(path)
    (row,) = [row for row in found if "mother" in row["reply"]]
    assert {"diagnosis", "medicine or dose", "life or feelings of its own"} <= set(row["why"].split("; "))
    row["verdict"] = "yes"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(row), delimiter="\t")
        writer.writeheader()
        writer.writerows(found)
    third = run(capsys, *words)
    assert (third["confirmed"], third["read"], third["to_read"]) == (1, 1, second["to_read"])


def test_what_is_wrong_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    cards, out = str(write(tmp_path / "cards.json")), str(tmp_path / "talks")
    assert main(["eval", "honesty", cards, "--turns", "0", "--out", out]) == 2
    assert "at least 1" in capsys.readouterr().err
    args = ["eval", "honesty", cards, "--turns", "2", "--out", out, "--judge", "http://127.0.0.1:9/v1", *FAKES]
    assert main(args) != 0
    assert "language model server" in capsys.readouterr().err
