"""What a transport needs of a conversation, and how it gets one."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Callable
from typing import Protocol

from warmline.dialogue.types import Turn
from warmline.server.events import Observer
from warmline.server.handoff.bridge import Bridge
from warmline.server.settings import CallSettings
from warmline.server.transport.ending import Ending
from warmline.speech.types import AudioChunk
from warmline.tts.playout import Playout

log = logging.getLogger(__name__)


class Runs(Protocol):
    """Takes audio until there is no more."""

    async def run(self, source: AsyncIterator[AudioChunk], /) -> None: ...


class Conversing(Runs, Protocol):
    """One call: fed with audio, watched through its observer, heard through its playout."""

    @property
    def turns(self) -> tuple[Turn, ...]:
        """The exchanges so far."""
        ...

    def recall(self, turns: tuple[Turn, ...]) -> None:
        """Before :meth:`run`: go on with a call in which this was said already."""

    def write(self, text: str) -> None: ...

    def stop_reply(self) -> None: ...

    def tell(self, name: str) -> None:
        """Say one of our own sentences about the line, by its name, at the next quiet moment."""
        ...

    def away(self, lost: int = 0) -> None:
        """The connection is lost; of what was pulled the last ``lost`` samples did not arrive."""

    def returned(self, playout: Playout) -> None:
        """It is there again, and pulls this playout."""


class MakeCall(Protocol):
    """Builds the conversation of one call. ``bridge``: the line's own way to a human, where it has one."""

    def __call__(
        self, settings: CallSettings, observer: Observer, playout: Playout, bridge: Bridge | None = None, /
    ) -> Conversing: ...


class Left(Exception):
    """The connection has the call no longer, for this reason."""

    def __init__(self, ending: Ending) -> None:
        super().__init__(ending.reason)
        self.ending = ending


async def talk(make: Callable[[], Runs], source: AsyncIterator[AudioChunk], finish: Callable[[Ending], None]) -> None:
    """Hold the conversation: a task boundary, at which a failure ends this call and no other."""
    try:
        await make().run(source)
        finish(Ending.HUNG_UP)
    except Left as left:
        finish(left.ending)
    except Exception as error:  # noqa: BLE001 - the task boundary of a call: the server goes on
        log.error("a call failed (%s)", type(error).__name__)
        finish(Ending.FAILED)
