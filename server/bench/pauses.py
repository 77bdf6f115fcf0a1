"""The pauses of a call as the floor saw them: how long each would have been waited out, and whether the caller went on.

A pause in which the reply was let go counts as the end of its turn, whatever the caller did then.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from warmline.server import events as e
from warmline.speech.types import seconds_of


@dataclass(frozen=True, slots=True)
class Pause:
    """``wait_s``: of silence, after which the turn was or would have been over, None where it was not known yet when
    they went on; ``gone_on_s``: when the caller spoke again before that, None where they did not. Both from their last
    voiced sample."""

    wait_s: float | None
    gone_on_s: float | None


@dataclass(slots=True)
class Pauses:
    """One call's: an observer."""

    seen: list[Pause] = field(default_factory=list)
    _end: int | None = None
    _wait_s: float | None = None

    def __call__(self, event: e.CallEvent) -> None:
        match event:
            case e.DraftStarted():
                self._end, self._wait_s = event.end, None
            case e.TurnScored():
                self._wait_s = seconds_of(event.wait)
            case e.ReplyReleased():
                self._over(None)
            case e.DraftDiscarded():
                self._over(event.at)

    def _over(self, at: int | None) -> None:
        if self._end is not None and (self._wait_s is not None or at is not None):
            self.seen.append(Pause(self._wait_s, None if at is None else seconds_of(at - self._end)))
        self._end = self._wait_s = None
