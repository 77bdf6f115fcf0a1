"""A call on a telephone line, whatever carries it: encoded audio in and out, keys that are pressed, a move to a human.

It outlives the connection that it began on: a caller who agreed to talk with a person is moved, and comes back on
another connection when nobody picks up. While they are away no time passes for the conversation.
"""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Final

from warmline.server import events as e
from warmline.server.handoff.bridge import Request, Transfer
from warmline.server.settings import CallSettings
from warmline.server.transport.connection import UNWIND_S
from warmline.server.transport.conversing import Conversing, MakeCall, talk
from warmline.server.transport.ear import Ear
from warmline.server.transport.ending import Ending
from warmline.server.transport.formats import Format
from warmline.server.transport.pacer import FRAME, LEAD_SAMPLES, Pacer
from warmline.server.transport.telephony.leg import Leg
from warmline.server.transport.telephony.marked_playout import MarkedPlayout
from warmline.server.transport.telephony.spoken import Spoken
from warmline.speech.runtime.clock import Clock
from warmline.speech.types import Samples

WANTS_PERSON: Final = "I want to talk to a human being."
"""What the key 0 says, so that it is answered like the words."""

KEY_EVERY_S: Final = 1.0
"""Somebody leaning on a key says it once in so long."""

EXPLAIN_EVERY_S: Final = 30.0
"""What the keys do is said no oftener."""

MARK_EVERY: Final = 5
"""Frames between two marks: what was heard is known to a tenth of a second."""

BACK_WITHIN_S: Final = 20.0
"""So long after the ringing ended a caller whom nobody took may take to come back."""


