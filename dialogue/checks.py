"""What a reply of ours must never be, looked for in each piece before it is spoken. Pure; patterns, so it misses what
it has no pattern for, and it reads English: of other languages it knows only scripts, length and repetition.

The safety guard is not here; it has the last word besides these.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from enum import Enum
from importlib.resources import files

from warmline.dialogue.speakable import words_of
from warmline.dialogue.types import Strategy

COPIED_WORDS = 6
"""So many of the person's words in a row (I and you swapped) count as copying."""

OPENING_WORDS = 3
"""Two replies of one call do not begin with the same so many words."""

RECENT = 6
"""Earlier replies that are compared."""


class Fault(Enum):
    NONSENSE = "no sentence a person would say"
    LANGUAGE = "not the caller's language"
    CLAIM = "claims a life or feelings"
    LEAK = "speaks of its instructions"
    ADVICE = "advice that was not planned"
    QUESTION = "a question that was not planned"
    UNASKED = "no question although one was planned"
    COPY = "copies the caller's words or an example"
    STOCK = "a stock phrase"
    REPEAT = "said before in this call"
    LONG = "more words than one can take in"
    UNSAFE = "stopped by the safety guard"


@dataclass(frozen=True, slots=True)
class Context:
    """``person``: the words that are answered. ``earlier``: our replies of this call as heard, oldest first.
    ``examples``: replies the model has seen in its prompt."""

    strategy: Strategy
    person: str
    earlier: tuple[str, ...] = ()
    language: str = "en"
    examples: tuple[str, ...] = ()


def fault(piece: str, said: str, context: Context) -> Fault | None:
    """The first fault of ``piece``, which would be spoken after ``said`` (earlier pieces of the same reply)."""
    whole = f"{said} {piece}".strip()
    if _nonsense(piece):
        return Fault.NONSENSE
    if _foreign(piece, context.language):
        return Fault.LANGUAGE
    if _LEAK.search(piece):
        return Fault.LEAK
    if _CLAIM.search(whole):
        return Fault.CLAIM
    if context.strategy not in (Strategy.SUGGESTION, Strategy.INFORMATION) and _ADVICE.search(whole):
        return Fault.ADVICE
    if not said and context.strategy in _NO_QUESTION and piece.rstrip().endswith("?"):
        return Fault.QUESTION
    if any(_copied(whole, other) for other in (context.person, *context.examples)):
        return Fault.COPY
    if _BANNED.search(piece):
        return Fault.STOCK
    recent = context.earlier[-RECENT:]
    if any(pattern.search(piece) and any(pattern.search(old) for old in recent) for pattern in _STOCK):
        return Fault.STOCK
    return Fault.REPEAT if _repeated(piece, said, recent) else None


_NO_QUESTION = (Strategy.REFLECTION, Strategy.AFFIRMATION, Strategy.SELF_DISCLOSURE, Strategy.INFORMATION)

_DATA = tomllib.loads(files("warmline.dialogue").joinpath("checks.toml").read_text(encoding="utf-8"))


def _any(kind: str) -> re.Pattern[str]:
    return re.compile("|".join(f"(?:{pattern})" for pattern in _DATA[kind]), re.IGNORECASE)


_LEAK, _CLAIM, _ADVICE, _BANNED = _any("leak"), _any("claim"), _any("advice"), _any("banned")
_STOCK = tuple(re.compile(pattern, re.IGNORECASE) for pattern in _DATA["stock"])
_FUNCTION_WORDS = {language: frozenset(words.split()) for language, words in _DATA["function_words"].items()}

_SWAP = {"my": "your", "i": "you", "me": "you", "mine": "yours", "myself": "yourself", "i'm": "you're", "am": "are"}
_SWAP |= {"i've": "you've", "i'd": "you'd", "i'll": "you'll", "was": "were"}
_ODD = re.compile(
    r"[{}<>=\\|]|\b(?:def|null|function|import|print)\b\s*[(:{]|https?:|```|\w{30,}|(\b\w+\b)(?:\s+\1\b){2,}", re.I
)
_LATIN = frozenset(("en", "es", "de", "fr", "it", "pt", "nl", "pl", "sv", "da", "no", "fi", "cs", "ro", "hu", "tr"))
_OTHER_SCRIPTS = frozenset(("zh", "ja", "ko", "ru", "uk", "ar", "he", "hi", "th", "el"))


def _nonsense(piece: str) -> bool:
    words = words_of(piece)
    if not words or _ODD.search(piece):
        return True
    letters = sum(1 for char in piece if char.isalpha() or char.isspace() or char in "'’,.?!;:-–—…\"")
    return letters < 0.8 * len(piece)


def _foreign(piece: str, language: str) -> bool:
    letters = [char for char in piece if char.isalpha()]
    other = sum(1 for char in letters if ord(char) > 0x024F)
    if language in _LATIN:
        if other > 0.1 * len(letters):
            return True
    elif language in _OTHER_SCRIPTS:
        return other < 0.5 * len(letters)
    words = words_of(piece)
    own = _FUNCTION_WORDS.get(language)
    if own is None or len(words) < 4 or any(word in own for word in words):
        return False
    return any(
        sum(word in common for word in words) >= 2 for name, common in _FUNCTION_WORDS.items() if name != language
    )


def _copied(whole: str, person: str) -> bool:
    ours = [_SWAP.get(word, word) for word in words_of(whole)]
    theirs = [_SWAP.get(word, word) for word in words_of(person)]
    runs = {tuple(theirs[at : at + COPIED_WORDS]) for at in range(len(theirs) - COPIED_WORDS + 1)}
    return any(tuple(ours[at : at + COPIED_WORDS]) in runs for at in range(len(ours) - COPIED_WORDS + 1))


def _repeated(piece: str, said: str, recent: tuple[str, ...]) -> bool:
    words = words_of(piece)
    for old in recent:
        before = words_of(old)
        if len(words) >= 4 and f" {' '.join(words)} " in f" {' '.join(before)} ":
            return True
        if not said and len(words) >= OPENING_WORDS and words[:OPENING_WORDS] == before[:OPENING_WORDS]:
            return True
    return False
