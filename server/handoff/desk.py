"""The hand-off of one call: when it is offered, what is said about it, and the ringing beside the talk.

What is said is a function of the state and the words, so that a draft that is thrown away changes nothing; the state
moves when an exchange has been heard, when the bridge answers and with the clock.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable, Coroutine

from warmline.dialogue.safety import lines
from warmline.dialogue.safety.answers import no, read, yes
from warmline.dialogue.safety.helplines import Directory
from warmline.dialogue.safety.numbers import spoken
from warmline.dialogue.safety.says import Sayings
from warmline.dialogue.types import HelpCard, Plan, RiskLevel, SafetyNote, Turn
from warmline.server import events as e
from warmline.server.handoff.bridge import Bridge, Console, Request, Transfer
from warmline.server.handoff.machine import (
    Answered,
    Command,
    Event,
    HungUp,
    Left,
    Missed,
    Offered,
    Said,
    Stage,
    State,
    Tick,
    step,
)
from warmline.server.handoff.talk import Talk
from warmline.speech.types import samples_of

MOST_OFFERS = 2
OFFER_IN_DANGER_AFTER = 2
"""Replies at level 3 after which a human is offered unasked: the emergency number and the line come first."""

Spawn = Callable[[Coroutine[object, object, None], str], object]


class Desk:
    """Without a ``bridge`` nothing is ever offered. ``spawn`` runs a task of the call; ``now`` is its clock; ``tell``
    says something at the next quiet moment. ``call``: a number of the call's own, which chooses among wordings."""

    def __init__(
        self,
        bridge: Bridge | None,
        wait_s: float,
        directory: Directory,
        country: str,
        observer: e.Observer,
        spawn: Spawn,
        now: Callable[[], int],
        tell: Callable[[str], None],
        call: int = 0,
    ) -> None:
        self._bridge = bridge
        self._wait = samples_of(wait_s)
        self._directory, self._country = directory, country
        self._observer, self._spawn, self._now, self._tell = observer, spawn, now, tell
        self._call, self._told = call, 0
        self._talk: Talk | None = None
        self._state = State()
        self._ringing: asyncio.Task[bool] | None = None
        self._language = "en"
        self._level = RiskLevel.L0

    @property
    def stage(self) -> Stage:
        return self._state.stage

    def says(self, turns: tuple[Turn, ...], text: str, plan: Plan) -> tuple[str, bool]:
        """What to say about it first, and whether that is the whole reply; ("", False) for nothing. Changes nothing."""
        if self._bridge is None:
            return "", False
        if self._talk is not None and self._talk.present:
            return self._line("handoff_reading", plan.language), True
        if self._state.stage is Stage.OFFERED:
            if yes(text):
                moves = isinstance(self._bridge, Transfer)  # then we are not there while it rings
                return self._line("handoff_moving" if moves else "handoff_trying", plan.language), True
            return (self._line("handoff_declined", plan.language), False) if no(text) else ("", False)
        return (self._line("handoff_offer", plan.language), True) if self._wants(turns, text, plan) else ("", False)

    def ended(self, turns: tuple[Turn, ...]) -> None:
        """An exchange was heard: the last of ``turns``."""
        last = turns[-1]
        self._language, self._level = last.plan.language, last.plan.risk.level
        if self._state.stage is Stage.OFFERED:
            agreed = yes(last.user.text)
            self._observer(e.Consent("handoff", agreed))
            self._take(Said(self._now(), agreed))
        elif self._line("handoff_offer", self._language) in last.heard:
            self._take(Offered(self._now()))

    def sees(self, event: e.CallEvent) -> None:
        """What the call tells: an operator who has taken it reads along."""
        talk = self._talk
        if talk is None or not talk.open:
            return
        match event:
            case e.PartialHeard():
                talk.partial = event.text
            case e.ReplyEnded():
                talk.partial = ""
                talk.heard("caller", event.words)
                self._told += 1
                talk.heard("warmline", event.heard)

    def tick(self) -> None:
        """The clock went on."""
        if self._talk is not None and not self._talk.present:
            self._talk.close()
            self._talk = None
            self._take(Left(self._now()))
        if self._state.stage is Stage.RINGING:
            self._take(Tick(self._now()))

    def hung_up(self) -> None:
        """The caller is gone."""
        if self._talk is not None:
            self._talk.close()
        self._take(HungUp(self._now()))

    def _wants(self, turns: tuple[Turn, ...], text: str, plan: Plan) -> bool:
        """Asked for, or in danger after the first steps, and not refused before."""
        if self._state.stage in (Stage.RINGING, Stage.ANSWERED) or self._state.offers >= MOST_OFFERS:
            return False
        if read(text).person:
            return True
        grave = sum(turn.plan.risk.level is RiskLevel.L3 for turn in turns)
        return plan.risk.level is RiskLevel.L3 and grave >= OFFER_IN_DANGER_AFTER and not self._state.offers

    def _take(self, event: Event) -> None:
        before = self._state.stage
        self._state, commands = step(self._state, event, self._wait)
        if self._state.stage is not before:
            self._observer(e.Handoff(self._state.stage.value))
        for command in commands:
            self._do(command)

    def _do(self, command: Command) -> None:
        match command:
            case Command.RING:
                self._spawn(self._ring(), "handoff")
            case Command.STOP:
                if self._ringing is not None:
                    self._ringing.cancel()
            case Command.TELL_MISSED:
                self._tell(" ".join(self._missed()))
            case Command.TELL_HERE if isinstance(self._bridge, Console):
                self._tell(self._line("handoff_writes", self._language))
            case _:
                self._tell(self._line(command.value, self._language))
                self._told += 1

    async def _ring(self) -> None:
        if self._bridge is None:
            return
        request = self._request()
        self._ringing = asyncio.ensure_future(self._bridge.ring(request))
        try:
            there = await self._ringing
        except asyncio.CancelledError:
            task = asyncio.current_task()
            if task is not None and task.cancelling():
                raise
            return  # it was stopped: the clock has told the rest
        finally:
            self._ringing.cancel()
            self._ringing = None
        if there and isinstance(self._bridge, Console):
            self._talk = self._bridge.begin(request.id, self._tell)
        self._take(Answered(self._now()) if there else Missed(self._now()))

    def _request(self) -> Request:
        level = self._level
        why = {
            RiskLevel.L3: "A caller may be in immediate danger and agreed to talk with a person.",
            RiskLevel.L2: "A caller has thoughts of suicide or is in danger and agreed to talk with a person.",
        }.get(level, "A caller asked to talk with a person.")
        return Request(secrets.token_hex(8), int(level), self._language, self._country, why)

    def _missed(self) -> tuple[str, ...]:
        """Nobody came: so it is said, with the number, slowly and twice; and the numbers are shown."""
        words = lines.of(self._language)
        says = Sayings(words, self._directory.lookup(self._country), frozenset(), 0, minor=False)
        card: HelpCard = says.card()
        self._observer(e.SafetyStep(0, SafetyNote("handoff missed", card)))
        if not card.number:
            return (self._line("handoff_failed", self._language), says.line("no_line"))
        number = spoken(card.number, self._language)
        again = words.say["line_again"][0].format(number=number)
        return self._line("handoff_failed", self._language), says.line("line"), again

    def _line(self, name: str, language: str) -> str:
        """A wording of ours. Each offer and each word while it rings has the next one."""
        return lines.variant(lines.of(language).say[name], self._call + self._state.offers + self._told)
