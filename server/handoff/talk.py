"""A call that an operator has taken at the console: what they read of it, and what they write to the caller.

It begins when they take the call, so nothing said before is in it. The last lines only, in memory, gone with the call.
It knows no network; whether somebody still sits at the console is known by their asking.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

KEPT: Final = 200
"""Lines that are kept; older ones fall away."""

LONGEST: Final = 400
"""Letters of one written message: what a person can take in by ear."""

AWAY_S: Final = 20.0
"""Without a question from the console for so long, nobody sits there any more."""

_CONTROL = re.compile(r"[\x00-\x1f\x7f\u2028\u2029]+")


@dataclass(frozen=True, slots=True)
class Caption:
    """``who``: "caller", "warmline", or "operator" for what was read to the caller in their name."""

    number: int
    who: str
    text: str


class Talk:
    """``say`` has words spoken at the next quiet moment of the call; ``now`` is a clock in seconds."""

    def __init__(self, say: Callable[[str], None], now: Callable[[], float]) -> None:
        self._say, self._now = say, now
        self._seen = now()
        self._lines: deque[Caption] = deque(maxlen=KEPT)
        self._count = 0
        self.partial = ""
        self.open = True

    def heard(self, who: str, text: str) -> None:
        """A line of the call."""
        if text.strip():
            self._count += 1
            self._lines.append(Caption(self._count, who, text.strip()))

    def since(self, number: int) -> tuple[Caption, ...]:
        """The lines after ``number``; asking shows that somebody is there."""
        self._seen = self._now()
        return tuple(line for line in self._lines if line.number > number)

    def write(self, text: str) -> bool:
        """Read this to the caller; False where there is nothing to read, too much, or nobody left to hear it."""
        plain = _CONTROL.sub(" ", text).strip()
        if not self.open or not plain or len(plain) > LONGEST:
            return False
        self._seen = self._now()
        self.heard("operator", plain)
        self._say(plain)
        return True

    @property
    def present(self) -> bool:
        """Does somebody sit at the console?"""
        return self.open and self._now() - self._seen < AWAY_S

    def close(self) -> None:
        """The operator has left, or the call is over."""
        self.open, self.partial = False, ""
