"""How numbers, telephone numbers, times, dates, addresses and abbreviations are read aloud. Pure; English.

Money, plain numbers, ordinals, units and dates with slashes (month first, as in American English) are left to the
grapheme-to-phoneme step, which reads them in full.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator
from typing import Final

from warmline.tts.types import SaidWord

DIGITS: Final = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
LONGEST_WORD: Final = 40
_SHORT_NUMBERS: Final = r"988|911|999|112|111|000"
_MONTHS: Final = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)
_ABBREVIATIONS: Final = {
    "e.g.": "for example",
    "i.e.": "that is",
    "w/": "with",
    "w/o": "without",
    "b/c": "because",
    "approx.": "approximately",
    "appt.": "appointment",
    "hrs": "hours",
    "hrs.": "hours",
    "hr": "hour",
    "mins": "minutes",
    "mins.": "minutes",
    "secs": "seconds",
    "wk": "week",
    "wks": "weeks",
    "yrs": "years",
    "govt.": "government",
    "dept.": "department",
    "tel.": "telephone",
    "ext.": "extension",
}
"""By their lower case, marks after them aside. Those of titles and streets the grapheme-to-phoneme step knows."""


def readings(line: str) -> Iterator[SaidWord]:
    """The words of one clean line, in order; some may be only punctuation."""
    at = 0
    for match, reading in _found(line):
        yield from _plain(line[at : match.start()])
        yield from reading
        at = match.end()
    yield from _plain(line[at:])


def telephone(number: str, times: int = 1) -> str:
    """A telephone number as words: digits in groups, said ``times`` times, a sentence each."""
    return " ".join([f"{digits_said(number)}."] * times)


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
        said.append(SaidWord(group, words + ("," if place + 1 < len(groups) else ""), slow=True))
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


def _date(match: re.Match[str]) -> list[SaidWord]:
    month, day = int(match["month"]), int(match["day"])
    ending = "th" if 10 < day < 20 else {1: "st", 2: "nd", 3: "rd"}.get(day % 10, "th")
    return [SaidWord(match.group(), f"{_MONTHS[month - 1]} {day}{ending}, {match['year']}")]


def _range(match: re.Match[str]) -> list[SaidWord]:
    return [SaidWord(match.group(), f"{match[1]} to {match[2]}")]


def _percent(match: re.Match[str]) -> list[SaidWord]:
    return [SaidWord(match.group(), f"{match[1]} percent")]


def _always(match: re.Match[str]) -> list[SaidWord]:
    return [SaidWord(match.group(), "twenty-four seven")]


def _called(match: re.Match[str]) -> list[SaidWord]:
    lead = _plain(match["lead"])
    return [*lead, SaidWord(match["number"], digits_said(match["number"]), slow=True)]


def _address(match: re.Match[str]) -> list[SaidWord]:
    said = re.sub(r"\s+", " ", match.group().replace("@", " at ").replace(".", " dot ").replace("-", " dash "))
    return [SaidWord(match.group(), said)]


_RULES: Final[tuple[tuple[re.Pattern[str], Callable[[re.Match[str]], list[SaidWord]]], ...]] = (
    (re.compile(r"(?<![\w.])24\s?/\s?7(?![\w/])"), _always),
    (re.compile(r"(?<![\w.])(?P<hour>\d{1,2}):(?P<minute>[0-5]\d)(?:\s?(?P<half>[AaPp])\.?[Mm]\b)?(?![\d:])"), _time),
    (re.compile(r"(?<![\w.:])(?P<hour>\d{1,2})(?P<minute>)\s?(?P<half>[AaPp])\.?[Mm]\b"), _time),
    (
        re.compile(
            r"(?<![\w.-])(?P<year>(?:19|20)\d\d)-(?P<month>0[1-9]|1[0-2])-(?P<day>0[1-9]|[12]\d|3[01])(?![\w-])"
        ),
        _date,
    ),
    (
        re.compile(r"(?<![\w.,-])([$£€]?\d{1,3}|(?:19|20)\d\d)\s?[-–]\s?(\d{1,3}|(?:19|20)\d\d)(?![\w/-]|[.,:]\d)"),
        _range,
    ),
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


def _found(line: str) -> Iterator[tuple[re.Match[str], list[SaidWord]]]:
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
        said = _in_full(written) or _said(written)
        if said:
            words.append(SaidWord(written, said))
    return words


def _in_full(written: str) -> str:
    """An abbreviation's words with the marks after it; "" for any other word. A full stop may be its own, or end the
    sentence."""
    for marks in (",;:!?", ",;:!?."):
        bare = written.rstrip(marks)
        if known := _ABBREVIATIONS.get(bare.lower()):
            return known + written[len(bare) :]
    return ""


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


def _is_latin(letter: str) -> bool:
    return (letter.isascii() and letter.isalpha()) or "LATIN" in unicodedata.name(letter, "")
