"""One call apart from the connection that carries it: connections sit down on it, leave it and come back to it, while
the conversation goes on or waits.

A line uses it like a conversation of its own. Knows no protocol, no socket and no token (:mod:`.resume` has those).
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import AsyncIterator, Callable, Coroutine
from dataclasses import replace
from typing import Any, Final

from warmline.server import events as e
from warmline.server.settings import CallSettings
from warmline.server.transport.conversing import Conversing, Left, MakeCall
from warmline.server.transport.elsewhere import Carried
from warmline.server.transport.ending import Ending
from warmline.server.transport.said import Said
from warmline.speech.runtime.channel import Channel, ChannelClosed
from warmline.speech.runtime.clock import Clock
from warmline.speech.types import AudioChunk
from warmline.tts.playout import Playout
from warmline.tts.types import VOICE_RATE

SILENT_S: Final = 1.0
"""A client that has sent nothing for so long may not hear us either: no line speaks on, and at most so much of what was
spoken counts as lost."""

MOST_SAID: Final = 400
"""Entries of a transcript that is sent again; of a longer call the oldest are left out."""

UNWIND_S: Final = 2.0

Spawn = Callable[[Coroutine[object, object, None], str], asyncio.Task[None]]

log = logging.getLogger(__name__)


class Sitting:
    """One connection's hold on the call: a Conversing whose :meth:`run` ends when the connection's audio does, and
    raises Left where the call goes on without this connection, or is over."""

    def __init__(self, seat: Seat, observer: e.Observer, playout: Playout, now_s: float) -> None:
        self.observer = observer
        self.playout = playout
        self.alive_s = now_s
        self._seat = seat
        self._clock_at_alive = playout.clock
        self._gone: asyncio.Future[Ending] = asyncio.get_running_loop().create_future()
        self._shift = seat.heard_to  # every connection counts from nought

    @property
    def lost(self) -> int:
        """Samples of our voice pulled since the client's last sign of life, as far as that tells of a loss."""
        return min(self.playout.clock - self._clock_at_alive, round(SILENT_S * VOICE_RATE))

    def alive(self, now_s: float) -> None:
        """The client has sent something: it is there, and it has the token that it was given last."""
        self.alive_s, self._clock_at_alive = now_s, self.playout.clock
        self._seat.confirmed()

    def leave(self, ending: Ending) -> None:
        """This connection has the call no longer. The first reason counts."""
        if not self._gone.done():
            self._gone.set_result(ending)

    async def run(self, source: AsyncIterator[AudioChunk], /) -> None:
        pumping = asyncio.ensure_future(self._pump(source))
        try:
            waiting: list[asyncio.Future[Any]] = [pumping, self._gone]
            await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
            if self._gone.done():
                raise Left(self._gone.result())
            await pumping
        finally:
            pumping.cancel()

    async def _pump(self, source: AsyncIterator[AudioChunk]) -> None:
        async for chunk in source:
            shifted = replace(chunk, start=chunk.start + self._shift) if self._shift else chunk
            await self._seat.hear(shifted)

    def write(self, text: str) -> None:
        self._seat.conversation.write(text)

    def stop_reply(self) -> None:
        self._seat.conversation.stop_reply()

    def away(self, lost: int = 0) -> None:
        self._seat.conversation.away(lost)

    def returned(self, playout: Playout) -> None:
        self._seat.conversation.returned(playout)

    def tell(self, name: str) -> None:
        self._seat.conversation.tell(name)


