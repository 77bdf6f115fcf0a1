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
        self._waiting: deque[tuple[str | bytes, bool]] = deque()
        self._changed = asyncio.Event()
        self.audio = 0
        """Audio messages among them."""

    @property
    def full(self) -> bool:
        return len(self._waiting) >= MOST_UNSENT

    def put(self, message: Mapping[str, object] | str | bytes, *, audio: bool = False) -> None:
        """Add a message; when it is full nothing is added, and its owner ends the call. A text goes as it is, anything
        else as JSON. ``audio``: a message of JSON that carries audio; bytes always do."""
        if self.full:
            return
        sound = audio or isinstance(message, bytes)
        self.audio += sound
        self._waiting.append((message if isinstance(message, str | bytes) else wire.dump(message), sound))
        self._changed.set()

    def clear_audio(self) -> None:
        """Throw away audio that has not been sent."""
        self._waiting = deque(item for item in self._waiting if not item[1])
        self.audio = 0

    async def get(self) -> str | bytes:
        while not self._waiting:
            self._changed.clear()
            await self._changed.wait()
        message, sound = self._waiting.popleft()
        self.audio -= sound
        return message

    def rest(self) -> list[str]:
        """What text was never sent."""
        return [message for message, sound in self._waiting if isinstance(message, str) and not sound]
