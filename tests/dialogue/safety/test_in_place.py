"""What is said in the place of a stopped piece: for every kind, in every language, and harmless itself."""

from __future__ import annotations

import csv
from importlib import resources

import pytest

from warmline.dialogue.safety import lines
from warmline.dialogue.safety.guard import Guard, guard_rules
from warmline.dialogue.safety.in_place import in_place
from warmline.dialogue.types import RiskLevel


def kinds() -> set[str]:
    text = (resources.files("warmline.dialogue.safety.training") / "guarded.tsv").read_text(encoding="utf-8")
    rows = csv.DictReader(text.splitlines(), delimiter="\t", quoting=csv.QUOTE_NONE)
    found = {row["kind"] for row in rows if row["label"] == "unsafe"}
    return found | {rule.kind for rule in guard_rules()} | {"leaked prompt", "means named at risk"}


@pytest.mark.parametrize("language", lines.LANGUAGES)
def test_every_kind_has_sentences_that_the_guard_itself_lets_pass(language: str) -> None:
    guard = Guard()
    for kind in kinds():
        rows = in_place(kind, language)
        assert len(rows) >= 2
        for row in rows:
            assert guard.check(row, RiskLevel.L3).ok, (row, guard.check(row, RiskLevel.L3).reason)


def test_english_goes_on_from_an_opening_too() -> None:
    for kind in kinds():
        assert all(row[0].islower() and row.endswith("?") for row in in_place(kind, form="ask"))
        assert all(row[0].islower() and row.endswith(".") for row in in_place(kind, form="after"))
        assert len(in_place(kind, form="ask")) >= 3 <= len(in_place(kind, form="after"))


def test_a_diagnosis_gives_way_to_a_doctor_and_a_promise_to_what_nobody_can_know() -> None:
    assert all("doctor" in row for row in in_place("diagnosis"))
    assert set(in_place("overclaims help")) != set(in_place("minimises or judges"))
