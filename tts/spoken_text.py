"""From written text to words to say: nothing is read aloud that should not be. Pure; English readings.

A :class:`SaidWord` keeps the word as written beside what is said for it, so that what was *heard* can be told in the
reply's own words. Mark-up, emoji, control characters, stage directions and links are left out; telephone numbers are
said digit by digit in groups. Plain numbers, dates and money are left to the grapheme-to-phoneme step. It does not
know other languages: words without a Latin letter or a digit are left out.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

DIGITS: Final = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
LONGEST_WORD: Final = 40
LONGEST_SENTENCE: Final = 36
_SHORT_NUMBERS: Final = r"988|911|999|112|111|000"

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


@dataclass(frozen=True, slots=True)
class SaidWord:
    """A word as ``written`` and what is ``said`` for it (one or more words, with its punctuation)."""

    written: str
    said: str


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
    line = cleaned(text)
    words: list[SaidWord] = []
    at = 0
    for match, reading in _readings(line):
        words += _plain(line[at : match.start()])
        words += reading
        at = match.end()
    words += _plain(line[at:])
    return tuple(_joined(words))


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


def digits_said(number: str) -> str:
    """A string of digits, one by one, in groups with a comma between."""
    only = [letter for letter in number if letter.isdigit()]
    groups = _groups(len(only))
    parts, at = [], 0
    for size in groups:
        parts.append(" ".join(DIGITS[int(digit)] for digit in only[at : at + size]))
        at += size
    return ", ".join(parts)


def _groups(count: int) -> list[int]:
    """Threes; what is left over is a last group of two, or makes the last group four."""
    if count <= 4:
        return [count] if count else []
    sizes = [3] * (count // 3)
    rest = count % 3
    if rest == 1:
        sizes[-1] = 4
    elif rest == 2:
        sizes.append(2)
    return sizes


def _phone(match: re.Match[str]) -> list[SaidWord]:
    groups = re.findall(r"\+?\d+", match.group())
    said = []
    for place, group in enumerate(groups):
        words = ("plus " if group.startswith("+") else "") + digits_said(group)
        said.append(SaidWord(group, words + ("," if place + 1 < len(groups) else "")))
    return said


def _time(match: re.Match[str]) -> list[SaidWord]:
    hour, minute, half = int(match["hour"]), match["minute"], match["half"]
    words = [str(hour)]
    if minute and int(minute):
        words.append(minute if int(minute) > 9 else f"oh {int(minute)}")
    elif minute and not half:
        words.append("o'clock" if 1 <= hour <= 12 else "hundred")
    if half:
        words.append(f"{half[0].upper()}M")
    return [SaidWord(match.group().rstrip(), " ".join(words))]


def _percent(match: re.Match[str]) -> list[SaidWord]:
    return [SaidWord(match.group(), f"{match[1]} percent")]


def _always(match: re.Match[str]) -> list[SaidWord]:
    return [SaidWord(match.group(), "twenty-four seven")]


def _called(match: re.Match[str]) -> list[SaidWord]:
    lead = _plain(match["lead"])
    return [*lead, SaidWord(match["number"], digits_said(match["number"]))]


def _address(match: re.Match[str]) -> list[SaidWord]:
    said = re.sub(r"\s+", " ", match.group().replace("@", " at ").replace(".", " dot ").replace("-", " dash "))
    return [SaidWord(match.group(), said)]


_RULES: Final[tuple[tuple[re.Pattern[str], Callable[[re.Match[str]], list[SaidWord]]], ...]] = (
    (re.compile(r"(?<![\w.])24\s?/\s?7(?![\w/])"), _always),
    (re.compile(r"(?<![\w.])(?P<hour>\d{1,2}):(?P<minute>[0-5]\d)(?:\s?(?P<half>[AaPp])\.?[Mm]\b)?(?![\d:])"), _time),
    (re.compile(r"(?<![\w.:])(?P<hour>\d{1,2})(?P<minute>)\s?(?P<half>[AaPp])\.?[Mm]\b"), _time),
    (re.compile(r"(?<![\w.])(\d+(?:[.,]\d+)?)\s?%"), _percent),
    (re.compile(r"(?<![\w.,$£€-])(?:\+\d{1,3}[ -]?)?\d{2,5}(?:[ -]\d{2,5}){1,5}(?![\w%]|[.,]\d|:\d)"), _phone),
    (re.compile(r"(?<![\w.,$£€-])1-\d{3}-\d{3}-\d{4}(?!\w)"), _phone),
    (re.compile(r"(?<![\w.,$£€-])\+?\d{7,15}(?![\w%]|[.,]\d)"), _phone),
    (re.compile(rf"(?<![\w.,$£€-])(?:{_SHORT_NUMBERS}|116\s?\d{{3}})(?![\w%]|[.,]\d|:\d)"), _phone),
    (
        re.compile(
            r"(?P<lead>\b(?:call|dial|text|phone|ring|number|line)(?:\s+[A-Za-z']+){0,3}\s+)"
            r"(?P<number>\d{3,6})(?![\w%]|[.,: -]\d)",
            re.IGNORECASE,
        ),
        _called,
    ),
    (re.compile(r"(?<![\w@.])[\w.-]+@[\w-]+(?:\.[A-Za-z]{2,})+"), _address),
    (re.compile(r"(?<![\w@.])[A-Za-z][\w-]*(?:\.[\w-]+)*\.(?:com|org|net|gov|edu|info|uk|au|ca|ie|nz)\b"), _address),
)


def _readings(line: str) -> Iterator[tuple[re.Match[str], list[SaidWord]]]:
    """Matches of the rules from left to right, the earlier rule first where two begin at one place."""
    at = 0
    while True:
        found: tuple[re.Match[str], Callable[[re.Match[str]], list[SaidWord]]] | None = None
        for pattern, reading in _RULES:
            match = pattern.search(line, at)
            if match and _is_telephone_or_other(match, reading) and (found is None or match.start() < found[0].start()):
                found = (match, reading)
        if found is None:
            return
        yield found[0], found[1](found[0])
        at = found[0].end()


def _is_telephone_or_other(match: re.Match[str], reading: object) -> bool:
    """Two groups such as "10-15" or "2019 2020" are a range or years, not a telephone number."""
    if reading is not _phone:
        return True
    text = match.group()
    count = sum(letter.isdigit() for letter in text)
    return (count >= 6 and not re.fullmatch(r"(?:19|20)\d\d[ -](?:19|20)\d\d|\d{4}-\d{2}-\d{2}", text)) or count == 3


def _plain(text: str) -> list[SaidWord]:
    words = []
    for written in text.split():
        said = _said(written)
        if said:
            words.append(SaidWord(written, said))
    return words


def _said(written: str) -> str:
    bare = written.strip(".,;:!?…—'\"")
    if not bare:
        return written if written[-1:] in ".,;:!?…—" else ""
    if len(bare) > LONGEST_WORD:
        return ""
    if not any(_is_latin(letter) or letter.isdigit() for letter in bare):
        return {"&": "and", "+": "plus", "=": "equals", "@": "at"}.get(bare, "")
    said = re.sub(r"(?<=[A-Za-z])/(?=[A-Za-z])", " or ", written.replace("and/or", "and or"))
    said = re.sub(r"\b[A-Z]{5,}\b", lambda shouted: shouted.group().lower(), said.replace("&", " and "))
    return "".join(letter for letter in said if not letter.isalpha() or _is_latin(letter))


def _joined(words: list[SaidWord]) -> Iterator[SaidWord]:
    """Lone punctuation joins the word before it; a first word that is only punctuation is left out."""
    held: SaidWord | None = None
    for word in words:
        if any(letter.isalnum() for letter in word.said):
            if held:
                yield held
            held = word
        elif held and held.said[-1:] not in ".,;:!?…—":
            joint = word.written if word.written != "—" else " —"
            held = SaidWord(held.written + joint, held.said.rstrip(",") + word.said)
        elif held and held.said[-1:] in ",;:—" and word.said[-1:] in ".!?…":
            held = SaidWord(held.written.rstrip(",;:—") + word.written, held.said.rstrip(",;:—") + word.said)
    if held:
        yield held


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


def _is_latin(letter: str) -> bool:
    return (letter.isascii() and letter.isalpha()) or "LATIN" in unicodedata.name(letter, "")
