"""A connection that is lost and comes back, in one call: what had been heard by then, and what is said on return.

What nobody heard of a reply is said again, from the beginning of the sentence that was not heard to its end; once it
has been heard, history says so. When to speak is the floor's (:mod:`warmline.dialogue.floor.away`). It does not know
whether the person can be reached at all, nor how long they were away.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from warmline.dialogue.floor import Broken
from warmline.dialogue.prompt.wording import line
from warmline.dialogue.types import Outcome, TurnId
from warmline.server.mouth import Mouth

_ROWS: Final = {
    Broken.QUIET: "back_quiet",
    Broken.SPEAKING: "back_speaking",
    Broken.ANSWER: "back_answer",
    Broken.REPLY: "back_reply",
}
_SENTENCES: Final = re.compile(r"[^.!?。！？]*[.!?。！？]*\s*")


def unheard(planned: str, heard: str) -> str:
    """``planned`` from the first sentence on that ``heard``, its beginning, does not hold to its end."""
    left = _letters(heard)
    for found in _SENTENCES.finditer(planned):
        left -= _letters(found.group())
        if left < 0:
            return planned[found.start() :].strip()
    return ""


def _letters(text: str) -> int:
    """Characters, spaces aside: pieces are joined with other spaces than they were planned with."""
    return sum(not letter.isspace() for letter in text)


@dataclass(frozen=True, slots=True)
class _Cut:
    """``rest`` of what was said to ``turn`` was not heard."""

    turn: TurnId
    rest: str


class ComingBack:
    """:meth:`leaving` when the connection is lost, :meth:`words` when it is there again, :meth:`ended` when those were
    spoken."""

    def __init__(self, mouth: Mouth) -> None:
        self._mouth = mouth
        self._cut: _Cut | None = None
        self._intro = ""
        self._welcome: int | None = None

    def leaving(self, lost: int) -> bool:
        """Note what was heard: of what was pulled the last ``lost`` samples did not arrive. True where the end of a
        reply that counted as heard is among these."""
        mouth = self._mouth
        mouth.playout.lose(lost)
        reply = mouth.reply
        if reply is not None:
            self._cut = self._cut_in(reply.id, reply.turn, reply.planned)
            return False
        last = mouth.last
        if last is None or last.outcome is not Outcome.SPOKEN:
            return False
        cut = self._cut_in(last.reply, last.turn, last.planned)
        if not lost or not cut.rest:
            return False
        self._cut = cut
        mouth.mend(last.turn, mouth.playout.heard(last.reply), Outcome.CUT)
        return True

    def words(self, broken: Broken, language: str) -> str:
        """What to say on return."""
        cut = self._cut
        if broken is Broken.REPLY and (cut is None or not cut.rest):
            broken = Broken.QUIET
        self._intro = line("call", _ROWS[broken], (), language)
        if broken is not Broken.REPLY or cut is None:
            self._cut = None
            return self._intro
        return f"{self._intro} {cut.rest}"

    def speaks(self, reply: int) -> None:
        """The words are said as this reply."""
        self._welcome = reply

    def ended(self, reply: int, outcome: Outcome) -> None:
        """A reply is over; where it was ours, and was heard to its end, then so was what it repeated."""
        if reply != self._welcome:
            return
        if outcome is Outcome.SPOKEN and self._cut is not None:
            self._mouth.mend(self._cut.turn, None, Outcome.SPOKEN)
        self._welcome = None

    def _cut_in(self, reply: int, turn: TurnId, planned: str) -> _Cut:
        heard = self._mouth.playout.heard(reply)
        if reply != self._welcome or self._cut is None:
            return _Cut(turn, unheard(planned, heard))
        past = _letters(heard) - _letters(self._intro)  # what we said again was cut again
        return _Cut(self._cut.turn, unheard(self._cut.rest, "x" * max(0, past)))
