"""Turns in which the screen found little or nothing but was in doubt, read a second time once their reply is made.

Off the critical path: the reply is being heard and every word of it is spoken, so nobody waits for the cores, and
whoever begins to write meanwhile is let through. What it finds is put down to the turn, where it still stands; danger
now (level 3) does not wait for the person's next words.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Final

from warmline.dialogue.safety.deep_reader import known_when_answered
from warmline.dialogue.types import Risk, RiskLevel
from warmline.server import events as e
from warmline.server.mouth import Mouth
from warmline.server.reply import Answered, Reply
from warmline.server.risk_reading import RiskReading
from warmline.speech.runtime.cancel import CancelFlag

TRIES: Final = 3
"""How often a reading begins anew that gave way to somebody's reply."""


class SecondReading:
    """One call's. ``urgent``: level 3 was found, and no reply of ours knows of it yet."""

    def __init__(
        self,
        reading: RiskReading | None,
        mouth: Mouth,
        observer: e.Observer,
        spawn: Callable[[Coroutine[object, object, None], str], object],
    ) -> None:
        self._reading = reading
        self._mouth = mouth
        self._observer = observer
        self._spawn = spawn
        self._due: Reply | None = None
        self._seen = 0
        self._flag = CancelFlag()
        self.urgent = False

    def tick(self) -> None:
        """The clock went on: is there a reply whose words are all made, or that was broken off?"""
        reply, heard, due = self._mouth.reply, self._mouth.audible, self._due
        if reply is not None and reply.answered is not None and _knows(reply.answered):
            self.urgent = False
        if due is not None and (due.complete or heard is not due):
            self._due = None
            if due.answered is not None:
                self._spawn(self._read(due, due.answered), "second reading")
        elif heard is not None and heard.id > self._seen:
            self._due, self._seen = heard, heard.id

    def answered(self) -> bool:
        """A reply is begun that will know of it. Was it urgent?"""
        urgent, self.urgent = self.urgent, False
        return urgent

    def stop(self) -> None:
        """Nothing is read any more."""
        self._flag.set()

    async def _read(self, reply: Reply, answered: Answered) -> None:
        reading, text, before = self._reading, answered.user.text, answered.plan.risk.level
        if reading is None or before > RiskLevel.L1 or not text:
            return
        kind = await reading.doubt(text, answered.user.language)
        risk = None if kind is None else await self._risk(reading, text, kind)
        if risk is not None and risk.level > before and self._mouth.read_later(reply.turn, risk):
            self._observer(e.ReadLater(reply.turn, risk))
            self.urgent = risk.level is RiskLevel.L3

    async def _risk(self, reading: RiskReading, text: str, kind: str) -> Risk | None:
        for _ in range(TRIES):
            self._flag.check()
            risk = await reading.later(text, kind, self._flag)
            if risk is not None:
                return risk
        return None


def _knows(answered: Answered) -> bool:
    return known_when_answered(answered.plan.risk).level is RiskLevel.L3
