"""The screen's pattern tables, read once from ``patterns.toml`` and compiled. Knows nothing about how hits are "
"weighed."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from warmline.dialogue.types import RiskLevel

_TABLE = Path(__file__).parent / "patterns.toml"
_MACRO = re.compile(r"<(\w+)>")


@dataclass(frozen=True, slots=True)
class Rule:
    """One sign. ``kind``: self, other, harm, abuse or medical. ``deniable``: "not" before it is a denial. ``remote``:
    long ago it weighs less. ``beside``: it counts only beside another sign."""

    name: str
    level: RiskLevel
    kind: str
    pattern: re.Pattern[str]
    deniable: bool
    remote: bool
    beside: bool


@dataclass(frozen=True, slots=True)
class Patterns:
    """The rules, and the everyday speech that is taken out before any rule looks."""

    idioms: re.Pattern[str]
    rules: tuple[Rule, ...]


@lru_cache(maxsize=1)
def patterns() -> Patterns:
    """The shipped tables. They are part of the package, so a fault in them is a fault of ours and raises at once."""
    with _TABLE.open("rb") as file:
        table = tomllib.load(file)
    macros: dict[str, str] = table["macros"]
    return Patterns(
        idioms=_joined(table["idioms"]["any"], macros),
        rules=tuple(_rule(entry, macros) for entry in table["rule"]),
    )


def _rule(entry: dict[str, Any], macros: dict[str, str]) -> Rule:
    return Rule(
        name=entry["name"],
        level=RiskLevel(entry["level"]),
        kind=entry.get("kind", "self"),
        pattern=_joined(entry["any"], macros),
        deniable=entry.get("deniable", False),
        remote=entry.get("remote", False),
        beside=entry.get("with", False),
    )


def _joined(parts: list[str], macros: dict[str, str]) -> re.Pattern[str]:
    written = "|".join(f"(?:{part})" for part in parts)
    for _ in range(3):
        written = _MACRO.sub(lambda match: macros.get(match[1], match[0]), written)
    return re.compile(rf"(?:^|(?<=\s))(?:{written})(?=\s|$)")
