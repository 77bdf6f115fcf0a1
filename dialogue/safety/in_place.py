"""What we say in the place of a piece that the guard stopped for good: by what was wrong with it, in four languages.

A piece that would have diagnosed is followed by a doctor, one that would have promised by what we cannot know. Never
the same sentence twice in a row. Pure; it does not know what was stopped, only of which kind it was.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path

Forms = Mapping[str, tuple[str, ...]]

_TABLE = Path(__file__).parent / "in_place.toml"
ELSE = "weight"
"""The group of a kind that has none of its own."""


def in_place(kind: str, language: str = "en", form: str = "whole") -> Sequence[str]:
    """Sentences that fit in place of a kind of harm. ``form``: whole, after an opening, or ask after one that asks;
    none where a language has no such form."""
    tables, groups = _tables()
    rows = tables.get(language, tables["en"]).get(groups.get(kind, ELSE), {})
    return rows.get(form, ())


def every(language: str) -> tuple[str, ...]:
    """All sentences of a language."""
    return tuple(row for forms in _tables()[0][language].values() for rows in forms.values() for row in rows)


@cache
def _tables() -> tuple[Mapping[str, Mapping[str, Forms]], Mapping[str, str]]:
    data = tomllib.loads(_TABLE.read_text(encoding="utf-8"))
    groups: dict[str, str] = data.pop("groups")
    found: dict[str, dict[str, Forms]] = {
        language: {group: {form: tuple(said) for form, said in forms.items()} for group, forms in table.items()}
        for language, table in data.items()
    }
    return found, groups
