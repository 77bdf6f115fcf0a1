"""The book of calls that every gateway of a cluster writes into, so that another can go on with any of them.

Pure but for the clock it is given: one clock, its own, so that gateways whose clocks differ do no harm. Holds words of
callers, in memory only, while their call goes on and for :data:`KEPT_S` after their gateway was heard of last.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from warmline.server.transport.elsewhere import Carried

KEPT_S: Final = 90.0
"""Longer than a client tries to come back."""

ALIVE_S: Final = 5.0
"""A gateway that was not heard of for so long is counted as gone."""


@dataclass(frozen=True, slots=True)
class Gateway:
    """``most``: calls that it holds at once. ``seen_s`` ago it was heard of last."""

    name: str
    calls: int
    most: int
    seen_s: float


@dataclass(frozen=True, slots=True)
class Beat:
    """What a gateway is told when it says that it is there: the calls that others have ``taken`` from it, and those
    that are ``unknown`` to the book (it began anew), which wants them again."""

    taken: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()


@dataclass(slots=True)
class _Page:
    carried: Carried
    gateway: str
    at_s: float


class Book:
    """Every method takes a moment and never raises."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._pages: dict[str, _Page] = {}
        self._by_key: dict[str, str] = {}
        self._seen: dict[str, tuple[float, int, int]] = {}
        self._taken: dict[str, list[str]] = {}

    def keep(self, gateway: str, carried: Carried) -> None:
        """In the place of what was there of this call, unless another gateway has it now."""
        page = self._pages.get(carried.id)
        if page is not None and page.gateway != gateway:
            return
        self._write(gateway, carried)

    def drop(self, gateway: str, id: str) -> None:
        """The call is over, unless another gateway has it now."""
        page = self._pages.get(id)
        if page is not None and page.gateway == gateway:
            self._forget(id)

    def take(self, gateway: str, key: str) -> Carried | None:
        """The call that ``key`` opens; from now on it is this gateway's, and the one that had it is told at its next
        beat."""
        page = self._pages.get(self._by_key.get(key, ""))
        if page is None:
            return None
        if page.gateway != gateway:
            self._taken.setdefault(page.gateway, []).append(page.carried.id)
        self._write(gateway, page.carried)
        return page.carried

    def beat(self, gateway: str, most: int, ids: tuple[str, ...]) -> Beat:
        """A gateway is there, holds the calls ``ids``, and may hold ``most``."""
        now = self._clock()
        self._seen[gateway] = (now, len(ids), most)
        for id in ids:
            page = self._pages.get(id)
            if page is not None and page.gateway == gateway:
                page.at_s = now
        self._tidy(now)
        taken = tuple(id for id in self._taken.pop(gateway, ()) if id in ids)
        return Beat(taken, tuple(id for id in ids if id not in self._pages))

    def gateways(self) -> tuple[Gateway, ...]:
        """Those that are there."""
        now = self._clock()
        return tuple(
            Gateway(name, calls, most, now - at)
            for name, (at, calls, most) in sorted(self._seen.items())
            if now - at <= ALIVE_S
        )

    def _write(self, gateway: str, carried: Carried) -> None:
        self._forget(carried.id)
        self._pages[carried.id] = _Page(carried, gateway, self._clock())
        self._by_key.update(dict.fromkeys(carried.keys, carried.id))

    def _forget(self, id: str) -> None:
        page = self._pages.pop(id, None)
        if page is not None:
            for key in page.carried.keys:
                self._by_key.pop(key, None)

    def _tidy(self, now: float) -> None:
        for id in [id for id, page in self._pages.items() if now - page.at_s > KEPT_S]:
            self._forget(id)
        for name in [name for name, (at, _, _) in self._seen.items() if now - at > KEPT_S]:
            del self._seen[name]
            self._taken.pop(name, None)

    @property
    def pages(self) -> Mapping[str, str]:
        """The calls in the book, and which gateway has each."""
        return {id: page.gateway for id, page in self._pages.items()}
