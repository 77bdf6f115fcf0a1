"""The telephone calls that can be moved to a human, by the name under which whatever carries them speaks of them."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager

from warmline.server.transport.ending import Ending
from warmline.server.transport.formats import Format
from warmline.server.transport.telephony.leg import Leg
from warmline.server.transport.telephony.phone import Phone


class Phones:
    """No more of them than there are calls: :meth:`known` forgets a call when it ends."""

    def __init__(self) -> None:
        self._phones: dict[str, Phone] = {}

    @contextmanager
    def known(self, name: str, phone: Phone) -> Iterator[None]:
        """While inside, ``phone`` is found under ``name``. A name that is taken or "" is not given."""
        if not name or name in self._phones:
            yield
            return
        self._phones[name] = phone
        try:
            yield
        finally:
            del self._phones[name]

    async def hold(self, name: str, phone: Phone, leg: Leg, held: Coroutine[object, object, Ending]) -> Ending:
        """A new call to its end: ``held`` is the call, ``leg`` what it begins on, ``name`` that by which it can be
        moved."""
        async with asyncio.TaskGroup() as group:
            carrying = group.create_task(leg.carry(phone), name="leg")
            with self.known(name, phone):
                ending = await held
            carrying.cancel()
        return ending

    async def back(self, phone: Phone, leg: Leg, form: Format) -> None:
        """A call that was moved, on the ``leg`` on which it comes back; a call that does not wait for it is left as it
        is."""
        if not phone.join(leg, form):
            await leg.close(Ending.HUNG_UP)
            return
        async with asyncio.TaskGroup() as group:
            carrying = group.create_task(leg.carry(phone), name="leg")
            await asyncio.wait([phone.over])
            carrying.cancel()
        await leg.close(phone.over.result())

    def away(self, name: str) -> Phone | None:
        """The call of this name whose caller is being moved and may come back; None where there is none."""
        phone = self._phones.get(name)
        return phone if phone is not None and phone.leaving else None
