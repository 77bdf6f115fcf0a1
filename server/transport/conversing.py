"""What a transport needs of a conversation, and how it gets one."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from typing import Protocol

from warmline.server.config import CallSettings
from warmline.server.events import Observer
from warmline.speech.types import AudioChunk
from warmline.tts.playout import Playout


class Conversing(Protocol):
    """One call: fed with audio, watched through its observer, heard through its playout."""

    async def run(self, source: AsyncIterator[AudioChunk], /) -> None: ...

    def write(self, text: str) -> None: ...

    def stop_reply(self) -> None: ...


MakeCall = Callable[[CallSettings, Observer, Playout], Conversing]
"""Builds the conversation of one call."""
