"""The tables are dated, complete and by country; a number is said so that it can be written down."""

from __future__ import annotations

from datetime import date

import pytest

from warmline.dialogue.safety.helplines import country_in, lookup, name_spoken, place, spoken, warnings


def test_a_country_has_its_own_lines_only() -> None:
    care = lookup("gb")
    assert {line.country for line in care.lines} == {"GB"}
    assert care.first is not None
    assert care.first.name == "Samaritans"
    assert care.emergency is not None
    assert care.emergency.medical == "999"


def test_an_unknown_country_has_nothing() -> None:
    assert lookup("").first is None
    assert lookup("XX").emergency is None


def test_the_first_line_is_one_that_can_be_called_at_any_hour() -> None:
    for code in ("US", "DE", "FR", "IN", "CA", "JP"):
        first = lookup(code).first
        assert first is not None
        assert first.by_phone
        assert first.always


@pytest.mark.parametrize(
    ("number", "said"),
    [
        ("988", "nine, eight, eight"),
        ("116 123", "one, one, six, one, two, three"),
        ("14416; 1800-89-14416", "one, four, four, one, six"),
        ("119 ext 8", "one, one, nine extension eight"),
    ],
)
def test_numbers_are_said_digit_by_digit(number: str, said: str) -> None:
    assert spoken(number) == said


def test_a_name_is_said_without_signs() -> None:
    line = lookup("US").first
    assert line is not None
    assert name_spoken(line) == "nine eight eight Suicide and Crisis Lifeline"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("I'm in Germany", "DE"),
        ("the UK", "GB"),
        ("in the US", "US"),
        ("United States of America", "US"),
        ("it killed us", ""),
        ("why do you ask", ""),
        ("South Korea", "KR"),
    ],
)
def test_countries_are_heard(text: str, code: str) -> None:
    assert country_in(text) == code


def test_countries_are_spoken_with_their_article() -> None:
    assert place("US") == "the United States"
    assert place("DE") == "Germany"


def test_old_and_unverified_lines_are_told_of() -> None:
    fresh = warnings(date(2026, 6, 3))
    assert ["unverified" in line for line in fresh] == [True, False]
    assert "never checked" in fresh[1]
    assert any("180 days" in line for line in warnings(date(2027, 1, 1)))
