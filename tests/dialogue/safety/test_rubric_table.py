"""The table of docs/protocol.md: every item of the rubric once, with code and tests that are there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from warmline.dialogue.evaluate.rubric_words import forbidden, leads, questions
from warmline.dialogue.safety import lines
from warmline.dialogue.safety.in_place import every

ROOT = Path(__file__).parents[3]
TESTS = {
    "P": ROOT / "tests/dialogue/safety/test_protocol.py",
    "G": ROOT / "tests/dialogue/safety/test_guard.py",
    "S": ROOT / "tests/dialogue/safety/test_screen.py",
}
ITEMS = 35
NOT_OURS = {"1", "5", "9"}
"""Items that only route between others."""


def rows() -> list[list[str]]:
    text = (ROOT / "docs/protocol.md").read_text(encoding="utf-8")
    table = text.split("## The rubric, item by item")[1]
    cells = [
        [cell.strip() for cell in line.strip("|").split("|")] for line in table.splitlines() if line.startswith("|")
    ]
    return [row for row in cells if row[0][:1].isdigit()]


def numbers(cell: str) -> list[str]:
    return re.findall(r"\d+", cell)


def names(path: Path) -> str:
    return " ".join(re.findall(r"def (test_\w+)", path.read_text(encoding="utf-8")))


def test_every_item_stands_in_the_table_once() -> None:
    found = [number for row in rows() for number in numbers(row[0])]
    assert sorted(found, key=int) == [str(number) for number in range(1, ITEMS + 1)]


@pytest.mark.parametrize("row", [row for row in rows() if not set(numbers(row[0])) <= NOT_OURS], ids=lambda row: row[0])
def test_an_item_points_at_code_and_at_tests_that_are_there(row: list[str]) -> None:
    _, _, _, code, tests, judged = row
    files = re.findall(r"`([\w*./]+\.(?:py|toml))`", code)
    for name in files:
        assert list(ROOT.glob(f"dialogue/**/{name}")) or list(ROOT.glob(f"server/**/{name}")), name
    assert files or re.search(r"\b(?:guard|step|ask|variants)\b", code)
    steps = (ROOT / "dialogue/safety/steps.py").read_text(encoding="utf-8")
    for step in re.findall(r"step (\w+)", code):
        assert f'"{step}' in steps, step
    assert judged
    assert tests not in {"", "–"}
    for letter, wanted in re.findall(r"\b([PGS])((?: ?`\w+`,?)*)", tests):
        functions = names(TESTS[letter])
        assert functions
        for name in re.findall(r"`(\w+)`", wanted):
            assert name in functions, f"{letter} has no test about {name}"
    for name in re.findall(r"`(test_\w+\.py)`", tests):
        assert list(ROOT.glob(f"tests/**/{name}")), name


def test_no_sentence_of_ours_holds_what_the_rubric_forbids_nor_leads() -> None:
    words = lines.of("en")
    own = [text for pools in (words.ask, words.say, words.hear) for pool in pools.values() for text in pool]
    for text in [*own, *every("en")]:
        assert forbidden(text) == (), text
        assert not any(leads(question) for question in questions(text)), text


def test_every_judged_item_is_known_to_the_judge() -> None:
    judge = (ROOT / "dialogue/evaluate/rubric.py").read_text(encoding="utf-8")
    judge += (ROOT / "dialogue/evaluate/rubric.toml").read_text(encoding="utf-8")
    for row in rows():
        for number in numbers(row[0]):
            if number not in NOT_OURS:
                assert re.search(rf"\b{number}\b", judge), number
