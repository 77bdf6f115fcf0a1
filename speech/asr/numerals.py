"""English number words as digits: ``fourteen fifty-five`` is 1455, ``two hundred and first`` is 201st.

Pure. Made for comparing transcripts, so it must treat both sides alike rather than be right about meaning: single
digits in a row are one number (``nine one one`` is 911) and times are read like years (``two thirty`` is 230).
It knows nothing about fractions.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

_SMALL = [
    *("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"),
    *("thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen"),
]
_TENS = ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"]
_VALUES = {word: value for value, word in enumerate(_SMALL)} | {word: 10 * i for i, word in enumerate(_TENS, 2)}
_SCALES = {"thousand": 10**3, "million": 10**6, "billion": 10**9, "trillion": 10**12}
_ODD_ORDINALS = {"first": "one", "second": "two", "third": "three", "fifth": "five", "eighth": "eight"}
_ODD_ORDINALS |= {"ninth": "nine", "twelfth": "twelve"}


@dataclass(slots=True)
class _Number:
    """One number while it is read: finished scales, the part below the next scale, and the kind of the last word."""

    whole: int = 0
    part: int | None = None
    last: str = ""
    out: list[str] = field(default_factory=list)

    def flush(self, suffix: str = "") -> None:
        if self.last:
            value = self.whole + (self.part or 0)
            self.out.append(f"{value}{suffix and _suffix(value)}")
        self.whole, self.part, self.last = 0, None, ""

    def add(self, value: int) -> None:
        """A value below 100, or digits as they stand."""
        kind = "unit" if value < 10 else "ten"
        part = self.part or 0
        open_tens = kind == "unit" and value and self.last == "ten" and part % 10 == 0 and part % 100 >= 20
        if value >= 100 or value == 0:
            self.flush()
            self.part, kind = value, "done" if value >= 100 else "unit"
        elif self.part is None or self.last in {"hundred", "scale"} or open_tens:
            self.part = part + value
        elif kind == "ten" and self.last in {"unit", "ten"} and self.part < 100 and not self.whole and self.part:
            self.part = self.part * 100 + value
        else:
            self.flush()
            self.part = value
        self.last = kind if not open_tens else "unit"

    def scale(self, word: str) -> None:
        if word == "hundred":
            self.part = (self.part or 1) * 100 if (self.part or 1) < 100 else self.part
            self.last = "hundred"
            return
        self.whole += (self.part or 1) * _SCALES[word]
        self.part, self.last = None, "scale"


def with_digits(words: Sequence[str]) -> list[str]:
    """The words with every number as digits; ordinals end in st, nd, rd, th. Words are lower case."""
    number = _Number()
    for i, word in enumerate(words):
        cardinal = _cardinal(word)
        after = words[i + 1] if i + 1 < len(words) else ""
        if cardinal is not None:
            _read(number, cardinal)
            number.flush("th")
        elif _is_number(word) or word in _SCALES or word == "hundred":
            _read(number, word)
        elif word == "and" and number.last in {"hundred", "scale"} and (_is_number(after) or _cardinal(after)):
            continue
        elif word == "a" and (after == "hundred" or after in _SCALES):
            number.flush()
        else:
            number.flush()
            number.out.append(word)
    number.flush()
    return _digits_joined(number.out)


def _read(number: _Number, word: str) -> None:
    if word == "hundred" or word in _SCALES:
        number.scale(word)
    else:
        number.add(_VALUES[word] if word in _VALUES else int(word))


def _is_number(word: str) -> bool:
    return word in _VALUES or (word.isascii() and word.isdigit())


def _cardinal(word: str) -> str | None:
    """The cardinal of an ordinal word, None for any other word."""
    if word in _ODD_ORDINALS:
        return _ODD_ORDINALS[word]
    if word.endswith("ieth") and word[:-4] + "y" in _VALUES:
        return word[:-4] + "y"
    stem = word[:-2] if word.endswith("th") else ""
    return stem if stem in _VALUES or stem in _SCALES or stem == "hundred" else None


def _suffix(value: int) -> str:
    if value % 100 in {11, 12, 13}:
        return "th"
    return {1: "st", 2: "nd", 3: "rd"}.get(value % 10, "th")


def _digits_joined(words: list[str]) -> list[str]:
    out: list[str] = []
    joining = False
    for word in words:
        single = len(word) == 1 and word.isdigit()
        if single and joining:
            out[-1] += word
        else:
            out.append(word)
        joining = single
    return out
