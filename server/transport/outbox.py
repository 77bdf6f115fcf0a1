"""What waits to be sent to a client, in order. Knows nothing about sockets."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Mapping
from typing import Final

from warmline.server.transport import wire

MOST_UNSENT: Final = 500


class Outbox:
    """What waits to be sent, in order: text and audio messages, at most :data:`MOST_UNSENT`."""

    def __init__(self) -> None:
        self._waiting: deque[str | bytes] = deque()
        self._changed = asyncio.Event()
        self.audio = 0
        """Audio messages among them."""

    @property
    def full(self) -> bool:
        return len(self._waiting) >= MOST_UNSENT

    def put(self, message: Mapping[str, object] | bytes) -> None:
        """Add a message; when it is full nothing is added, and its owner ends the call."""
        if self.full:
            return
        if isinstance(message, bytes):
            self.audio += 1
            self._waiting.append(message)
        else:
            self._waiting.append(wire.dump(message))
        self._changed.set()

    def clear_audio(self) -> None:
        """Throw away audio that has not been sent."""
        self._waiting = deque(message for message in self._waiting if isinstance(message, str))
        self.audio = 0

    async def get(self) -> str | bytes:
        while not self._waiting:
            self._changed.clear()
            await self._changed.wait()
        message = self._waiting.popleft()
        if isinstance(message, bytes):
            self.audio -= 1
        return message

    def rest(self) -> list[str]:
        """What text was never sent."""
        return [message for message in self._waiting if isinstance(message, str)]
