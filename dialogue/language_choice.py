"""Which language the next reply is in: a pure function of the talk so far and of the words now.

A call stays in its language until it is asked for another or a whole turn is clearly in another; one foreign word, a
name or a short doubtful turn changes nothing, two doubtful turns in a row do. At the beginning, before anything was
answered, a doubtful turn is enough. A language that cannot be answered is named, so that the caller is told the truth.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from warmline.dialogue.language_id import asked_for, guess
from warmline.dialogue.languages import ENGLISH, length, of
from warmline.dialogue.types import Turn

REQUEST_WORDS = 14
"""Words of a turn that does little more than ask for another language: it is answered by saying yes."""


@dataclass(frozen=True, slots=True)
class Choice:
    """``language``: of the reply. ``say``: "switched" where a wish for it is answered, "unspoken" where ``heard`` is a
    language that we cannot answer in. ``why``: for the plan, "" where nothing changes."""

    language: str
    say: Literal["", "switched", "unspoken"] = ""
    heard: str = ""
    why: str = ""


def choose(
    turns: Sequence[Turn], text: str, allowed: Sequence[str], start: str = ENGLISH, heard_as: str = ""
) -> Choice:
    """``allowed``: the languages that can be answered. ``start``: the call's first. ``heard_as``: what a recogniser of
    many languages took the words for, "" where there was none; that of an English-only one is "en" and says nothing."""
    current = turns[-1].plan.language if turns else start
    wanted = asked_for(text)
    if wanted and wanted != current:
        if wanted not in allowed:
            return Choice(current, "unspoken", wanted, f"asked for {_name(wanted)}, which we do not speak here")
        only = length(text, wanted) <= REQUEST_WORDS
        return Choice(wanted, "switched" if only else "", wanted, f"{_name(wanted)} was asked for")
    found = guess(text)
    if not found.language or found.language == current or wanted == current:
        return Choice(current)
    sure = found.clear or found.language == heard_as != ENGLISH
    before = turns[-1].user.text if turns else ""
    again = bool(before) and guess(before).language == found.language
    begun = any(turn.heard.strip() for turn in turns)
    if found.language not in allowed:
        if sure or again:
            return Choice(current, "unspoken", found.language, f"they speak {_name(found.language)}, which we do not")
        return Choice(current)
    if sure or again or not begun:
        return Choice(found.language, "", found.language, f"they speak {_name(found.language)} now")
    return Choice(current)


def _name(code: str) -> str:
    return of(code).english if of(code).code == code else NAMES.get(code, code)


NAMES = {
    "fr": "French",
    "it": "Italian",
    "pt": "Portuguese",
    "nl": "Dutch",
    "ru": "Russian",
    "uk": "Ukrainian",
    "ja": "Japanese",
    "ko": "Korean",
    "ar": "Arabic",
    "pl": "Polish",
    "tr": "Turkish",
    "he": "Hebrew",
}
"""Languages that are recognised and not spoken."""
