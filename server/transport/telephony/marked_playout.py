"""A playout that is told by the line what was really played, and counts nothing else as heard.

A line that never tells is believed to play what it is sent in time, as on every other line; and so is one that has not
told for :data:`MOST_BEHIND`, because a reply must end some time.
"""

from __future__ import annotations

from collections import deque
from typing import Final

from warmline.tts.playout import Playout
from warmline.tts.types import VOICE_RATE

MOST_BEHIND: Final = 10 * VOICE_RATE
MOST_MARKS: Final = 1_000


class MarkedPlayout(Playout):
    """:meth:`sent` after each frame that went out, :meth:`played` when the line says so, :meth:`flushed` when it was
    told to throw the rest away. ``frame``: samples of one."""

    def __init__(self, latency: int, frame: int) -> None:
        super().__init__(latency)
        self._frame = frame
        self._unplayed: deque[tuple[int, int]] = deque(maxlen=MOST_MARKS)
        self._sent = 0
        self._told = False
        self._lost = 0

    def sent(self) -> int:
        """The number of the frame that was pulled last; the line gives it back when it has been played."""
        self._sent += 1
        self._lost = 0
        self._unplayed.append((self._sent, self.clock - self._frame))
        return self._sent

    def played(self, number: int) -> None:
        """Everything up to ``number`` has been played. A number that was thrown away, or never given, says nothing."""
        if not self._unplayed or not self._unplayed[0][0] <= number <= self._sent:
            return
        while self._unplayed and self._unplayed[0][0] <= number:
            self._unplayed.popleft()
        self._told = True

    def flushed(self) -> None:
        """What was sent and not played never will be."""
        self._lost = self.clock - self._heard_clock
        self._unplayed.clear()

    @property
    def _heard_clock(self) -> int:
        assumed = super()._heard_clock
        if not self._told:
            return assumed
        if not self._unplayed:
            return self.clock - self._lost
        begins = self._unplayed[0][1]
        return begins if self.clock - begins <= MOST_BEHIND else assumed
