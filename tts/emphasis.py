"""Which word of a reply carries weight: the person's own key word, where we say it back. Pure; English stop words.

A word counts that the person said, best inside what seems to be the cause of their distress, and that means something
by itself. At most one a piece, and only in pieces of some length: emphasis on everything is emphasis on nothing. It
does not know which of their words matters most to them. ``empty_words.txt`` lists those that mean little alone.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from importlib.resources import files
from typing import Final

from warmline.tts.types import SaidWord

Emphasis = Callable[[SaidWord], bool]

SHORTEST: Final = 4
"""Letters of a word that can carry weight."""

FEWEST_WORDS: Final = 4
"""Words of a piece in which one may stand out."""

_WORD: Final = re.compile(r"[A-Za-zÀ-ɏ][A-Za-zÀ-ɏ'’]*")
_EMPTY: Final = frozenset(files("warmline.tts").joinpath("empty_words.txt").read_text(encoding="utf-8").split())


def key_words(text: str, cause: str, said: str) -> tuple[str, ...]:
    """The word of the reply piece ``text`` to be said with weight, lower case, or (). ``cause``: the person's words
    that carry the reason, or ""; ``said``: all that they just said."""
    words = _WORD.findall(text)
    if len(words) < FEWEST_WORDS:
        return ()
    own, whole = ({_stem(word) for word in _meaning(span)} for span in (cause, said))
    candidates = list(_meaning(text))
    for theirs in (own, whole):
        # the last one: English sentences put what is new at their end
        for word in reversed(candidates):
            if _stem(word) in theirs:
                return (word.lower(),)
    return ()


def emphasis(words: tuple[str, ...]) -> Emphasis:
    """Whether a said word is one of ``words``; marks around it do not matter."""
    wanted = {word.lower() for word in words}

    def marked(word: SaidWord) -> bool:
        return bool(wanted) and word.written.strip(".,;:!?…—'\"").lower() in wanted

    return marked


def _meaning(text: str) -> list[str]:
    return [
        word
        for word in _WORD.findall(text)
        if len(word) >= SHORTEST and re.split("['’]", word.lower())[0] not in _EMPTY
    ]


def _stem(word: str) -> str:
    """Rough: "worries", "worried" and "worry" are one."""
    low = re.split("['’]", word.lower())[0]
    for ending in ("ies", "ied", "ing", "ed", "es", "s", "y"):
        if low.endswith(ending) and len(low) - len(ending) >= 3:
            return low[: -len(ending)]
    return low
