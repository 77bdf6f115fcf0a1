"""The calls that a running server holds, whatever line they come by: how many there may be, and one as a whole."""

from __future__ import annotations

import logging
from dataclasses import dataclass, field
from typing import Protocol, TypeVar

from warmline.server.auth import Keys
from warmline.server.events import Observer
from warmline.server.handoff.bridge import Bridge
from warmline.server.metrics import Metrics
from warmline.server.settings import CallSettings, Settings
from warmline.server.transport.conversing import Conversing, MakeCall
from warmline.server.transport.ending import Ending
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
    """What the running server knows. ``keys``: who may call by a program. ``phones``: the telephone calls that can be
    moved. ``failure``: why it could not start."""

    admission: Admission
    clock: Clock = field(default_factory=WallClock)
    keys: Keys = field(default_factory=lambda: Keys((), WallClock()))
    metrics: Metrics = field(default_factory=Metrics)
    phones: Phones = field(default_factory=Phones)
    make: MakeCall | None = None
    failure: Exception | None = None


class Holds(Protocol[Begun]):
    """A line of any protocol, once its client has begun a call."""

    async def hold(self, start: Begun, make: MakeCall, settings: CallSettings, /) -> Ending: ...

    async def close(self, ending: Ending) -> None: ...


def _watched(make: MakeCall, metrics: Metrics) -> MakeCall:
    """``make``, with the metrics looking on."""

    def made(call: CallSettings, observer: Observer, playout: Playout, bridge: Bridge | None = None, /) -> Conversing:
        return make(call, metrics.watched(observer), playout, bridge)

    return made


async def held(line: Holds[Begun], start: Begun | Ending, hosting: Hosting, settings: Settings) -> None:
    """The call, if there is a place for it."""
    if isinstance(start, Ending):
        await line.close(start)
    elif hosting.make is None or not hosting.admission.take():
        hosting.metrics.refused()
        await line.close(Ending.BUSY)
    else:
        log.info("call begun: %d of %d", hosting.admission.calls, hosting.admission.most)
        metrics, ending = hosting.metrics, Ending.FAILED
        metrics.begun()
        try:
            ending = await line.hold(start, _watched(hosting.make, metrics), settings.call)
        finally:
            hosting.admission.give_back()
            metrics.ended(ending.reason)
        await line.close(ending)
