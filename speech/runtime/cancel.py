"""A flag that a worker thread polls between steps, because a thread cannot be cancelled from outside."""

from __future__ import annotations

import threading


class Cancelled(Exception):
    """Raised by a worker that saw its flag set; never shown to a person."""


class CancelFlag:
    """Set once, from any thread; read from any thread. ``others``: flags of which any one sets this one, too."""

    __slots__ = ("_event", "_others")

    def __init__(self, *others: CancelFlag) -> None:
        self._event = threading.Event()
        self._others = others

    def set(self) -> None:
        self._event.set()

    @property
    def is_set(self) -> bool:
        return self._event.is_set() or any(other.is_set for other in self._others)

    def check(self) -> None:
        """Raise :class:`Cancelled` if the flag is set."""
        if self.is_set:
            raise Cancelled
