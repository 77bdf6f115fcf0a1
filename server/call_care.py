"""What one call owes the person beside its replies: notices, consent, a human when wanted, a record without words."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Coroutine

from warmline.dialogue.safety.helplines import Directory
from warmline.dialogue.types import Plan, ReplySegment, RiskLevel, Turn
from warmline.server import events as e
from warmline.server.audit.chain import Entry
from warmline.server.audit.watch import Watch, hashed
from warmline.server.handoff.bridge import Bridge
from warmline.server.handoff.desk import Desk
from warmline.server.notices import Notices
from warmline.server.parts import Parts
from warmline.server.settings import CallSettings
from warmline.speech.runtime.weakly import weakly

Spawn = Callable[[Coroutine[object, object, None], str], object]


class CallCare:
    """``observer``: what the call's events go to from now on: the notices and the audit see them first. ``announce``
    holds what is to be said at the next quiet moment."""

    def __init__(
        self, parts: Parts, settings: CallSettings, observer: e.Observer, spawn: Spawn, now: Callable[[], int]
    ) -> None:
        call = settings.seed if settings.seed >= 0 else secrets.randbelow(1 << 16)
        self.notices = Notices(settings, call)
        self.announce: tuple[str, ...] = ()
        self._now = now
        audit: Callable[[Entry], None] | None = parts.audit
        watch = Watch(hashed(secrets.token_hex(8)), audit) if audit is not None else None
        self.observer = together(self.notices, weakly(self._shown), *([watch] if watch is not None else []), observer)
        bridge: Bridge | None = parts.bridge
        directory: Directory = parts.directory or Directory()
        announce, country = weakly(self._announced), settings.country
        self._desk = Desk(bridge, parts.handoff_wait_s, directory, country, self.observer, spawn, now, announce, call)

    def first(self, turns: tuple[Turn, ...], text: str, plan: Plan) -> ReplySegment | None:
        """What has to be said before the reply, or, the last of it, in its place."""
        offered, whole = self._desk.says(turns, text, plan)
        agreed = self.notices.to_consent(turns, text, plan.language) if not plan.risk.level else ""
        due = self.notices.due(self._now(), plan.language, plan.risk.level)
        said = offered or agreed or due
        if not said:
            return None
        return ReplySegment(0, 0, said, plan.style, whole or bool(agreed), "notice", language=plan.language)

    def due(self, turns: tuple[Turn, ...], language: str) -> str:
        """A notice that a check-in has to bring along: not to somebody in danger."""
        return self.notices.due(self._now(), language, turns[-1].plan.risk.level if turns else RiskLevel.L0)

    def may_read(self, turns: tuple[Turn, ...], text: str = "") -> bool:
        """May emotion be read from the voice now?"""
        return self.notices.may_read(turns, text)

    def ended(self, turns: tuple[Turn, ...]) -> None:
        """An exchange was heard: the last of ``turns``."""
        given = self.notices.given(turns)
        if given is not None:
            self.observer(given)
        self._desk.ended(turns)

    def tick(self) -> None:
        """The clock went on."""
        self._desk.tick()

    def hung_up(self) -> None:
        """The caller is gone."""
        self._desk.hung_up()

    def _shown(self, event: e.CallEvent) -> None:
        self._desk.sees(event)

    def _announced(self, text: str) -> None:
        self.announce = (*self.announce, text)


def together(*observers: e.Observer) -> e.Observer:
    """Several observers as one, in this order."""

    def tell(event: e.CallEvent) -> None:
        for observer in observers:
            observer(event)

    return tell
