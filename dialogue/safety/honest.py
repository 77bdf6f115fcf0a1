"""What a reply truthfully says of itself and of its limits: that it is a program, has no body, cannot send anybody.

Readers that look for harm take such a sentence for what it denies ("I can't be your girlfriend"), so nobody is asked
about it (``honest.toml``). Every clause must be one of the table's, or plain words to the person after one of them. It
excuses nothing that a rule stops.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from warmline.dialogue.safety.folded import is_han
from warmline.dialogue.safety.own_voice import claimed
from warmline.dialogue.safety.rules import plain

_TABLE = Path(__file__).parent / "honest.toml"
_MACRO = re.compile(r"<(\w+)>")
_MOST = 14
"""Words of a plain clause beside an honest one."""


@dataclass(frozen=True, slots=True)
class _Honest:
    cuts: re.Pattern[str]
    says: re.Pattern[str]
    never: re.Pattern[str]
    beside: re.Pattern[str]
    not_plain: re.Pattern[str]


def honest(sentence: str) -> bool:
    """Whether a sentence, in any of the four languages, says only what an AI is, has not, does not or cannot do."""
    return any(_says_so(sentence, code) for code in (("zh",) if is_han(sentence) else ("en", "es", "de")))


def _says_so(sentence: str, language: str) -> bool:
    table = _tables()[language]
    clauses = [form for part in table.cuts.split(sentence) if (form := plain(part, language).strip(" ."))]
    if not clauses or table.never.search(" ".join(clauses)):
        return False
    found = [table.says.fullmatch(one) is not None for one in clauses]
    return any(found) and all(
        known or table.beside.fullmatch(one) or _is_plain(table, one, language)
        for known, one in zip(found, clauses, strict=True)
    )


def _is_plain(table: _Honest, clause: str, language: str) -> bool:
    """Whether a clause may stand beside an honest one; in English it may say of itself what own_voice.py allows."""
    if len(clause.split()) > _MOST or table.not_plain.search(clause):
        return False
    return language != "en" or not claimed(f" {clause} ")


@lru_cache(maxsize=1)
def _tables() -> dict[str, _Honest]:
    """The shipped table by language; a fault in it is a fault of ours and raises at once."""
    written = tomllib.loads(_TABLE.read_text(encoding="utf-8"))
    macros = written.pop("macros")
    return {
        language: _Honest(
            re.compile(one["cuts"], re.IGNORECASE),
            re.compile(
                _MACRO.sub(
                    lambda match: macros[match[1]], "|".join(f"(?:{one[key]})" for key in ("is", "has", "does", "can"))
                )
            ),
            re.compile(one["never"]),
            re.compile(one["beside"]),
            re.compile(one["not_plain"]),
        )
        for language, one in written.items()
    }
