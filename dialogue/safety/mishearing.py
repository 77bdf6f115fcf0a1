"""What a text may have been before it was misheard: words that sound like the ones the rules look for, put back.

Only where the model also thinks that something is there is the mended text read: by itself it would see danger in
"I would like to leave". English only.
"""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path

from warmline.dialogue.safety.noise import near_sounds, sound

_TABLE = Path(__file__).parent / "hearing.toml"


@cache
def _lists() -> tuple[tuple[str, ...], frozenset[str]]:
    """Words that the rules look for, and those that are never mended."""
    mend = tomllib.loads(_TABLE.read_text(encoding="utf-8"))["mend"]
    looked_for = tuple(mend["looked_for"].split())
    return looked_for, frozenset(mend["kept"].split()) | frozenset(looked_for)


@cache
def _by_sound() -> dict[str, str]:
    table: dict[str, str] = {}
    for word in _lists()[0]:
        key = sound(word)
        for form in (key, *(near_sounds(key) if len(key) > 2 else ())):
            table.setdefault(form, word)
    return table


def mended(text: str) -> str:
    """``text`` in lower case with every unusual word that sounds like one the rules look for replaced by that one."""
    table = _by_sound()
    found = []
    for word in text.lower().split():
        bare = word.strip(".,!?;:\"'")
        if bare in _lists()[1] or not bare.isalpha():
            found.append(word)
            continue
        key = sound(bare)
        forms = (key, *(near_sounds(key) if len(key) > 2 else ()))
        found.append(next((table[form] for form in forms if form in table), word))
    return " ".join(found)
