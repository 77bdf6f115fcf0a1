"""Recognised speech in one plain form, so that the pattern tables need not think of spelling, slang or punctuation.

Lower-case words separated by single spaces; a clause boundary is the token ``.``; contractions are written out; common
misrecognitions and slang are mapped back; words for means of harm become tokens (see :mod:`.means`).
"""

from __future__ import annotations

import re
import tomllib
from functools import lru_cache
from pathlib import Path

from warmline.dialogue.safety.folded import placeholders
from warmline.dialogue.safety.means import covered

_TOKEN = re.compile(r"[a-z0-9]+(?:'[a-z]+)*|[.!?;:,\n]+|\.\.\.")
_ENDINGS = (
    ("can't", "can not"),
    ("won't", "will not"),
    ("shan't", "shall not"),
)
_SUFFIXES = {"n't": " not", "'m": " am", "'re": " are", "'ve": " have", "'ll": " will", "'d": " would"}
_IS = re.compile(r"\b(he|she|it|that|there|what|who|where|how|here|everything|nobody|nothing|someone)'s\b")
_STUTTER = re.compile(r"\b(\w{1,3})-(?=\1)")
_TABLE = Path(__file__).parent / "hearing.toml"


@lru_cache(maxsize=1)
def _hearing() -> tuple[dict[str, str], tuple[tuple[re.Pattern[str], str], ...]]:
    """Whole words to mend, and patterns to mend in order."""
    with _TABLE.open("rb") as file:
        table = tomllib.load(file)
    return table["words"], tuple((re.compile(one["said"]), one["meant"]) for one in table["heard"])


def normal(text: str) -> str:
    """The plain form, padded with one space at both ends. Never raises; other scripts vanish."""
    lowered = placeholders(text).lower().replace("’", "'").replace("‘", "'").replace("…", ".")
    lowered = _STUTTER.sub("", lowered)
    lowered = _IS.sub(r"\1 is", lowered)
    words: list[str] = []
    for token in _TOKEN.findall(lowered):
        words.extend(_expanded(token))
    plain = f" {' '.join(words)} "
    for pattern, mended in _hearing()[1]:
        plain = pattern.sub(mended, plain)
    covered_words = [covered(word) for word in plain.split()]
    return f" {' '.join(covered_words)} "


def _expanded(token: str) -> list[str]:
    if not token[0].isalnum():
        return [] if token.strip(",") == "" else ["."]
    whole = _hearing()[0].get(token)
    if whole is not None:
        return whole.split()
    for short, full in _ENDINGS:
        if token == short:
            return full.split()
    for suffix, full in _SUFFIXES.items():
        if token.endswith(suffix):
            return (token[: -len(suffix)] + full).split()
    return [token.replace("'", "")]
