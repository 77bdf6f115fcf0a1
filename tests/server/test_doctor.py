"""``warmline doctor``: what it finds, what it says to do, and its exit status."""

from __future__ import annotations

import json
import socket
from pathlib import Path
from typing import Any

import pytest

from warmline.server.cli import main


def found(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, dict[str, dict[str, Any]]]:
    status = main(["doctor", "--json", "--set", "server.port=0", *arguments])
    told = json.loads(capsys.readouterr().out)
    assert told["ok"] is (status == 0)
    return status, {row["about"]: row for row in told["findings"]}


def test_missing_weights_are_named_with_the_command_that_gets_them(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    status, rows = found(capsys, "--set", f"cache={tmp_path}")
    assert status == 3
    assert rows["weights"]["state"] == "missing"
    assert "whisper-tiny.en" in rows["weights"]["what"]
    assert rows["weights"]["then"] == "warmline weights fetch"


@pytest.mark.parametrize(
    ("setting", "about", "says"),
    [
        ("asr.backend=no_such", "asr", "no_such"),
        ("voice.colour=red", "voice", "colour"),
        ("diarize.backend=pyannote", "diarize", "pyannote"),
    ],
)
def test_a_backend_that_cannot_be_built_is_missing(
    setting: str, about: str, says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    status, rows = found(capsys, "--set", setting)
    if about == "diarize" and rows[about]["state"] == "ok":
        pytest.skip("pyannote.audio is installed here")
    assert status == 3
    assert rows[about]["state"] == "missing"
    assert says in rows[about]["what"]


def test_a_library_of_the_system_is_named_only_where_it_is_needed(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("ctypes.util.find_library", lambda name: None)
    status, rows = found(capsys)
    assert status == 3
    assert rows["libgomp"]["then"] == "apt-get install libgomp1"
    _, rows = found(capsys, "--set", "llm.backend=scripted")
    assert "libgomp" not in rows


def test_what_an_operator_should_know_is_advice_and_no_failure(capsys: pytest.CaptureFixture[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        main(["doctor", "--json", "--set", f"server.port={port}"])
        rows = {row["about"]: row for row in json.loads(capsys.readouterr().out)["findings"]}
    assert rows["port"]["state"] == "advice"
    _, rows = found(capsys, "--set", "server.host=0.0.0.0", "--set", "store.url=calls.db")
    assert rows["tokens"]["state"] == "advice"
    assert rows["store"]["state"] == "advice"
    assert rows["helplines"]["state"] == "advice"


def test_a_store_that_cannot_be_written_is_missing(capsys: pytest.CaptureFixture[str]) -> None:
    status, rows = found(capsys, "--set", "store.url=/no/such/folder/calls.db", "--set", "store.plaintext=true")
    assert status == 3
    assert rows["store"]["state"] == "missing"


def test_the_table_ends_with_the_verdict(capsys: pytest.CaptureFixture[str]) -> None:
    status = main(["doctor", "--set", "server.port=0"])
    last = capsys.readouterr().out.strip().splitlines()[-1]
    assert last.startswith("Calls can be taken" if status == 0 else "Calls cannot be taken yet")
