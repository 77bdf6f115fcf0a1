"""What the call page is told before a call."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from warmline.server.page_facts import MOST_LINES, page_facts
from warmline.server.settings import Settings


def facts(country: str = "", setting: str = "private", store: str = "", consent: str = "ask") -> dict[str, object]:
    plain = Settings()
    return page_facts(
        replace(
            plain,
            call=replace(plain.call, country=country),
            care=replace(plain.care, setting=setting),
            store=replace(plain.store, url=store),
            memory=replace(plain.memory, consent=consent),
        )
    )


def test_without_a_country_no_number_is_shown() -> None:
    told = facts()
    assert (told["country"], told["lines"], told["emergency"]) == ("", [], None)
    assert told["anywhere"] == "findahelpline.com"


def test_lines_are_of_the_operators_country_and_few() -> None:
    told = facts("US")
    lines = told["lines"]
    assert isinstance(lines, list)
    assert 0 < len(lines) <= MOST_LINES
    assert "988" in lines[0]["number"]
    assert told["emergency"] == {"number": "911", "police": "911", "verified": False}
    assert facts("ZZ")["country"] == ""


def test_emotion_is_asked_for_only_where_it_may_be_read() -> None:
    assert facts()["tone"] is True
    assert facts(setting="work")["tone"] is False


def test_memory_is_offered_only_where_something_is_kept(tmp_path: Path) -> None:
    assert facts()["memory"] is False
    assert facts(store=str(tmp_path / "calls.db"))["memory"] is True
    assert facts(store=str(tmp_path / "calls.db"), consent="no")["memory"] is False
