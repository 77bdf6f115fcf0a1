"""The voice of a server that holds the call, on its way to this machine's loudspeaker.

The card pulls on its thread while the network adds on the call's: one lock around each. The server sends at most some
60 ms ahead, so what is thrown away on ``clear`` is little."""

from __future__ import annotations

from collections import deque
from threading import Lock
from typing import Final

import numpy as np

from warmline.speech.types import Samples
from warmline.tts.types import VOICE_RATE

MOST: Final = VOICE_RATE
"""A second: a server that runs further ahead of time is not followed."""


class RemoteVoice:
    """float32 at VOICE_RATE in, as it comes; out, as the card asks for it, silence where there is none."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._waiting: deque[Samples] = deque()
        self._count = 0
        self._held = False

    def add(self, samples: Samples) -> None:
        with self._lock:
            if self._count + len(samples) <= MOST:
                self._waiting.append(samples)
                self._count += len(samples)

    def order(self, action: str) -> None:
        """What the server says of its own voice: "clear" or "cancel" forget what was not played, "hold" keeps it
        silent, "restore" goes on. A duck needs nothing: the server lowers what it sends."""
        with self._lock:
            if action in ("clear", "cancel"):
                self._waiting.clear()
                self._count = 0
            self._held = action == "hold" or (self._held and action == "duck")

    def pull(self, count: int) -> Samples:
        """The next ``count`` samples."""
        out = np.zeros(count, np.float32)
        with self._lock:
            done = 0
            while not self._held and self._waiting and done < count:
                head = self._waiting.popleft()
                taken = min(len(head), count - done)
                out[done : done + taken] = head[:taken]
                if taken < len(head):
                    self._waiting.appendleft(head[taken:])
                done += taken
                self._count -= taken
        return out
