"""Telling languages apart in short turns: our own labelled set, and what must never change a call."""

from __future__ import annotations

from importlib.resources import files

import pytest
from hypothesis import given
from hypothesis import strategies as st

from warmline.dialogue.language_id import asked_for, guess

WRITTEN = ("en", "es", "de", "zh")


def rows() -> list[tuple[str, str]]:
    text = files("warmline.dialogue.evaluate").joinpath("turn_languages.tsv").read_text(encoding="utf-8")
    return [(line.split("\t")[0], line.split("\t")[1]) for line in text.splitlines()[1:]]


@pytest.mark.parametrize("language", WRITTEN)
def test_short_turns(language: str) -> None:
    own = [guess(text) for label, text in rows() if label == language]
    assert len(own) >= 50
    assert sum(each.language == language for each in own) >= 0.9 * len(own)
    assert sum(each.clear and each.language == language for each in own) >= 0.8 * len(own)


def test_a_clear_guess_is_right() -> None:
    for label, text in rows():
        found = guess(text)
        if found.clear:
            assert found.language == label or (label == "other" and found.language not in WRITTEN), (label, text, found)


@pytest.mark.parametrize(
    "text",
    [
        "My abuela died",
        "I said mañana",
        "Javier García Rodríguez",
        "I live in Baden-Baden",
        "Kindergarten teacher",
        "José called",
    ],
)
def test_a_name_or_one_foreign_word_is_no_clear_foreign_turn(text: str) -> None:
    found = guess(text)
    assert not found.clear or found.language == "en"


@pytest.mark.parametrize("text", ["", "   ", "123", "...", "ok", "hmm", "no", "😀", "mm-hm"])
def test_what_says_nothing_stays_unsure(text: str) -> None:
    assert guess(text).language == ""


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Can we speak Spanish?", "es"),
        ("¿Puedo hablar en español?", "es"),
        ("Können wir auf Deutsch reden?", "de"),
        ("English please", "en"),
        ("¿Hablas inglés?", "en"),
        ("说中文可以吗？", "zh"),
        ("Do you speak French?", "fr"),
        ("I have to speak Spanish at work and hate it", ""),
        ("My German friend left", ""),
        ("I don't speak Spanish with my kids", ""),
    ],
)
def test_a_language_that_is_asked_for(text: str, language: str) -> None:
    assert asked_for(text) == language


@given(st.text(max_size=200))
def test_odd_text_is_no_error(text: str) -> None:
    found = guess(text)
    assert found.language or not found.clear
    assert asked_for(text) in ("", *WRITTEN)
