"""Our voice on its way to a client that has no clock of ours: 20 ms frames at their moments, a little ahead.

While nothing sounds, the playout is pulled in real time and nothing is sent. When sound begins, the first
:data:`LEAD` frames go out at once, so that the network may stumble by as much; from then on one frame goes out every
20 ms. A client therefore never holds more than 60 ms that it has not played.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from warmline.speech.runtime.clock import Clock
from warmline.speech.types import Samples
from warmline.tts.playout import FADE, Playout
from warmline.tts.types import VOICE_RATE

FRAME_S: Final = 0.02
FRAME: Final = round(FRAME_S * VOICE_RATE)
LEAD: Final = 3
LEAD_SAMPLES: Final = LEAD * FRAME
"""What was pulled this long ago is sounding now: the playout's latency on such a line, the client's own aside."""


class Pacer:
    """Pulls ``playout`` and hands frames that hold sound to ``send``; asks ``may_send`` before each pull.

    Moments are absolute, so that small delays do not add up. A delay that the client's lead cannot have covered is
    not caught up: everything after it simply comes later, because what was not played must not count as heard.
    """

    def __init__(
        self, playout: Playout, clock: Clock, send: Callable[[Samples], None], may_send: Callable[[], bool]
    ) -> None:
        self._playout = playout
        self._clock = clock
        self._send = send
        self._may_send = may_send
        self._held = False
        self._quiet = True
        self._fading = False
        self.ahead = 0
        """Frames pulled beyond real time."""
        self.late_s = 0.0
        """Worst delay of a frame so far."""

    def hold(self) -> None:
        """The client keeps its frames and plays silence: they still count as ahead."""
        self._held = self._fading = True

    def restore(self) -> None:
        """The client plays on."""
        self._held = self._quiet = False

    def cleared(self) -> None:
        """The client threw away what it had not played."""
        self._held = False
        self._fading = True
        self.ahead = 0

    async def run(self) -> None:
        """Until cancelled."""
        due_s = self._clock.now_s()
        while True:
            due_s += FRAME_S
            await self._clock.sleep_until(due_s)
            late_s = self._clock.now_s() - due_s
            self.late_s = max(self.late_s, late_s)
            if late_s > (LEAD - 1) * FRAME_S:
                due_s += late_s
            if self._may_send():
                self.step()

    def step(self) -> None:
        """One moment: one frame, more where sound begins, none where real time catches up in silence."""
        if self._fading:
            self._fading = False
            self._playout.pull(FADE)  # the client fades what it was playing; this is the end of what it has not
        if self._quiet and self.ahead and not self._held:
            self.ahead -= 1
            return
        self._pull()
        while not self._quiet and self.ahead < LEAD - 1:
            self._pull()
            self.ahead += 1

    def _pull(self) -> None:
        frame = self._playout.pull(FRAME)
        self._quiet = not frame.any()
        if not self._quiet:
            self._send(frame)
