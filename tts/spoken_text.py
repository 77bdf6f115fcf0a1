"""From written text to words to say: nothing is read aloud that should not be. Pure; English readings.

A :class:`~warmline.tts.types.SaidWord` keeps the word as written beside what is said for it, so that what was *heard*
can be told in the reply's own words. Mark-up, emoji, control characters, stage directions and links are left out.

A number that somebody has to write down is said **slowly**: telephone numbers in figures ("116 123") are read digit by
digit in groups with a comma between, and three or more digit words in a row ("nine, eight, eight") are one; both carry
``SaidWord.slow``, which every voice draws out (hibari by 1.3). Nothing needs to be marked in the text; to say a number
twice, write it twice (:func:`warmline.tts.readings.telephone`). How numbers, dates and abbreviations are read is in
:mod:`warmline.tts.readings`. It does not know other languages: words without a Latin letter or a digit are left out.
"""

from __future__ import annotations

import itertools
import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Final

from warmline.tts.readings import DIGITS, readings
from warmline.tts.types import SaidWord

LONGEST_SENTENCE: Final = 36

_DIRECTIONS: Final = (
    r"sighs?|laughs?|chuckles?|smiles?|nods?|pauses?|breathes?|whispers?|softly|gently|warmly|quietly|silence|"
    r"sighing|laughing|smiling|nodding|pausing|breathing|whispering|"
    r"takes? a (?:deep )?breath|clears? (?:her|his|my) throat"
)
_DROPPED: Final = (
    (re.compile(r"(?<=[\w)])[ \t]*\n(?=[ \t]*(?:\n|[-*+•]|\d{1,2}[.)]))"), ".\n"),
    (re.compile(r"\((\d{2,5})\)"), r"\1"),
    (re.compile(r"\[([^\]\n]*)\]\([^)\s]*\)"), r"\1"),
    (re.compile(r"<[^<>\n]{1,80}>"), " "),
    (re.compile(r"\[[^\]\n]{0,80}\]"), " "),
    (re.compile(rf"[(*_]+\s*(?:{_DIRECTIONS})(?:\s+(?:{_DIRECTIONS}))?[.,]?\s*[)*_]+", re.IGNORECASE), " "),
    (re.compile(r"(?:https?://|www\.)\S*[^\s.,;:!?)]", re.IGNORECASE), " "),
    (re.compile(r"(?<!\w)(?:[:;=][-']?[)(DPp/|\\]|<3|\^_\^)(?!\w)"), " "),
    (re.compile(r"^[ \t]*(?:[-*+•]|\d{1,2}[.)])[ \t]+", re.MULTILINE), ""),
    (re.compile(r"^[ \t]*(?:#{1,6}|>+)[ \t]*", re.MULTILINE), ""),
    (re.compile(r"^[ \t]*(?:[-*_=~][ \t]*){3,}$", re.MULTILINE), " "),
    (re.compile(r"[*`~|\\{}\[\]^]|(?<!\w)_+|_+(?!\w)"), ""),
    (re.compile(r"#(?=[A-Za-z])"), ""),
    (re.compile(r"[()]"), ", "),
    (re.compile(r"[<>]"), " "),
)
_TIDIED: Final = (
    (re.compile(r"\.{2,}|…"), "…"),
    (re.compile(r"([!?])[!?]+"), r"\1"),
    (re.compile(r"\s*(?:--+|[–—―])\s*(?!\d)"), " — "),
    (re.compile(r"\s-\s"), " — "),
    (re.compile(r"_"), " "),
    (re.compile(r"[\"“”«»„]"), ""),
    (re.compile(r"[‘’ʼ`]"), "'"),
    (re.compile(r"\s+([,.;:!?…])"), r"\1"),
    (re.compile(r"([,;:—])(?:\s*[,;:—])+"), r"\1"),
    (re.compile(r"[,;:](?=[.!?…])"), ""),
    (re.compile(r"\s+"), " "),
)


def cleaned(text: str) -> str:
    """``text`` on one line without what is not for the ear."""
    kept = unicodedata.normalize("NFKC", text.replace("…", "...").replace("½", " half ").replace("™", ""))
    kept = "".join(_visible(letter) for letter in kept)
    for pattern, other in _DROPPED:
        kept = pattern.sub(other, kept)
    for pattern, other in _TIDIED:
        kept = pattern.sub(other, kept)
    return kept.strip().lstrip(",;:—.!?… ")


def said_words(text: str) -> tuple[SaidWord, ...]:
    """The words to say, in order; empty where nothing in ``text`` can be said."""
    return tuple(_slowed(list(_joined(readings(cleaned(text))))))


def sentences(words: tuple[SaidWord, ...]) -> Iterator[tuple[SaidWord, ...]]:
    """``words`` cut after each sentence; a long sentence after a clause, and at the latest after 36 words."""
    current: list[SaidWord] = []
    for word in words:
        current.append(word)
        if (
            _ends_sentence(word.said)
            or (len(current) >= LONGEST_SENTENCE // 2 and word.said[-1] in ",;:—")
            or len(current) >= LONGEST_SENTENCE
        ):
            yield tuple(current)
            current = []
    if current:
        yield tuple(current)


def _joined(words: Iterable[SaidWord]) -> Iterator[SaidWord]:
    """Lone punctuation joins the word before it; a first word that is only punctuation is left out."""
    held: SaidWord | None = None
    for word in words:
        if any(letter.isalnum() for letter in word.said):
            if held:
                yield held
            held = word
        elif held and held.said[-1:] not in ".,;:!?…—":
            joint = word.written if word.written != "—" else " —"
            held = replace(held, written=held.written + joint, said=held.said.rstrip(",") + word.said)
        elif held and held.said[-1:] in ",;:—" and word.said[-1:] in ".!?…":
            said = held.said.rstrip(",;:—") + word.said
            held = replace(held, written=held.written.rstrip(",;:—") + word.written, said=said)
    if held:
        yield held


def _slowed(words: list[SaidWord]) -> Iterator[SaidWord]:
    """Three or more digits in a row, spelled out, are a number to be written down: slowly."""
    digits = [word.said.strip(",.;:!?—").lower() in DIGITS for word in words]
    for digit, run in itertools.groupby(range(len(words)), key=lambda place: digits[place]):
        places = list(run)
        for place in places:
            yield replace(words[place], slow=True) if digit and len(places) >= 3 else words[place]


def _ends_sentence(said: str) -> bool:
    if said[-1] in "!?…":
        return True
    return said[-1] == "." and not re.fullmatch(r"(?:Mr|Mrs|Ms|Dr|Prof|St|Jr|Sr|vs|e\.g|i\.e|etc|[A-Z])\.", said)


def _visible(letter: str) -> str:
    kind = unicodedata.category(letter)
    if letter in "\n\t":
        return letter if letter == "\n" else " "
    if kind in {"Zs", "Zl", "Zp", "Cc"}:
        return " "
    if kind[0] == "C" or (kind in {"So", "Sk", "Me"} and letter not in "^`°"):
        return ""
    return letter
