"""The last N samples of a stream, asked for by stream-clock index."""

from __future__ import annotations

import numpy as np

from warmline.speech.types import Samples


class Gone(LookupError):
    """The asked-for samples were overwritten, or have not come yet."""


STEP = 1 << 16
"""Samples of memory that a ring begins with and grows by, 4 s at 16 kHz. Not by doubling: of many calls half the memory
would be empty, while a turn of five minutes is copied no more than 75 times."""


class Ring:
    """Bounded memory of one stream. One writer and one reader on the same thread.

    ``start`` is the oldest index still held, ``end`` the index just past the newest. Takes only the memory that is
    used: it grows as it fills, up to ``capacity`` samples, and shrinks after :meth:`forget`.
    """

    def __init__(self, capacity: int, start: int = 0) -> None:
        if capacity < 1:
            raise ValueError("a ring holds at least one sample")
        self._capacity = capacity
        self._data: Samples = np.zeros(min(capacity, STEP), np.float32)
        self._first = start
        self._origin = start  # the index that lies at place 0, or at any whole number of rounds after it
        self.end = start

    @property
    def start(self) -> int:
        return max(self._first, self.end - self._capacity)

    def append(self, samples: Samples) -> None:
        """Add float32[n] at the end; the oldest samples beyond the capacity are forgotten."""
        kept = samples[-self._capacity :]
        need = min(self._capacity, self.end - self.start + len(samples))
        if need > len(self._data):
            self._resize(need)
        size = len(self._data)
        place = (self.end + len(samples) - len(kept) - self._origin) % size
        until_wrap = min(len(kept), size - place)
        self._data[place : place + until_wrap] = kept[:until_wrap]
        self._data[: len(kept) - until_wrap] = kept[until_wrap:]
        self.end += len(samples)

    def slice(self, start: int, end: int) -> Samples:
        """A copy of the samples in [start, end), float32[end - start]. Raises Gone when not all of them are held."""
        if end < start:
            raise ValueError(f"a slice ends after it begins, not {start} to {end}")
        if start < self.start or end > self.end:
            raise Gone(f"samples {start} to {end} are not held: the ring has {self.start} to {self.end}")
        place = (start - self._origin) % len(self._data)
        head = self._data[place : place + end - start]
        return np.concatenate((head, self._data[: end - start - len(head)]))

    def forget(self, before: int) -> None:
        """Hold no sample before ``before`` any more, and give back memory that is far too much then."""
        self._first = min(self.end, max(self.start, before))
        if self.end - self.start + 2 * STEP <= len(self._data):
            self._resize(self.end - self.start)

    def _resize(self, need: int) -> None:
        held, start = self.slice(self.start, self.end), self.start
        size = -(-max(need, 1) // STEP) * STEP
        self._data = np.zeros(min(size, self._capacity), np.float32)
        self._data[: len(held)] = held
        self._origin = self._first = start