class Phone:
    """``over`` is set once, with the reason for which the call ended. ``form`` holds both ways, on every leg."""

    def __init__(self, form: Format, clock: Clock, leg: Leg) -> None:
        self.over: asyncio.Future[Ending] = asyncio.get_running_loop().create_future()
        self.form = form
        self._clock = clock
        self._leg: Leg | None = leg
        self._ear = Ear(form.rate, clock)
        self._playout = MarkedPlayout(LEAD_SAMPLES, FRAME)
        self._pacer = Pacer(self._playout, clock, self._say, self._ready)
        self._spoken = Spoken(form)
        self._unmarked = self._said_to = 0
        self._conversation: Conversing | None = None
        self._key_from_s = self._explain_from_s = 0.0
        self._away: asyncio.Future[bool] | None = None

    # --- from the line ------------------------------------------------------------------------------------------------

    def hear(self, data: bytes) -> None:
        """Audio of the caller; half a sample at its end is left out, and what is far too much is not heard."""
        width = self.form.width
        self._ear.append(self.form.decode(data[: len(data) // width * width]))

    def press(self, key: str) -> None:
        """A key: 0 asks for a human being; for another it is said what the keys do."""
        now_s, conversation = self._clock.now_s(), self._conversation
        if conversation is None:
            return
        if key == "0":
            if now_s >= self._key_from_s:
                self._key_from_s = now_s + KEY_EVERY_S
                conversation.write(WANTS_PERSON)
        elif now_s >= self._explain_from_s:
            self._explain_from_s = now_s + EXPLAIN_EVERY_S
            conversation.tell("keys")

    def played(self, number: int) -> None:
        """The line has played everything up to the mark ``number``."""
        self._playout.played(number)

    def finish(self, ending: Ending) -> None:
        """The first reason counts."""
        if not self.over.done():
            self.over.set_result(ending)

    # --- moved to a human ---------------------------------------------------------------------------------------------

    @property
    def leaving(self) -> bool:
        """The caller agreed to be moved, and nobody has taken them yet."""
        return self._away is not None and not self._away.done()

    def taken(self) -> None:
        """A human has taken the call."""
        if self._away is not None and not self._away.done():
            self._away.set_result(True)

    def lost(self, leg: Leg) -> bool:
        """``leg`` is gone. Does the call go on without it?"""
        return self._leg is not leg

    def join(self, leg: Leg, form: Format) -> bool:
        """The caller is back, on another connection. False where this call does not wait for one like it."""
        if not self.leaving or form.type != self.form.type or form.rate != self.form.rate:
            return False
        assert self._away is not None
        self._leg = leg
        self._ear.clear()
        self._ear.paused = False
        self._away.set_result(False)
        return True

    async def _moved(self, rings_s: float) -> bool:
        """Leave the line to a human: True once one has the call; False when the caller is back. Of who neither comes
        back nor is said to be taken nothing is known: this call is over, and nobody is said to have answered."""
        leg = self._leg
        if leg is None or self.leaving:
            return False
        self._away = asyncio.get_running_loop().create_future()
        self._leg, self._ear.paused = None, True
        self._playout.flushed()
        leg.leave()
        try:
            async with asyncio.timeout(rings_s + BACK_WITHIN_S):
                taken = await self._away
        except TimeoutError:
            self.finish(Ending.VANISHED)
            return False
        if taken:
            self.finish(Ending.HANDED_ON)
        return taken

    # --- the call -----------------------------------------------------------------------------------------------------

    async def hold(
        self, make: MakeCall, settings: CallSettings, *, caller: str = "", country: str = "", rings_s: float = 0.0
    ) -> Ending:
        """Hold the call until :attr:`over` is set, by either side. ``caller``: as in CallSettings; ``country`` where
        the caller's number says it. ``rings_s``: how long a human is rung for when the call is moved; 0 where it
        cannot be. No box was ticked on a telephone: emotion is read from the voice only after a yes that was spoken in
        the call."""
        consent = "ask" if settings.greeting else "denied"
        call = replace(
            settings,
            caller=caller,  # never one name for all callers
            country=country or settings.country,
            read_tone=settings.read_tone and consent == "ask",
            tone_consent=consent,
        )

        async def transfer(_: Request) -> bool:
            return await self._moved(rings_s)

        def made() -> Conversing:
            bridge = Transfer(transfer) if rings_s else None
            self._conversation = make(call, self._observe, self._playout, bridge)
            return self._conversation

        async with asyncio.TaskGroup() as group:
            talking = group.create_task(talk(made, aiter(self._ear.channel), self.finish), name="talk")
            others = [
                group.create_task(self._pacer.run(), name="pace"),
                group.create_task(self._ear.run(), name="ear"),
            ]
            ending = await self.over
            await self._ear.channel.close()
            await asyncio.wait([talking], timeout=UNWIND_S)
            for task in (talking, *others):
                task.cancel()
        return ending

    def _ready(self) -> bool:
        """Does the line take the next frame? The last one before a silence is marked here, once silence was pulled."""
        leg = self._leg
        if leg is None:
            return False
        if self._unmarked and self._playout.clock > self._said_to:
            leg.mark(self._unmarked)
            self._unmarked = 0
        return leg.room

    def _say(self, frame: Samples) -> None:
        if self._leg is None:
            return
        self._said_to = self._playout.clock
        self._leg.send(self._spoken.encode(frame, self._said_to))
        self._unmarked = self._playout.sent()
        if self._unmarked % MARK_EVERY == 0:
            self._leg.mark(self._unmarked)
            self._unmarked = 0

    def _observe(self, event: e.CallEvent) -> None:
        """A line's own buffer is cleared whenever we are cut, also when all was sent already."""
        leg = self._leg
        if leg is None:
            return
        match event:
            case e.DraftDiscarded():
                if leg.clear():
                    self._playout.flushed()
            case e.Overlap("cancel"):
                if leg.clear():
                    self._playout.flushed()
                    self._pacer.cleared()
            case e.Overlap("hold"):
                if leg.pause():
                    self._pacer.hold()
            case e.Overlap("restore"):
                if leg.restore():
                    self._pacer.restore()
