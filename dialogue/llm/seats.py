"""Who sits where: conversations lent one of a few places, each with a cache of its own. Pure; knows no model."""

from __future__ import annotations


class Seats:
    """``count`` places, numbered from 0. When all are taken the next conversation shares the one with fewest holders:
    it is served too, only each change between them costs reading."""

    def __init__(self, count: int) -> None:
        if count < 1:
            raise ValueError(f"there is at least one place, not {count}")
        self._held = [0] * count

    def take(self) -> int:
        """A place with the fewest holders."""
        place = min(range(len(self._held)), key=lambda at: self._held[at])
        self._held[place] += 1
        return place

    def give_back(self, place: int) -> None:
        self._held[place] = max(0, self._held[place] - 1)

    @property
    def held(self) -> int:
        """How many conversations sit."""
        return sum(self._held)
