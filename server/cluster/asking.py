"""Asking something that may be slow, full, dead or of another version, until it answers or patience ends.

Pure policy over a protocol: Ray Serve is one way to ask (:mod:`warmline.server.cluster.handle`), a test's fake another.
Only durations of one clock count, so machines whose clocks differ do no harm. Knows nothing of what is asked; whatever
is asked must do no harm when done twice.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final, Protocol

from warmline.speech.runtime.cancel import CancelFlag
from warmline.speech.runtime.errors import BackendError

WIRE: Final = 1
"""Version of what stages and gateways say to each other. Raised when either side would misunderstand the other."""


class Full(Exception):
    """Every queue is full: nothing was begun."""


class Lost(Exception):
    """Whoever was asked is gone or failed; asking another one may help."""


@dataclass(frozen=True, slots=True)
class Reply:
    """What comes back: ``wire`` is the version that the answering side speaks."""

    wire: int
    body: Any


class Answer(Protocol):
    """An answer that is on its way."""

    def result(self, within_s: float) -> Reply:
        """Wait at most ``within_s``. Raises TimeoutError (it may be asked again), Lost."""
        ...

    def cancel(self) -> None:
        """It is not needed any more. Never raises."""
        ...


class Asks(Protocol):
    """One deployment of any number of replicas."""

    def ask(self, method: str, *arguments: object) -> Answer:
        """Raises Full, Lost."""
        ...


@dataclass(frozen=True, slots=True)
class Patience:
    """``budget_s``: when to give up. ``slow_s``: after this long without an answer another replica is asked, too, and
    the first good answer counts. ``most``: how often to ask in all. ``full_s``: first wait where all is full; it
    doubles."""

    budget_s: float = 6.0
    slow_s: float = 1.0
    most: int = 4
    full_s: float = 0.02


@dataclass(slots=True)
class _Waiting:
    """``reason``: why the last attempt failed, for the error."""

    pending: list[Answer] = field(default_factory=list)
    tries: int = 0
    next_at: float = 0.0
    full: int = 0
    reason: str = "no answer in time"


@dataclass(frozen=True, slots=True)
class Asking:
    """How ``what`` (its name for people) is asked."""

    what: str
    asks: Asks
    patience: Patience = Patience()
    clock: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep
    poll_s: float = 0.02

    def answer(self, method: str, *arguments: object, cancel: CancelFlag | None = None) -> Any:
        """The body of the first good answer; blocking. Raises BackendError (nobody answered well), Cancelled."""
        began, waiting = self.clock(), _Waiting()
        try:
            while True:
                if cancel is not None:
                    cancel.check()
                now = self.clock()
                self._maybe_ask(waiting, now, method, arguments)
                reply = self._first(waiting)
                if reply is not None:
                    return reply.body
                if now - began > self.patience.budget_s or not (waiting.pending or self._more(waiting)):
                    raise BackendError(f"the cluster's {self.what} did not answer: {waiting.reason}")
                if not waiting.pending:
                    self.sleep(min(self.poll_s, max(0.0, waiting.next_at - self.clock())))
        finally:
            for answer in waiting.pending:
                answer.cancel()

    def _more(self, waiting: _Waiting) -> bool:
        return waiting.tries < self.patience.most

    def _maybe_ask(self, waiting: _Waiting, now: float, method: str, arguments: tuple[object, ...]) -> None:
        if now < waiting.next_at or not self._more(waiting):
            return
        try:
            waiting.pending.append(self.asks.ask(method, *arguments))
        except Full:
            self._wait_for_room(waiting)
            return
        except Lost as error:
            waiting.reason = str(error)
        waiting.tries += 1
        waiting.next_at = now + self.patience.slow_s

    def _wait_for_room(self, waiting: _Waiting) -> None:
        waiting.reason = "all of its replicas are full"
        waiting.next_at = self.clock() + min(self.patience.full_s * 2**waiting.full, self.patience.slow_s)
        waiting.full += 1

    def _first(self, waiting: _Waiting) -> Reply | None:
        """The first good answer of those that are awaited; a bad one is forgotten, and the next is asked at once."""
        for answer in tuple(waiting.pending):
            try:
                reply = answer.result(self.poll_s / len(waiting.pending))
            except TimeoutError:
                continue
            except Full:
                waiting.pending.remove(answer)
                waiting.tries -= 1  # nothing was begun
                self._wait_for_room(waiting)
                continue
            except Lost as error:
                waiting.reason = str(error)
            else:
                if reply.wire == WIRE:
                    waiting.pending.remove(answer)
                    return reply
                waiting.reason = f"it speaks version {reply.wire} and we speak {WIRE}: finish the upgrade"
            waiting.pending.remove(answer)
            waiting.next_at = 0.0
        return None
