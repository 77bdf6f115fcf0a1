"""Letters on paper: which fonts there are, what they can show, and lines that fit.

DejaVu Sans, which matplotlib brings along, has Latin, Greek, Cyrillic and more. For Chinese, Japanese and Korean a font
of this machine is used where there is one (Debian: fonts-wqy-zenhei). What no font has becomes a box. Scripts that are
written from right to left, or whose letters join, are not laid out properly.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from functools import cache
from typing import Final

COLUMNS: Final = 92
"""Letters of a line; a wide one counts twice."""

BOX: Final = "\u25a1"
_WIDE_FONTS: Final = (
    "WenQuanYi",
    "CJK",
    "Source Han",
    "Droid Sans Fallback",
    "SimHei",
    "YaHei",
    "PingFang",
    "Hiragino",
)


class Fonts:
    """The fonts at hand, in the order in which a letter is looked for."""

    def __init__(self) -> None:
        self.families = _families()
        self._known = _letters(self.families)

    def drawn(self, text: str) -> str:
        """The text with a box for what no font has; line breaks and the like become spaces."""
        return "".join(letter if letter in self._known else BOX for letter in " ".join(text.split()))


@cache
def _families() -> tuple[str, ...]:
    from matplotlib import font_manager

    wide = [name for name in sorted(font_manager.get_font_names()) if any(one in name for one in _WIDE_FONTS)]
    return ("DejaVu Sans", *wide[:1])


@cache
def _letters(families: tuple[str, ...]) -> frozenset[str]:
    from matplotlib import font_manager

    known: set[str] = set()
    for family in families:
        path = font_manager.findfont(font_manager.FontProperties(family=family))
        known |= {chr(code) for code in font_manager.get_font(path).get_charmap()}
    return frozenset(known)


def wrapped(text: str, indent: str = "") -> list[str]:
    """The text in lines of :data:`COLUMNS`; words that are longer, and scripts without spaces, are broken anywhere."""
    lines: list[str] = []
    line = ""
    for piece in _pieces(text):
        if line.strip() and width(line + piece.rstrip()) > COLUMNS:
            lines.append(line.rstrip())
            line = indent + piece.lstrip()
        else:
            line += piece
    return [*lines, line.rstrip()] if line.strip() or not lines else lines


def _pieces(text: str) -> Iterator[str]:
    """What may stand on a line of its own: words with their space, single wide letters, parts of overlong words."""
    piece = ""
    for letter in text:
        if unicodedata.east_asian_width(letter) in "WF" or width(piece) >= COLUMNS // 2:
            yield from (piece,) if piece else ()
            piece = letter
            continue
        piece += letter
        if letter == " ":
            yield piece
            piece = ""
    if piece:
        yield piece


def width(text: str) -> int:
    """In columns."""
    return sum(2 if unicodedata.east_asian_width(letter) in "WF" else 1 for letter in text)
