"""The calls that are held now, and the tokens by which a lost connection is made good.

A token is random, opens one call, and is used once: whoever takes a call up is given the next one, and the token that
was shown ends with the first sign that the next one has arrived (a connection may break between the two).
"""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from typing import Final

from warmline.server.transport.conversing import MakeCall
from warmline.server.transport.elsewhere import Carried, Elsewhere, key_of
from warmline.server.transport.ending import Ending
from warmline.server.transport.seat import Seat, Sitting
from warmline.speech.runtime.clock import Clock

WITHIN_S: Final = 60.0
"""So long a call waits for a connection that was lost."""

UNKNOWN: Final = (
    "This call cannot be taken up: it is over, or its token was used or is older than the last one. "
    "To begin anew, start a call as the first time."
)

log = logging.getLogger(__name__)


class Seats:
    """Open it for the server's life (:meth:`open`); whatever is still held when it closes is ended. ``elsewhere``:
    where calls are put down for other servers, and ``adopt`` what makes the conversation of one that is taken up here,
    with what is to be told when it has ended; None where there is no other server."""

    def __init__(self, clock: Clock, within_s: float = WITHIN_S) -> None:
        self.elsewhere: Elsewhere | None = None
        self.adopt: Callable[[], tuple[MakeCall, Callable[[str], None]]] | None = None
        self.within_s = within_s
        self.taken_up = 0
        self._clock = clock
        self._group: asyncio.TaskGroup | None = None
        self._seats: dict[str, Callable[[str], None]] = {}
        self._held: dict[str, Seat] = {}
        self._tokens: dict[str, Seat] = {}
        self._valid: dict[str, tuple[str, ...]] = {}
        self._waits: dict[str, asyncio.Task[None]] = {}
        self._closing = False

    @asynccontextmanager
    async def open(self) -> AsyncGenerator[None, None]:
        async with asyncio.TaskGroup() as self._group:
            try:
                yield
            finally:
                await self.close(Ending.STOPPING)

    @property
    def held(self) -> tuple[Seat, ...]:
        """Every call, with a connection or without."""
        return tuple(self._held.values())

    @property
    def waiting(self) -> int:
        """Calls without a connection."""
        return sum(seat.sitting is None for seat in self._held.values())

    def begin(self, make: MakeCall, ended: Callable[[str], None]) -> Seat:
        """A call for whoever sits down first; ``ended`` is told its reason, once."""
        return self._seat(secrets.token_hex(6), make, ended)

    def _seat(self, id: str, make: MakeCall, ended: Callable[[str], None], carried: Carried | None = None) -> Seat:
        group = self._group
        assert group is not None, "no call is held before the server has started"
        seat = Seat(
            id,
            self._clock,
            make,
            lambda work, name: group.create_task(work, name=name),
            lambda: self._only(id, seat.token),
            carried,
        )
        self._held[id], self._seats[id] = seat, ended
        seat.changed = lambda: self._put_down(seat)
        self._give(seat, ())
        return seat

    async def claim(self, token: str) -> Seat | None:
        """The call that ``token`` opens, with its next token; None where it opens none. One that another server held is
        gone on with here, even where all places are taken: who is in the middle of a call is not turned away."""
        seat = self._tokens.get(token)
        if seat is None or seat.over.is_set():
            return await self._adopted(token)
        self._wait_no_more(seat)
        self._only(seat.id, token)
        self._give(seat, (token,))
        return seat

    async def _adopted(self, token: str) -> Seat | None:
        if self.elsewhere is None or self.adopt is None or self._closing:
            return None
        carried = await self.elsewhere.take(token)
        if carried is None:
            return None
        log.info("a call of another server goes on here")
        make, ended = self.adopt()
        return self._seat(carried.id, make, ended, carried)

    def carried(self) -> tuple[Carried, ...]:
        """Every call as another server could go on with it."""
        each = (seat.carried(self._keys(seat)) for seat in self.held)
        return tuple(one for one in each if one is not None)

    def _put_down(self, seat: Seat) -> None:
        if self.elsewhere is None or seat.id not in self._held:
            return
        carried = seat.carried(self._keys(seat))
        if carried is not None:
            self.elsewhere.keep(carried)

    def _keys(self, seat: Seat) -> tuple[str, ...]:
        return tuple(key_of(token) for token in self._valid.get(seat.id, ()))

    def given_away(self, id: str) -> None:
        """Another server has taken this call up: here it is over."""
        seat = self._held.get(id)
        if seat is not None and self._group is not None:
            if seat.sitting is not None:
                seat.sitting.leave(Ending.REPLACED)
            self._group.create_task(self._end(seat, Ending.REPLACED.reason, carried=True), name=f"given-{id}")

    async def left(self, seat: Seat, sitting: Sitting | None, ending: Ending) -> bool:
        """The connection that sat there, or never did, is gone, for this reason. True where the call waits for the next
        one."""
        if seat.sitting is not sitting or seat.id not in self._held:
            return False
        assert self._group is not None
        if not ending.keeps or sitting is None or seat.over.is_set() or self._closing:
            ended = self._group.create_task(self._end(seat, ending.reason), name=f"end-{seat.id}")
            await asyncio.wait([ended])  # it goes on where this connection's own task is cancelled
            return False
        seat.leave(ending)
        log.info("a call waits for its connection")
        self._waits[seat.id] = self._group.create_task(self._expire(seat), name=f"expire-{seat.id}")
        return True

    async def close(self, ending: Ending) -> None:
        """End every call; none waits any more."""
        self._closing = True
        for seat in self.held:
            if seat.sitting is not None:
                seat.sitting.leave(ending)
        await asyncio.gather(*(self._end(seat, ending.reason) for seat in self.held))

    async def _expire(self, seat: Seat) -> None:
        await self._clock.sleep_until(self._clock.now_s() + self.within_s)
        del self._waits[seat.id]
        await self._end(seat, "lost")

    def _wait_no_more(self, seat: Seat) -> None:
        waiting = self._waits.pop(seat.id, None)
        if waiting is not None:
            waiting.cancel()

    async def _end(self, seat: Seat, reason: str, *, carried: bool = False) -> None:
        """``carried``: it goes on elsewhere."""
        ended = self._seats.pop(seat.id, None)
        if ended is None:
            return
        if self.elsewhere is not None and not carried:
            self.elsewhere.drop(seat.id)
        self._wait_no_more(seat)
        self._only(seat.id, "")
        await seat.end()
        self._held.pop(seat.id, None)
        ended(reason)

    def _give(self, seat: Seat, still: tuple[str, ...]) -> None:
        seat.token = secrets.token_urlsafe(24)
        self._valid[seat.id] = (*still, seat.token)
        self._tokens[seat.token] = seat
        self._put_down(seat)

    def _only(self, id: str, token: str) -> None:
        """Of the call's tokens none but ``token`` opens it any more."""
        for other in self._valid.get(id, ()):
            if other != token:
                self._tokens.pop(other, None)
        if token:
            self._valid[id] = (token,)
            if id in self._held:
                self._put_down(self._held[id])
        else:
            self._valid.pop(id, None)
