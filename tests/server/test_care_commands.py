"""helplines, audit and referrals keep their word, and wrong settings of care say what is wrong."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from warmline.server.audit.chain import Entry
from warmline.server.audit.log import AuditLog, anchor_path
from warmline.server.cli import main

OWN = "country\tname\tnumber\tchannel\thours\tlanguages\tfor\twebsite\tchecked\tstatus\tsource\n"


def own(path: Path, *rows: str) -> str:
    path.write_text(OWN + "\n".join(rows) + "\n")
    return f"care.helplines={path}"


def shown(capsys: pytest.CaptureFixture[str]) -> dict[str, object]:
    found: dict[str, object] = json.loads(capsys.readouterr().out)
    return found


def test_an_operators_own_lines_come_first(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    row = "DE\tUnser Telefon\t030 1234567\tphone\t24/7\tde\t\thttps://example.org\t2026-11-01\tverified\tours"
    assert main(["helplines", "list", "--country", "de", "--json", "--set", own(tmp_path / "own.tsv", row)]) == 0
    lines = shown(capsys)["helplines"]
    assert isinstance(lines, list)
    assert [line["name"] for line in lines] == ["Unser Telefon", "Telefonseelsorge"]
    assert [line["own"] for line in lines] == [True, False]


@pytest.mark.parametrize(
    ("row", "what"),
    [
        ("DE\tX\t116 999 123 456 789 000\tphone\t24/7\tde\t\t\t2026-11-01\tverified\t", "cannot be dialled"),
        ("DE\tX\t030 1234567\tphone\t24/7\tde\t\t\t2020-01-01\tverified\t", "days ago"),
        ("DE\tX\t030 1234567\tphone\t24/7\tde\t\t\t2999-01-01\tverified\t", "to come"),
    ],
)
def test_the_check_finds_what_would_mislead(
    tmp_path: Path, row: str, what: str, capsys: pytest.CaptureFixture[str]
) -> None:
    args = ["helplines", "check", "--country", "DE", "--json", "--set", own(tmp_path / "own.tsv", row)]
    assert main(args) == 1
    findings = shown(capsys)["findings"]
    assert isinstance(findings, list)
    assert any(one["fatal"] and what in one["what"] for one in findings)


@pytest.mark.parametrize("row", ["Germany\tX\t1\tphone\t24/7\tde\t\t\t2026-11-01\tverified\t", "DE\tX"])
def test_a_table_that_is_none_says_how_one_looks(tmp_path: Path, row: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["helplines", "list", "--set", own(tmp_path / "own.tsv", row)]) == 2
    assert "columns" in capsys.readouterr().err


def audit(path: Path) -> Path:
    log = AuditLog(path)
    log.put(Entry("2026-01-01T00:00:00", "a", "risk", 2, referral=True))
    log.put(Entry("2026-01-01T00:00:01", "a", "risk", 2))
    log.close()
    return path


def test_an_audit_is_verified_and_counted(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = audit(tmp_path / "a.jsonl")
    kept = anchor_path(path).read_text()
    assert main(["audit", "verify", str(path)]) == 0
    assert "unbroken" in capsys.readouterr().out
    assert main(["referrals", str(path), "--json"]) == 0
    years = shown(capsys)["years"]
    assert years == [{"year": 2026, "referrals": 1, "calls": 1, "at_risk": 1, "imminent": 0}]
    path.write_text(path.read_text().splitlines()[0] + "\n")
    assert main(["audit", "verify", str(path), "--json", "--anchor", kept]) == 1
    assert "cut off" in str(shown(capsys)["fault"])
    assert main(["referrals", str(path)]) == 5
    assert main(["audit", "verify", str(path), "--anchor", "nonsense"]) == 2
    assert main(["audit", "verify"]) == 2


@pytest.mark.parametrize(
    ("setting", "what"),
    [
        ("care.jurisdiction=mars", "us-ca"),
        ("care.setting=prison", "school"),
        ("call.tone_consent=perhaps", "denied"),
        ("call.notice_every_h=5", "at most 3"),
    ],
)
def test_wrong_settings_of_care_are_told(setting: str, what: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["helplines", "list", "--set", setting]) == 2
    assert what in capsys.readouterr().err
