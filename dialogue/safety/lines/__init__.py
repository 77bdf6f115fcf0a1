"""The protocol's own sentences, by language: read from the files beside this one, never generated.

English has at least three variants of every step, the other languages at least one. A language that is not here is
answered in English. It knows no order of steps and nothing of who is called.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files

LANGUAGES = ("en", "es", "de", "zh")


@dataclass(frozen=True, slots=True)
class Reply:
    """Sentences that fit where ``when`` is found in the person's words."""

    when: re.Pattern[str]
    say: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Speech:
    """How a language says digits, the pause between them, "extension", "at any hour" and "your country"."""

    digits: tuple[str, ...]
    pause: str
    extension: str
    always: str
    somewhere: str


@dataclass(frozen=True, slots=True)
class Lines:
    """``ask``: questions by name (``Ask.value``). ``say``: statements by step. ``hear``: sentences that take up what
    was said. ``themes`` take up a subject, ``barriers`` an obstacle to getting help."""

    language: str
    ask: dict[str, tuple[str, ...]]
    say: dict[str, tuple[str, ...]]
    hear: dict[str, tuple[str, ...]]
    themes: tuple[Reply, ...]
    barriers: tuple[Reply, ...]
    speech: Speech


def of(language: str) -> Lines:
    """The sentences of a language by its code ("de", "zh-CN"), English where we have none."""
    code = language.lower().replace("_", "-").split("-")[0]
    return _read(code if code in LANGUAGES else "en")


def variant(rows: tuple[str, ...], number: int) -> str:
    """One of several wordings: the same for the same ``number``, the next for the next."""
    return rows[number % len(rows)]


@lru_cache(maxsize=1)
def questions() -> dict[str, tuple[str, ...]]:
    """Every question in every language, by name."""
    found: dict[str, tuple[str, ...]] = {}
    for language in LANGUAGES:
        for name, sentences in of(language).ask.items():
            found[name] = (*found.get(name, ()), *sentences)
    return found


@lru_cache(maxsize=len(LANGUAGES))
def _read(language: str) -> Lines:
    data = tomllib.loads(files(__name__).joinpath(f"{language}.toml").read_text(encoding="utf-8"))
    speech = data["speech"]
    return Lines(
        language,
        {name: tuple(rows) for name, rows in data["ask"].items()},
        {name: (rows,) if isinstance(rows, str) else tuple(rows) for name, rows in data["say"].items()},
        {name: tuple(rows) for name, rows in data["hear"].items()},
        tuple(_reply(row, language) for row in data["theme"]),
        tuple(_reply(row, language) for row in data["barrier"]),
        Speech(tuple(speech["digits"]), speech["pause"], speech["extension"], speech["always"], speech["somewhere"]),
    )


def _reply(row: dict[str, str], language: str) -> Reply:
    edge = r"\b" if language == "en" else ""
    return Reply(re.compile(rf"{edge}(?:{row['when']})", re.IGNORECASE), tuple(row["say"]))
