"""Sentences that the rules describe: a pattern is read as a grammar, and sentences are drawn from it.

So the model learns the rules' own phrases in all their forms and, from misheard copies, what is left of them when a
word was lost. Every sentence is put to the rules again before it is kept: what looks ahead or behind in a pattern is
not obeyed here.
"""

from __future__ import annotations

import random
import re
from collections.abc import Sequence
from re import _constants as kinds  # type: ignore[attr-defined]
from re import _parser as grammar  # type: ignore[attr-defined]
from typing import Any

MOST = 6
"""Most words drawn for a gap that may be longer."""


def drawn(pattern: str, words: Sequence[str], chance: random.Random) -> str:
    """A text that the pattern describes; ``words`` fill its gaps."""
    return re.sub(r"\s+", " ", _draw(grammar.parse(pattern), words, chance)).strip(" .").replace(" . ", ", ")


def _draw(parts: Any, words: Sequence[str], chance: random.Random) -> str:
    return "".join(_one(kind, what, words, chance) for kind, what in parts)


def _one(kind: Any, what: Any, words: Sequence[str], chance: random.Random) -> str:
    if kind is kinds.LITERAL:
        return chr(what)
    if kind is kinds.BRANCH:
        return _draw(chance.choice(what[1]), words, chance)
    if kind is kinds.SUBPATTERN:
        return _draw(what[-1], words, chance)
    if kind in (kinds.MAX_REPEAT, kinds.MIN_REPEAT):
        least, most, inside = what
        if _is_word(inside):
            # a bare \w+ is a word, \w* the rest of one, which is left out
            return chance.choice(words) if least else ""
        return "".join(_draw(inside, words, chance) for _ in range(chance.randint(least, min(int(most), least + MOST))))
    if kind is kinds.IN:
        if (kinds.CATEGORY, kinds.CATEGORY_WORD) in what:
            return chance.choice(words)
        letters = [chr(value) for sort, value in what if sort is kinds.LITERAL]
        return chance.choice(letters) if letters else "3"
    return " " if kind is kinds.AT and what is kinds.AT_END else ""


def _is_word(inside: Any) -> bool:
    if len(inside) != 1 or inside[0][0] is not kinds.IN:
        return False
    return (kinds.CATEGORY, kinds.CATEGORY_WORD) in inside[0][1]
