"""The book of calls as an actor of the cluster, and a gateway's way to it.

A gateway never waits for the book but when somebody shows a token that it does not know. A book that dies is begun anew
by Ray, empty, and every gateway writes its calls into it again at its next beat.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections.abc import AsyncGenerator, Callable
from typing import Any, Final

from warmline.server.cluster.book import Beat, Book, Gateway
from warmline.server.cluster.handle import connect
from warmline.server.transport.elsewhere import Carried, key_of
from warmline.server.transport.resume import Seats
from warmline.speech.runtime.errors import BackendError

NAME: Final = "warmline-calls"
NAMESPACE: Final = "warmline"
BEAT_S: Final = 1.0
TAKE_WITHIN_S: Final = 5.0
MOST_OPEN: Final = 256
"""Messages that the book has not answered yet; beyond these nothing is sent, and the call is written down at the next
beat that it answers."""

log = logging.getLogger(__name__)


class TheBook(Book):
    """The actor."""

    def __init__(self) -> None:
        super().__init__(time.monotonic)


def actor(address: str) -> Any:
    """The cluster's one book; made where there is none. Raises MissingExtra, BackendError."""
    ray, _ = connect(address)
    made = ray.remote(TheBook).options(
        name=NAME,
        namespace=NAMESPACE,
        get_if_exists=True,
        lifetime="detached",
        max_restarts=-1,
        max_task_retries=0,
        num_cpus=0,
    )
    return made.remote()


def gateways(address: str) -> tuple[Gateway, ...]:
    """Those that are there now. Raises MissingExtra, BackendError."""
    ray, _ = connect(address)
    try:
        found: tuple[Gateway, ...] = ray.get(actor(address).gateways.remote(), timeout=TAKE_WITHIN_S)
    except ray.exceptions.RayError as error:
        raise BackendError("the cluster's book of calls does not answer") from error
    return found


class SharedBook:
    """An :class:`~warmline.server.transport.elsewhere.Elsewhere` for the gateway of that name, whose calls are
    ``seats`` and which may hold ``most`` of them."""

    def __init__(self, book: Any, gateway: str, seats: Seats, most: int) -> None:
        self._book = book
        self._gateway = gateway
        self._seats = seats
        self._most = most
        self._open = 0
        self._missed: set[str] = set()

    def keep(self, carried: Carried) -> None:
        self._send(carried.id, "keep", carried)

    def drop(self, id: str) -> None:
        self._send(id, "drop", id)

    def _send(self, id: str, what: str, value: object) -> None:
        """At once, because this process may be gone in the next moment; the book reads in the order of sending."""
        if self._open >= MOST_OPEN:
            self._missed.add(id)
            return
        try:
            answer = getattr(self._book, what).remote(self._gateway, value).future()
        except Exception as error:  # noqa: BLE001 - Ray raises many kinds, and a call goes on without the book
            self._failed(id, error)
            return
        self._open += 1
        loop = asyncio.get_running_loop()
        answer.add_done_callback(lambda done: _on(loop, lambda: self._answered(id, done.exception())))

    def _answered(self, id: str, error: BaseException | None) -> None:
        self._open -= 1
        if error is not None:
            self._failed(id, error)

    def _failed(self, id: str, error: BaseException) -> None:
        """The next beat that the book answers tells it what it missed."""
        self._missed.add(id)
        log.warning("the book of calls does not answer (%s)", type(error).__name__)

    async def take(self, token: str) -> Carried | None:
        try:
            async with asyncio.timeout(TAKE_WITHIN_S):
                found: Carried | None = await self._book.take.remote(self._gateway, key_of(token))
        except Exception as error:  # noqa: BLE001 - Ray raises many kinds; a token that opens nothing is answered kindly
            log.warning("the book of calls does not answer (%s)", type(error).__name__)
            return None
        return found

    @contextlib.asynccontextmanager
    async def open(self) -> AsyncGenerator[None, None]:
        """Beat while the server lives."""
        beats = asyncio.create_task(self._beats(), name="beats")
        try:
            yield
        finally:
            beats.cancel()
            await asyncio.gather(beats, return_exceptions=True)

    async def _beats(self) -> None:
        while True:
            held = {one.id: one for one in self._seats.carried()}
            try:
                async with asyncio.timeout(TAKE_WITHIN_S):
                    told: Beat = await self._book.beat.remote(self._gateway, self._most, tuple(held))
            except Exception as error:  # noqa: BLE001 - as above
                log.warning("the book of calls does not answer (%s)", type(error).__name__)
            else:
                for id in told.taken:
                    self._seats.given_away(id)
                missed, self._missed = self._missed, set()
                for id in {*told.unknown, *missed}:
                    if id in held:
                        self.keep(held[id])
                    else:
                        self.drop(id)
            await asyncio.sleep(BEAT_S)


def _on(loop: asyncio.AbstractEventLoop, work: Callable[[], None]) -> None:
    """From Ray's thread to the loop, if there still is one."""
    with contextlib.suppress(RuntimeError):
        loop.call_soon_threadsafe(work)
