"""The screen's pattern tables, a language each, read once and compiled. Knows nothing about how hits are weighed.

English is matched on the form of :mod:`.normal`, the others on that of :mod:`.folded`.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from warmline.dialogue.types import RiskLevel

TABLES = {
    "en": ("patterns.toml", "patterns_hints.toml"),
    "es": ("patterns_es.toml",),
    "de": ("patterns_de.toml",),
    "zh": ("patterns_zh.toml",),
}
"""The tables of each language that the screen reads."""

_MACRO = re.compile(r"<(\w+)>")


@dataclass(frozen=True, slots=True)
class Rule:
    """One sign. ``kind``: self, other, harm, abuse or medical. ``deniable``: "not" before it is a denial. ``remote``:
    long ago it weighs less. ``beside``: it counts only beside another sign. ``loose``: a hint, whatever its level."""

    name: str
    level: RiskLevel
    kind: str
    pattern: re.Pattern[str]
    deniable: bool
    remote: bool
    beside: bool
    loose: bool


@dataclass(frozen=True, slots=True)
class Weighing:
    """Words around a hit that change what it means: a ``denial`` right before it or a ``no`` right after it, a ``but``
    after that, a question that is told (``asked``) and its ``answer``, a ``third`` person before it without a ``first``
    in between, a time long ago (``remote``) or not (``recent``), words that take it back (``retract``), a death in the
    past that is grieved (``loss``), and a story that is told or played (``fiction``).

    Over is what was said in the ``past`` and not in the ``present``, ``long`` ago, by somebody who has got ``over`` it,
    without a ``relapse``. ``nay``: any word that denies, wherever it stands; ``door``: what keeps a
    denial from being a plain one ("not tonight")."""

    denial: re.Pattern[str]
    but: re.Pattern[str]
    third: re.Pattern[str]
    first: re.Pattern[str]
    remote: re.Pattern[str]
    recent: re.Pattern[str]
    retract: re.Pattern[str]
    loss: re.Pattern[str]
    asked: re.Pattern[str]
    no: re.Pattern[str]
    nay: re.Pattern[str]
    door: re.Pattern[str]
    answer: re.Pattern[str]
    long: re.Pattern[str]
    over: re.Pattern[str]
    past: re.Pattern[str]
    present: re.Pattern[str]
    relapse: re.Pattern[str]
    fiction: re.Pattern[str]


@dataclass(frozen=True, slots=True)
class Patterns:
    """The rules, and the everyday speech that is taken out before any rule looks."""

    idioms: re.Pattern[str]
    rules: tuple[Rule, ...]
    weighing: Weighing


@lru_cache(maxsize=len(TABLES))
def patterns(language: str = "en") -> Patterns:
    """The shipped tables of one of :data:`TABLES`' languages. They are part of the package, so a fault in them is a
    fault of ours and raises at once."""
    tables = [tomllib.loads((Path(__file__).parent / name).read_text(encoding="utf-8")) for name in TABLES[language]]
    macros: dict[str, str] = tables[0]["macros"]
    spaced = language != "zh"
    return Patterns(
        idioms=_joined(tables[0]["idioms"]["any"], macros, spaced),
        rules=tuple(_rule(entry, macros, spaced) for table in tables for entry in table["rule"]),
        weighing=Weighing(**{name: _expanded(written, macros) for name, written in tables[0]["weighing"].items()}),
    )


def _rule(entry: dict[str, Any], macros: dict[str, str], spaced: bool) -> Rule:
    return Rule(
        name=entry["name"],
        level=RiskLevel(entry["level"]),
        kind=entry.get("kind", "self"),
        pattern=_joined(entry["any"], macros, spaced),
        deniable=entry.get("deniable", False),
        remote=entry.get("remote", False),
        beside=entry.get("with", False),
        loose=entry.get("loose", entry["level"] == RiskLevel.L1),
    )


def _joined(parts: list[str], macros: dict[str, str], spaced: bool) -> re.Pattern[str]:
    written = "|".join(f"(?:{part})" for part in parts)
    return _expanded(rf"(?:^|(?<=\s))(?:{written})(?=\s|$)" if spaced else written, macros)


def _expanded(written: str, macros: dict[str, str]) -> re.Pattern[str]:
    for _ in range(3):
        written = _MACRO.sub(lambda match: macros.get(match[1], match[0]), written)
    return re.compile(written)
