"""Text as WordPiece ids, and lines of a conversation packed into one sequence for the encoder.

The line that is judged comes first (type 0), the lines before it follow, nearest first (type 1), so that what is cut
when the room runs out is what lies furthest back. Knows nothing about weights or tasks.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

_Item = TypeVar("_Item")

UNKNOWN, CLS, SEP = "[UNK]", "[CLS]", "[SEP]"


@dataclass(frozen=True, slots=True)
class Passage:
    """One line. ``mark``: a word or two put before it that say whose it is ("self", "other", a strategy), or ""."""

    text: str
    mark: str = ""


@dataclass(frozen=True, slots=True)
class Room:
    """Most tokens of the first line, of each other line, and of the whole sequence with its separators."""

    first: int = 48
    rest: int = 24
    total: int = 80


@dataclass(frozen=True, slots=True)
class Packed:
    """``ids`` and ``types`` of one sequence; ``spans``: (start, end) of the words of each line that found room."""

    ids: tuple[int, ...]
    types: tuple[int, ...]
    spans: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class Special:
    """Ids of the marks around lines."""

    cls: int
    sep: int


@dataclass(frozen=True, slots=True)
class Pieces:
    """A WordPiece vocabulary. ``tokenizer``: of the tokenizers library; ``special``: its ids of CLS and SEP."""

    tokenizer: Any
    special: Special
    _marks: dict[str, list[int]] = field(default_factory=dict, repr=False)

    def ids(self, text: str) -> list[int]:
        """Ids without special ones; typographic apostrophes count as plain ones. Never raises on odd text."""
        plain = text.replace("’", "'").replace("‘", "'")
        found: list[int] = self.tokenizer.encode(plain, add_special_tokens=False).ids
        return found

    def offsets(self, text: str, most: int) -> list[tuple[int, int]]:
        """Where in ``text`` each of the tokens lies that :meth:`pack` keeps of it, given room for ``most``."""
        plain = text.replace("’", "'").replace("‘", "'")
        found: list[tuple[int, int]] = self.tokenizer.encode(plain, add_special_tokens=False).offsets
        return clip(found, most)

    def pack(self, lines: Sequence[Passage], room: Room = Room()) -> Packed:
        """``lines`` (at least one), the judged one first. Of a long line its first and last words are kept."""
        ids, types, spans = [self.special.cls], [0], []
        for place, line in enumerate(lines):
            mark = self._mark(line.mark)
            left = room.total - len(ids) - len(mark) - 1
            words = clip(self.ids(line.text), min(left, room.first if place == 0 else room.rest))
            if place and (left < 4 or not words):
                break
            begin = len(ids) + len(mark)
            ids += [*mark, *words, self.special.sep]
            types += [min(place, 1)] * (len(mark) + len(words) + 1)
            spans.append((begin, begin + max(1, len(words))))
        return Packed(tuple(ids), tuple(types), tuple(spans))

    def _mark(self, mark: str) -> list[int]:
        if mark not in self._marks:
            self._marks[mark] = self.ids(f"{mark} :") if mark else []
        return self._marks[mark]


def clip(ids: list[_Item], most: int) -> list[_Item]:
    """At most ``most`` of ``ids``: the first half and the last half."""
    if len(ids) <= most:
        return ids
    head = max(0, most) // 2
    tail = max(0, most) - head
    return ids[:head] + (ids[-tail:] if tail else [])


def word_pieces(vocabulary: Sequence[str]) -> Pieces:
    """An uncased WordPiece tokenizer after BERT over ``vocabulary`` (its order gives the ids)."""
    from tokenizers import Tokenizer, models, normalizers, pre_tokenizers

    table = {piece: place for place, piece in enumerate(vocabulary)}
    tokenizer = Tokenizer(models.WordPiece(vocab=table, unk_token=UNKNOWN, max_input_chars_per_word=100))
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=True)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    return Pieces(tokenizer, Special(table[CLS], table[SEP]))
