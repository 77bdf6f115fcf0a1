"""The calls that a running server holds, whatever line they come by: how many there may be, and one as a whole."""

from __future__ import annotations

import logging
import secrets
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol, TypeVar
from weakref import WeakSet

from warmline.server.auth import Keys
from warmline.server.events import Observer
from warmline.server.handoff.bridge import Bridge
from warmline.server.logs import begin_call
from warmline.server.metrics import Metrics
from warmline.server.settings import CallSettings, Settings
from warmline.server.tracing import Traced, untraced
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


@dataclass(frozen=True, slots=True)
class Origin:
    """From where a call comes, as far as limits go by it: the client's ``address``, and the number of the ``token``
    that it showed, None for none. Neither is kept or logged."""

    address: str = ""
    token: int | None = None


NOWHERE = Origin()


@dataclass(slots=True)
class Admission:
    """At most ``most`` calls at once, of which one address and one token may have so many; 0 for all. Taking a place is
    one step of one loop, so two calls never share the last."""

    most: int
    calls: int = 0
    per_token: int = 0
    per_address: int = 0
    _held: Counter[object] = field(default_factory=Counter)

    def take(self, origin: Origin = NOWHERE) -> bool:
        limits: list[tuple[object, int]] = []
        if origin.token is not None:
            limits.append((("token", origin.token), self.per_token))
        if origin.address:
            limits.append((("address", origin.address), self.per_address))
        if self.calls >= self.most or any(0 < most <= self._held[kind] for kind, most in limits):
            return False
        self.calls += 1
        self._held.update(kind for kind, _ in limits)
        return True

    def give_back(self, origin: Origin = NOWHERE) -> None:
        self.calls -= 1
        for kind in (("token", origin.token), ("address", origin.address)):
            self._held[kind] -= 1
            if self._held[kind] <= 0:
                del self._held[kind]


@dataclass(slots=True)
class Hosting:
    """What the running server knows. ``keys``: who may call by a program. ``seats``: the calls that outlive a lost
    connection. ``phones``: the telephone calls that can be moved. ``failure``: why it could not start.
    ``most_lag_s``: a loop that runs later takes no new call, 0 for any. ``draining``: no new call is taken any more.
    ``talks``: the conversations that are held now."""

    admission: Admission
    clock: Clock = field(default_factory=WallClock)
    keys: Keys = field(default_factory=lambda: Keys((), WallClock()))
    metrics: Metrics = field(default_factory=Metrics)
    seats: Seats = field(default_factory=lambda: Seats(WallClock()))
    phones: Phones = field(default_factory=Phones)
    make: MakeCall | None = None
    failure: Exception | None = None
    traced: Traced = untraced
    most_lag_s: float = 0.0
    draining: bool = False
    talks: WeakSet[Conversing] = field(default_factory=WeakSet)

    @property
    def late(self) -> bool:
        """Does the event loop run so late that one more call would be heard and answered late?"""
        return 0.0 < self.most_lag_s < self.metrics.lag_s

    @property
    def takes_calls(self) -> bool:
        """Can a call begin now?"""
        there = self.make is not None and not self.draining
        return there and not self.late and self.admission.calls < self.admission.most


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


async def seated(line: Resumes, hosting: Hosting, settings: Settings, origin: Origin = NOWHERE) -> None:
    """The call, a new one if there is a place for it. What remains of it when the connection is lost waits."""
    none = await line.started()
    if none is not None:
        await line.close(none)
        return
    seat = line.claimed or _new_seat(hosting, origin)
    if seat is None:
        await line.close(Ending.BUSY)
        return
    begin_call(seat.id)
    ending = Ending.FAILED
    try:
        ending = await line.hold(seat, settings.call)
    finally:
        kept = await hosting.seats.left(seat, line.sitting, ending)
    await line.close(ending, kept=kept)


def _new_seat(hosting: Hosting, origin: Origin) -> Seat | None:
    make = _admitted(hosting, origin)
    return None if make is None else hosting.seats.begin(make, _given_back(hosting, origin))


def adopting(hosting: Hosting) -> Callable[[], tuple[MakeCall, Callable[[str], None]]]:
    """What makes a conversation for a call that another server held: its place is taken whether there is one or not."""

    def adopt() -> tuple[MakeCall, Callable[[str], None]]:
        assert hosting.make is not None, "no call is held before the server has started"
        hosting.admission.calls += 1
        hosting.metrics.begun()
        return _watched(hosting.make, hosting), _given_back(hosting)

    return adopt


def _given_back(hosting: Hosting, origin: Origin = NOWHERE) -> Callable[[str], None]:
    def ended(reason: str) -> None:
        hosting.admission.give_back(origin)
        hosting.metrics.ended(reason)

    return ended


def _admitted(hosting: Hosting, origin: Origin = NOWHERE) -> MakeCall | None:
    """A place, and what makes its conversation; None where all are taken. Whoever has it gives it back."""
    if hosting.make is None or not hosting.takes_calls or not hosting.admission.take(origin):
        hosting.metrics.refused()
        return None
    log.info("call begun: %d of %d", hosting.admission.calls, hosting.admission.most)
    hosting.metrics.begun()
    return _watched(hosting.make, hosting)


def _watched(make: MakeCall, hosting: Hosting) -> MakeCall:
    """``make``, with the metrics looking on, and the conversation known to who drains the server."""

    def made(call: CallSettings, observer: Observer, playout: Playout, bridge: Bridge | None = None, /) -> Conversing:
        talk = make(call, hosting.traced(hosting.metrics.watched(observer)), playout, bridge)
        hosting.talks.add(talk)
        return talk

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
    begin_call(secrets.token_hex(6))
    ending = Ending.FAILED
    try:
        ending = await line.hold(start, make, settings.call)
    finally:
        hosting.admission.give_back()
        hosting.metrics.ended(ending.reason)
    await line.close(ending)
