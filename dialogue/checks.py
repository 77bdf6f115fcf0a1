"""What a reply of ours must never be, looked for in each piece before it is spoken. Pure; patterns, so it misses what
it has no pattern for. Patterns are by language (``checks.toml`` is English, ``checks_<code>.toml`` the others).

The safety guard is not here; it has the last word besides these.
"""

from __future__ import annotations

import functools
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from importlib.resources import files

from warmline.dialogue.language_id import guess
from warmline.dialogue.languages import ENGLISH, of, scaled
from warmline.dialogue.speakable import words_of
from warmline.dialogue.types import Strategy

COPIED_WORDS = 6
"""So many of the person's words in a row (I and you swapped) count as copying."""

OPENING_WORDS = 3
"""Two replies of one call do not begin with the same so many words."""

RECENT = 6
"""Earlier replies whose beginnings are compared; whole pieces and stock phrases are with all of the call."""

LANGUAGE_WORDS = 4
"""Words from which a piece can be told to be in another language."""


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
    OFF_PLAN = "does something else than was planned"
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
    rules = _rules(context.language)
    if rules.leak.search(piece):
        return Fault.LEAK
    if rules.claim.search(whole):
        return Fault.CLAIM
    if context.strategy not in (Strategy.SUGGESTION, Strategy.INFORMATION) and rules.advice.search(whole):
        return Fault.ADVICE
    if not said and context.strategy in _NO_QUESTION and piece.rstrip().endswith(("?", "？")):
        return Fault.QUESTION
    least = scaled(COPIED_WORDS, context.language)
    if any(_copied(whole, other, rules.swap, least) for other in (context.person, *context.examples)):
        return Fault.COPY
    if rules.banned.search(piece):
        return Fault.STOCK
    earlier = context.earlier
    if any(pattern.search(piece) and any(pattern.search(old) for old in earlier) for pattern in rules.stock):
        return Fault.STOCK
    return Fault.REPEAT if _repeated(piece, said, earlier, context.language) else None


_NO_QUESTION = (Strategy.REFLECTION, Strategy.AFFIRMATION, Strategy.SELF_DISCLOSURE, Strategy.INFORMATION)


@dataclass(frozen=True, slots=True)
class _Rules:
    """``swap``: words of the person as we would say them back."""

    leak: re.Pattern[str]
    claim: re.Pattern[str]
    advice: re.Pattern[str]
    banned: re.Pattern[str]
    stock: tuple[re.Pattern[str], ...]
    swap: Mapping[str, str]


@functools.cache
def _rules(language: str) -> _Rules:
    """Those of the language; of one without its own, the English ones."""
    code = of(language).code
    name = "checks.toml" if code == ENGLISH else f"checks_{code}.toml"
    data = tomllib.loads(files("warmline.dialogue").joinpath(name).read_text(encoding="utf-8"))

    def any_of(kind: str) -> re.Pattern[str]:
        return re.compile("|".join(f"(?:{pattern})" for pattern in data[kind]), re.IGNORECASE)

    return _Rules(
        leak=any_of("leak"),
        claim=any_of("claim"),
        advice=any_of("advice"),
        banned=any_of("banned"),
        stock=tuple(re.compile(pattern, re.IGNORECASE) for pattern in data["stock"]),
        swap=data["swap"],
    )


_MARKS = "'’,.?!;:-–—…\"¿¡„“”«»，。？！；：、「」《》·"
_ODD = re.compile(
    r"[{}<>=\\|]|\b(?:def|null|function|import|print)\b\s*[(:{]|https?:|```|\w{30,}|(\b\w+\b)(?:\s+\1\b){2,}", re.I
)
_LATIN = frozenset(("en", "es", "de", "fr", "it", "pt", "nl", "pl", "sv", "da", "no", "fi", "cs", "ro", "hu", "tr"))
_OTHER_SCRIPTS = frozenset(("zh", "ja", "ko", "ru", "uk", "ar", "he", "hi", "th", "el"))


def _nonsense(piece: str) -> bool:
    words = words_of(piece)
    if not words or _ODD.search(piece):
        return True
    letters = sum(1 for char in piece if char.isalpha() or char.isspace() or char in _MARKS)
    return letters < 0.8 * len(piece)


def _foreign(piece: str, language: str) -> bool:
    letters = [char for char in piece if char.isalpha()]
    other = sum(1 for char in letters if ord(char) > 0x024F)
    if language in _LATIN:
        if other > 0.1 * len(letters):
            return True
    elif language in _OTHER_SCRIPTS:
        return other < 0.5 * len(letters)
    found = guess(piece)
    return found.clear and found.language != language and len(words_of(piece)) >= LANGUAGE_WORDS


def _copied(whole: str, person: str, swap: Mapping[str, str], least: int) -> bool:
    ours = [swap.get(word, word) for word in words_of(whole)]
    theirs = [swap.get(word, word) for word in words_of(person)]
    runs = {tuple(theirs[at : at + least]) for at in range(len(theirs) - least + 1)}
    return any(tuple(ours[at : at + least]) in runs for at in range(len(ours) - least + 1))


def _repeated(piece: str, said: str, earlier: tuple[str, ...], language: str) -> bool:
    words = words_of(piece)
    whole, first = scaled(4, language), scaled(OPENING_WORDS, language)
    if len(words) >= whole and any(f" {' '.join(words)} " in f" {' '.join(words_of(old))} " for old in earlier):
        return True
    begins = not said and len(words) >= first
    return begins and any(words[:first] == words_of(old)[:first] for old in earlier[-RECENT:])
