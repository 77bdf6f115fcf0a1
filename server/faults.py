"""Faults of the incoming stream as events: at most one of a kind in ten seconds, with how many it stands for.

A stream may be wrong fifty times a second; whoever watches the call needs to know what and how often, not each time."""

from __future__ import annotations

from typing import Final

from warmline.server.events import StreamFault
from warmline.speech.audio.faults import Fault
from warmline.speech.types import samples_of

TOLD_EVERY: Final = samples_of(10.0)


class FaultReport:
    """One call's. Kinds are few and named by our own classes, so memory is bounded."""

    def __init__(self, every: int = TOLD_EVERY) -> None:
        self._every = every
        self._told: dict[str, int] = {}
        self._kept: dict[str, int] = {}

    def note(self, fault: Fault) -> StreamFault | None:
        """The event to tell now, or None where one of its kind was told just before."""
        kind = type(fault).__name__
        count = self._kept.pop(kind, 0) + 1
        last = self._told.get(kind)
        if last is not None and 0 <= fault.at - last < self._every:
            self._kept[kind] = count
            return None
        self._told[kind] = fault.at
        return StreamFault(kind, str(fault), fault.at, count)
