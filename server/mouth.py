"""What we say in one call: one reply at a time, begun, released, dropped or ended, and what was heard of it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any, Final

from warmline.dialogue.safety.deep_reader import raised
from warmline.dialogue.types import Outcome, ReplySegment, Risk, Style, Turn, TurnId
from warmline.server import events as e
from warmline.server.parts import Parts
from warmline.server.reply import Reply, Source, speak_text
from warmline.server.store.records import Ended, Passage
from warmline.speech.types import samples_of, seconds_of
from warmline.tts.playout import Playout
from warmline.tts.types import VOICE_RATE

CUT_EARLY: Final = 4
"""A reply cut within so many words probably began while the person was not done."""

ECHO_TAIL: Final = samples_of(0.5)
"""So long after our last sample its echo may still come in."""

_NONE: Final[MappingProxyType[Any, float]] = MappingProxyType({})


def settled(turn: Turn) -> Turn:
    """An exchange as later ones need it. The shares and reasons that led to its plan are with its record, and would be
    two thirds of what a long call keeps."""
    plan = replace(turn.plan, distribution=_NONE, expected=_NONE, why=())
    return replace(turn, plan=plan, tags=replace(turn.tags, labels=_NONE))


@dataclass(frozen=True, slots=True)
class Spoken:
    """The last reply that sounded, ``until`` then."""

    reply: int
    turn: TurnId
    planned: str
    outcome: Outcome
    until: int


class Mouth:
    """``reply`` is the one that is being prepared or spoken, None in between. ``cut_early`` counts replies that the
    person did not let begin. ``last``: what sounded last. ``turns``: the exchanges so far, of ours only what was
    heard, :func:`settled`. ``keep`` is given each exchange, whole, when it is over."""

    def __init__(
        self,
        parts: Parts,
        observer: e.Observer,
        playout: Playout,
        clock: Callable[[], int],
        keep: Callable[[Ended], None] = lambda _: None,
    ) -> None:
        self.playout = playout
        self.reply: Reply | None = None
        self.turns: tuple[Turn, ...] = ()
        self.cut_early = 0
        self._parts = parts
        self._observer = observer
        self._now = clock
        self._keep = keep
        self._task: asyncio.Task[None] | None = None
        self._count = 0
        self._audible = False
        self._began = 0
        self.last: Spoken | None = None

    def begin(self, turn: TurnId, source: Source, group: asyncio.TaskGroup) -> Reply:
        """Prepare a reply and hold it; one that was there is dropped."""
        self.drop(Outcome.DISCARDED)
        self._count += 1
        self._audible = False
        reply = Reply(self._count, turn, source, self._parts, self.playout, self._observer)
        self.reply = reply
        self._task = group.create_task(reply.run(), name=f"reply-{reply.id}")
        return reply

    def say(self, turn: TurnId, text: str, style: Style, group: asyncio.TaskGroup) -> Reply:
        """Say something nobody asked for, at once."""
        segments = (ReplySegment(turn, 0, text, style, last=True, source="notice"),)
        reply = self.begin(turn, lambda reply: speak_text(reply, segments), group)
        reply.release()
        return reply

    def release(self) -> None:
        if self.reply is not None:
            self._observer(e.ReplyReleased(self.reply.turn, self._now(), self.reply.ready))
            self.reply.release()

    def began(self) -> TurnId | None:
        """The turn whose reply has just begun to sound: told once. What found no room before is offered again."""
        reply = self.reply
        if reply is not None:
            reply.deliver()
        if reply is None or not reply.released or self._audible or not self.playout.begun(reply.id):
            return None
        self._audible = True
        self._began = self._now()
        self._observer(e.ReplyBegan(reply.turn, self._began))
        return reply.turn

    def finished(self) -> tuple[TurnId, Outcome] | None:
        """The reply that has just been heard to its end, and is over now."""
        reply = self.reply
        if reply is None or not reply.released or not (reply.silent or reply.id in self.playout.finished()):
            return None
        outcome = Outcome.FAILED if reply.failed else Outcome.SPOKEN
        self._end(reply, outcome)
        return reply.turn, outcome

    def drop(self, outcome: Outcome) -> None:
        """Say no more of it."""
        reply, task = self.reply, self._task
        if reply is None or task is None:
            return
        heard = len(self.playout.heard(reply.id).split())
        if self._audible and reply.answered is not None and (outcome is Outcome.DISCARDED or heard <= CUT_EARLY):
            self.cut_early += 1
        reply.stop()
        task.cancel()
        self.playout.drop(reply.id)
        self._end(reply, outcome)

    def mend(self, turn: TurnId, heard: str | None, outcome: Outcome) -> None:
        """The last exchange, where it is ``turn``: of ours not as much was heard as it seemed, or, with None, all."""
        if self.turns and self.turns[-1].id == turn:
            last = self.turns[-1]
            mended = replace(last, heard=last.planned if heard is None else heard, outcome=outcome)
            self.turns = (*self.turns[:-1], mended)

    @property
    def audible(self) -> Reply | None:
        """The reply that is being heard."""
        return self.reply if self._audible else None

    def read_later(self, turn: TurnId, risk: Risk) -> bool:
        """More was found in the words of ``turn`` than its plan knows, and it holds for what came after. False where
        there is no such exchange: it was withdrawn."""
        reply = self.reply
        if not any(one.id == turn for one in self.turns) and (reply is None or reply.turn != turn):
            return False
        self.turns = tuple(
            replace(one, plan=raised(one.plan, risk, own=one.id == turn)) if one.id >= turn else one
            for one in self.turns
        )
        if reply is not None and reply.answered is not None and reply.turn >= turn:
            reply.answered = replace(reply.answered, plan=raised(reply.answered.plan, risk, own=reply.turn == turn))
        return True

    def ours_at(self, onset: int) -> str:
        """Our words whose echo may lie in a voice that began at ``onset``; "" when we were silent then."""
        if self.reply is not None and self._audible:
            return self.reply.planned
        return self.last.planned if self.last is not None and onset < self.last.until + ECHO_TAIL else ""

    @property
    def asked(self) -> bool:
        """Has a question of ours been heard, but for its last words?"""
        reply = self.reply
        if reply is None or not reply.complete or not reply.planned.rstrip().endswith("?"):
            return False
        return len(self.playout.heard(reply.id).split()) >= len(reply.planned.split()) - 2

    def _end(self, reply: Reply, outcome: Outcome) -> None:
        self.reply = self._task = None
        if self._audible:
            self.last = Spoken(reply.id, reply.turn, reply.planned, outcome, self._now())
        if outcome is Outcome.DISCARDED:
            return
        record = reply.turn_record(outcome)
        words, heard = (record.user.text if record else ""), self.playout.heard(reply.id)
        stages_ms = dict(reply.trace.stages_ms)
        self._observer(e.ReplyEnded(reply.turn, words, reply.planned, heard, outcome, stages_ms, self._now()))
        if record is not None and reply.answered is not None:
            self.turns = (*self.turns, settled(record))
            said = tuple(
                Passage(word.text, seconds_of(word.start), seconds_of(word.end)) for word in reply.answered.user.words
            )
            marks = self._sounded(reply) if self._audible else ()
            self._keep(Ended(record, seconds_of(self._now()), stages_ms, reply.sources, said, marks))

    def _sounded(self, reply: Reply) -> tuple[Passage, ...]:
        """When each piece of the reply sounded on the call's clock, and what of it was heard."""
        began_s = seconds_of(self._began)
        return tuple(
            Passage(one.text, began_s + one.start / VOICE_RATE, began_s + one.end / VOICE_RATE)
            for one in self.playout.sounded(reply.id)
        )