class Seat:
    """``id``: the call's own, for logs. ``token``: what opens it next. ``confirmed`` is called when a client shows that
    it has the token, ``changed`` when more was said. ``sitting``: the connection that has it, None while it waits.
    ``heard_to``: samples so far. ``carried``: a call that another server held, to go on with."""

    def __init__(
        self,
        id: str,
        clock: Clock,
        make: MakeCall,
        spawn: Spawn,
        confirmed: Callable[[], None],
        carried: Carried | None = None,
    ) -> None:
        self.id = id
        self.token = ""
        self.read_tone = False
        self.languages: tuple[str, ...] = ()
        self.sitting: Sitting | None = None
        self.left_s: float | None = None
        self.heard_to = 0
        self.confirmed = confirmed
        self.changed: Callable[[], None] = lambda: None
        self.unanswered = ""
        self.over = asyncio.Event()
        self.said: deque[Said] = deque(maxlen=MOST_SAID)
        self._settings = CallSettings()
        self._carried = carried
        self._clock = clock
        self._make = make
        self._spawn = spawn
        self._conversation: Conversing | None = None
        self._channel: Channel[AudioChunk] = Channel(2)
        self._running: asyncio.Task[None] | None = None
        if carried is not None:
            self._settings, self.unanswered = carried.settings, carried.unanswered
            self.read_tone, self.languages = carried.settings.read_tone, carried.settings.tongues
            self.said.extend(carried.said)

    @property
    def conversation(self) -> Conversing:
        assert self._conversation is not None, "nobody has begun this call"
        return self._conversation

    # --- what lines do ------------------------------------------------------------------------------------------------

    def begin(self, settings: CallSettings, observer: e.Observer, playout: Playout) -> Sitting:
        """The call begins on this connection. Raises what building a conversation raises."""
        self._settings, self.read_tone, self.languages = settings, settings.read_tone, settings.tongues
        self._conversation = self._make(settings, self._observe, playout)
        self.sitting = Sitting(self, observer, playout, self._clock.now_s())
        self._running = self._spawn(self._converse(self._conversation), f"call-{self.id}")
        self.changed()
        return self.sitting

    def take_up(self, observer: e.Observer, playout: Playout) -> Sitting:
        """The call goes on on this connection; one that still seemed to have it is told so."""
        self.leave(Ending.REPLACED)
        self.sitting = Sitting(self, observer, playout, self._clock.now_s())
        self.left_s = None
        if self.over.is_set():
            self.sitting.leave(Ending.HUNG_UP)
        elif self._carried is not None:
            self._go_on(self._carried, playout)
        else:
            self.conversation.returned(playout)
        return self.sitting

    def carried(self, keys: tuple[str, ...]) -> Carried | None:
        """The call as another server could go on with it; None before it has begun."""
        if self._conversation is None:
            return self._carried
        turns = self._conversation.turns
        return Carried(self.id, keys, self._settings, turns, tuple(self.said), self.unanswered)

    def _go_on(self, carried: Carried, playout: Playout) -> None:
        """With a call that another server held, in a conversation of our own."""
        self._carried = None
        known = bool(carried.turns)
        settings = replace(carried.settings, greeting="") if known else carried.settings
        conversation = self._conversation = self._make(settings, self._observe, playout)
        conversation.recall(carried.turns)
        if carried.unanswered:
            conversation.write(carried.unanswered)
        elif known:
            conversation.tell("back_quiet")
        self._running = self._spawn(self._converse(conversation), f"call-{self.id}")

    async def hear(self, chunk: AudioChunk) -> None:
        try:
            await self._channel.put(chunk)
            self.heard_to = chunk.end
        except ChannelClosed:
            return

    # --- what the host does -------------------------------------------------------------------------------------------

    def leave(self, ending: Ending) -> None:
        """Whoever sits has it no longer; the call waits."""
        sitting, self.sitting = self.sitting, None
        if sitting is None:
            return
        self.left_s = self._clock.now_s()
        sitting.leave(ending)
        if not self.over.is_set():
            self.conversation.away(sitting.lost)

    @property
    def away_s(self) -> float:
        """For how long nobody has been sitting."""
        return 0.0 if self.left_s is None else self._clock.now_s() - self.left_s

    async def end(self) -> None:
        """The call is over; a conversation that does not end is left behind."""
        await self._channel.close()
        if self._running is not None:
            await asyncio.wait([self._running], timeout=UNWIND_S)
            self._running.cancel()
        self.over.set()

    async def _converse(self, conversation: Conversing) -> None:
        """A task boundary: a failure ends this call and no other."""
        ending = Ending.HUNG_UP
        try:
            await conversation.run(aiter(self._channel))
        except Exception as error:  # noqa: BLE001 - the task boundary of a call: the server goes on
            log.error("a call failed (%s)", type(error).__name__)
            ending = Ending.FAILED
        finally:
            self.over.set()
            if self.sitting is not None:
                self.sitting.leave(ending)

    def _observe(self, event: e.CallEvent) -> None:
        if isinstance(event, e.ReplyEnded):
            if event.words:
                self.said.append(Said(event.turn, "person", event.words))
            self.said.append(Said(event.turn, "warmline", event.heard, event.planned))
            self.unanswered = ""
            self.changed()
        elif isinstance(event, e.PartialHeard | e.Planned):
            self.unanswered = event.text if isinstance(event, e.PartialHeard) else event.words
            self.changed()
        if self.sitting is not None:
            self.sitting.observer(event)
