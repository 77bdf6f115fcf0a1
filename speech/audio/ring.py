"""The last N samples of a stream, asked for by stream-clock index."""

from __future__ import annotations

import numpy as np

from warmline.speech.types import Samples


class Gone(LookupError):
    """The asked-for samples were overwritten, or have not come yet."""


class Ring:
    """Bounded memory of one stream. One writer and one reader on the same thread.

    ``start`` is the oldest index still held, ``end`` the index just past the newest.
    """

    def __init__(self, capacity: int, start: int = 0) -> None:
        if capacity < 1:
            raise ValueError("a ring holds at least one sample")
        self._data: Samples = np.zeros(capacity, np.float32)
        self._first = start
        self.end = start

    @property
    def start(self) -> int:
        return max(self._first, self.end - len(self._data))

    def append(self, samples: Samples) -> None:
        """Add float32[n] at the end; the oldest samples beyond the capacity are forgotten."""
        capacity = len(self._data)
        kept = samples[-capacity:]
        place = (self.end + len(samples) - len(kept) - self._first) % capacity
        until_wrap = min(len(kept), capacity - place)
        self._data[place : place + until_wrap] = kept[:until_wrap]
        self._data[: len(kept) - until_wrap] = kept[until_wrap:]
        self.end += len(samples)

    def slice(self, start: int, end: int) -> Samples:
        """A copy of the samples in [start, end), float32[end - start]. Raises Gone when not all of them are held."""
        if end < start:
            raise ValueError(f"a slice ends after it begins, not {start} to {end}")
        if start < self.start or end > self.end:
            raise Gone(f"samples {start} to {end} are not held: the ring has {self.start} to {self.end}")
        capacity = len(self._data)
        place = (start - self._first) % capacity
        head = self._data[place : place + end - start]
        return np.concatenate((head, self._data[: end - start - len(head)]))
