"""The calls that a running server holds, whatever line they come by: how many there may be, and one as a whole."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol, TypeVar

from warmline.server.auth import Keys
from warmline.server.events import Observer
from warmline.server.handoff.bridge import Bridge
from warmline.server.metrics import Metrics
from warmline.server.settings import CallSettings, Settings
from warmline.server.transport.conversing import Conversing, MakeCall
from warmline.server.transport.ending import Ending
from warmline.server.transport.resume import Seats
from warmline.server.transport.seat import Seat, Sitting
from warmline.server.transport.telephony.phones import Phones
from warmline.speech.runtime.clock import Clock, WallClock
from warmline.tts.playout import Playout

log = logging.getLogger(__name__)

Begun = TypeVar("Begun", contravariant=True)
"""What a client begins a call with, in its protocol."""


@dataclass(slots=True)
class Admission:
    """At most ``most`` calls at once. Taking a place is one step of one loop, so two calls never share the last."""

    most: int
    calls: int = 0

    def take(self) -> bool:
        if self.calls >= self.most:
            return False
        self.calls += 1
        return True

    def give_back(self) -> None:
        self.calls -= 1


@dataclass(slots=True)
class Hosting:
    """What the running server knows. ``keys``: who may call by a program. ``seats``: the calls that outlive a lost
    connection. ``phones``: the telephone calls that can be moved. ``failure``: why it could not start."""

    admission: Admission
    clock: Clock = field(default_factory=WallClock)
    keys: Keys = field(default_factory=lambda: Keys((), WallClock()))
    metrics: Metrics = field(default_factory=Metrics)
    seats: Seats = field(default_factory=lambda: Seats(WallClock()))
    phones: Phones = field(default_factory=Phones)
    make: MakeCall | None = None
    failure: Exception | None = None


class Holds(Protocol[Begun]):
    """A line of any protocol, once its client has begun a call."""

    async def hold(self, start: Begun, make: MakeCall, settings: CallSettings, /) -> Ending: ...

    async def close(self, ending: Ending) -> None: ...


class Resumes(Protocol):
    """A line whose call outlives its connection. :meth:`started` waits until its client begins a call or takes one up,
    or says why there will be none. ``claimed``: the call that is taken up, None for a new one; ``sitting``: the line's
    hold on the call, once it has one."""

    @property
    def claimed(self) -> Seat | None: ...

    @property
    def sitting(self) -> Sitting | None: ...

    async def started(self) -> Ending | None: ...

    async def hold(self, seat: Seat, settings: CallSettings, /) -> Ending: ...

    async def close(self, ending: Ending, *, kept: bool = False) -> None: ...


async def seated(line: Resumes, hosting: Hosting, settings: Settings) -> None:
    """The call, a new one if there is a place for it. What remains of it when the connection is lost waits."""
    none = await line.started()
    if none is not None:
        await line.close(none)
        return
    seat = line.claimed or _new_seat(hosting)
    if seat is None:
        await line.close(Ending.BUSY)
        return
    ending = Ending.FAILED
    try:
        ending = await line.hold(seat, settings.call)
    finally:
        kept = await hosting.seats.left(seat, line.sitting, ending)
    await line.close(ending, kept=kept)


def _new_seat(hosting: Hosting) -> Seat | None:
    make = _admitted(hosting)
    return None if make is None else hosting.seats.begin(make, _given_back(hosting))


def adopting(hosting: Hosting) -> Callable[[], tuple[MakeCall, Callable[[str], None]]]:
    """What makes a conversation for a call that another server held: its place is taken whether there is one or not."""

    def adopt() -> tuple[MakeCall, Callable[[str], None]]:
        assert hosting.make is not None, "no call is held before the server has started"
        hosting.admission.calls += 1
        hosting.metrics.begun()
        return _watched(hosting.make, hosting.metrics), _given_back(hosting)

    return adopt


def _given_back(hosting: Hosting) -> Callable[[str], None]:
    def ended(reason: str) -> None:
        hosting.admission.give_back()
        hosting.metrics.ended(reason)

    return ended


def _admitted(hosting: Hosting) -> MakeCall | None:
    """A place, and what makes its conversation; None where all are taken. Whoever has it gives it back."""
    if hosting.make is None or not hosting.admission.take():
        hosting.metrics.refused()
        return None
    log.info("call begun: %d of %d", hosting.admission.calls, hosting.admission.most)
    hosting.metrics.begun()
    return _watched(hosting.make, hosting.metrics)


def _watched(make: MakeCall, metrics: Metrics) -> MakeCall:
    """``make``, with the metrics looking on."""

    def made(call: CallSettings, observer: Observer, playout: Playout, bridge: Bridge | None = None, /) -> Conversing:
        return make(call, metrics.watched(observer), playout, bridge)

    return made


async def held(line: Holds[Begun], start: Begun | Ending, hosting: Hosting, settings: Settings) -> None:
    """The call of a line that cannot come back (a telephone), if there is a place for it."""
    if isinstance(start, Ending):
        await line.close(start)
        return
    make = _admitted(hosting)
    if make is None:
        await line.close(Ending.BUSY)
        return
    ending = Ending.FAILED
    try:
        ending = await line.hold(start, make, settings.call)
    finally:
        hosting.admission.give_back()
        hosting.metrics.ended(ending.reason)
    await line.close(ending)
