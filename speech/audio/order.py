"""Numbered pieces put back into order, within a bounded window. Pure; knows nothing about audio.

A piece has a ``key`` and a ``span``: the next piece's key is ``key + span``. With packet numbers the span is 1; with
timestamps it is the piece's duration. The rules for a sender that begins anew (a jump is believed only when the next
piece follows on) are the idea of RFC 3550, appendix A.1.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, replace
from typing import Final, Generic, TypeVar

T = TypeVar("T")

REMEMBERED: Final = 128
"""Keys that are remembered, to tell a duplicate from a late piece."""

LATE_RUN: Final = 16
"""So many late pieces in a row, each following the one before, are a sender that began anew a little way back."""


@dataclass(frozen=True, slots=True)
class Piece(Generic[T]):
    key: int
    span: int
    item: T


@dataclass(frozen=True, slots=True)
class InOrder(Generic[T]):
    """A piece whose turn it is. ``hole``: units that are missing before it. ``overlap``: units at its beginning that
    were already given. ``places``: how many later pieces had come before it. ``jump``: the sender began anew by so
    much; hole and overlap are then 0."""

    piece: Piece[T]
    hole: int = 0
    overlap: int = 0
    places: int = 0
    jump: int | None = None


@dataclass(frozen=True, slots=True)
class Dropped:
    """A piece that has no place any more; ``again`` when it is known to have come before."""

    key: int
    again: bool


class Order(Generic[T]):
    """One sender's pieces. ``window``: later pieces that may wait for a missing one. ``far``: a jump by more is a
    restart. ``slack``: how far a key may lie off its place and still count as following on."""

    def __init__(self, window: int, far: int, slack: int = 0) -> None:
        self._window, self._far, self._slack = window, far, slack
        self._next: int | None = None
        self._waiting: dict[int, Piece[T]] = {}
        self._seen: deque[int] = deque(maxlen=REMEMBERED)
        self._stray: Piece[T] | None = None
        self._late_end, self._late_run = 0, 0

    def push(self, key: int, span: int, item: T) -> list[InOrder[T] | Dropped]:
        """Take one piece; give what is now in order, and what was dropped."""
        piece = Piece(key, span, item)
        if self._next is None:
            return [self._taken(piece)]
        off = key - self._next
        if abs(off) > self._far:
            return self._strayed(piece)
        if key in self._waiting:
            return [Dropped(key, again=True)]
        if off > self._slack:
            self._waiting[key] = piece
            return self._skipped() if len(self._waiting) > self._window else []
        if off < -self._slack and key + span <= self._next + self._slack:
            return self._late(piece)
        if off >= -self._slack and not self._waiting:  # most of what comes: the next one, in its place
            return [self._taken(piece)]
        overlap = -off if off < -self._slack else 0
        first = replace(self._taken(piece), overlap=overlap, places=len(self._waiting))
        return [first, *self._following()]

    def flush(self) -> list[InOrder[T] | Dropped]:
        """Everything that waits, with its holes."""
        out: list[InOrder[T] | Dropped] = []
        while self._waiting:
            out += self._skipped()
        return out

    def skip(self, units: int) -> None:
        """So many units will not be waited for."""
        if self._next is not None:
            self._next += units
            self._stray = None

    def _taken(self, piece: Piece[T]) -> InOrder[T]:
        # The place advances by the span alone: what is within the slack adds up until it is a hole or an overlap.
        at = piece.key if self._next is None or abs(piece.key - self._next) > self._slack else self._next
        self._next = at + piece.span
        self._seen.append(piece.key)
        self._late_run, self._stray = 0, None
        return InOrder(piece)

    def _following(self) -> list[InOrder[T] | Dropped]:
        out: list[InOrder[T] | Dropped] = []
        while self._waiting and self._next is not None:
            key = min(self._waiting)
            if key > self._next + self._slack:
                break
            piece = self._waiting.pop(key)
            if key + piece.span <= self._next - self._slack:
                out.append(Dropped(key, again=False))
                continue
            overlap = self._next - key if key < self._next - self._slack else 0
            out.append(replace(self._taken(piece), overlap=overlap))
        return out

    def _skipped(self) -> list[InOrder[T] | Dropped]:
        """The missing piece is given up: go on with the earliest that waits."""
        piece = self._waiting.pop(min(self._waiting))
        hole = piece.key - self._next if self._next is not None else 0
        return [replace(self._taken(piece), hole=max(0, hole)), *self._following()]

    def _late(self, piece: Piece[T]) -> list[InOrder[T] | Dropped]:
        follows = abs(piece.key - self._late_end) <= self._slack
        self._late_run = self._late_run + 1 if follows else 1
        self._late_end = piece.key + piece.span
        if self._late_run < LATE_RUN:
            return [Dropped(piece.key, again=piece.key in self._seen)]
        return self._restarted(piece)

    def _strayed(self, piece: Piece[T]) -> list[InOrder[T] | Dropped]:
        """Far off: believed when the one before was as far off and this one follows it."""
        stray, self._stray = self._stray, piece
        if stray is None:
            return []
        if abs(piece.key - stray.key - stray.span) > self._slack:
            return [Dropped(stray.key, again=False)]
        return [*self._restarted(stray), self._taken(piece)]

    def _restarted(self, piece: Piece[T]) -> list[InOrder[T] | Dropped]:
        out = self.flush()
        jump = piece.key - (self._next or 0)
        self._seen.clear()
        self._next = None
        return [*out, replace(self._taken(piece), jump=jump)]
