"""A call on a telephone line, whatever carries it: encoded audio in and out, and keys that are pressed."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from typing import Final

from warmline.server import events as e
from warmline.server.settings import CallSettings
from warmline.server.transport.connection import UNWIND_S
from warmline.server.transport.conversing import Conversing, MakeCall, talk
from warmline.server.transport.ear import Ear
from warmline.server.transport.ending import Ending
from warmline.server.transport.formats import Format
from warmline.server.transport.pacer import LEAD_SAMPLES, Pacer
from warmline.speech.audio.resample import Resampler
from warmline.speech.runtime.clock import Clock
from warmline.speech.types import Samples
from warmline.tts.playout import Playout
from warmline.tts.types import VOICE_RATE

WANTS_PERSON: Final = "I want to talk to a human being."
"""What the key 0 says, so that it is answered like the words."""

KEY_EVERY: Final = 50
"""Frames between two keys that are listened to: somebody leaning on a key says it once a second."""


class Phone:
    """``send`` takes encoded audio for the line, ``clear`` throws away what the line has not played (None where it
    cannot), ``room`` says whether the line takes more now."""

    def __init__(
        self,
        form: Format,
        clock: Clock,
        send: Callable[[bytes], None],
        clear: Callable[[], None] | None,
        room: Callable[[], bool] = lambda: True,
    ) -> None:
        self._form = form
        self._clock = clock
        self._send = send
        self._clear = clear
        self._room = room
        self._ear = Ear(form.rate, clock)
        self._out = Resampler(VOICE_RATE, form.rate)
        self._conversation: Conversing | None = None
        self._keys_until_s = 0.0

    def hear(self, data: bytes) -> None:
        """Audio of the caller; half a sample at its end is left out, and what is far too much is not heard."""
        self._ear.append(self._form.decode(data[: len(data) // self._form.width * self._form.width]))

    def press(self, key: str) -> None:
        """A key: 0 asks for a human being, the others mean nothing here."""
        now_s = self._clock.now_s()
        if key == "0" and self._conversation is not None and now_s >= self._keys_until_s:
            self._keys_until_s = now_s + KEY_EVERY * 0.02
            self._conversation.write(WANTS_PERSON)

    async def hold(
        self,
        make: MakeCall,
        settings: CallSettings,
        over: asyncio.Future[Ending],
        *,
        caller: str = "",
        country: str = "",
    ) -> Ending:
        """Hold the call until ``over`` is set, by either side. ``caller``: as in CallSettings; ``country`` where the
        caller's number says it. No box was ticked on a telephone: emotion is read from the voice only after a yes that
        was spoken in the call."""
        pacer = Pacer(playout := Playout(latency=LEAD_SAMPLES), self._clock, self._say, self._room)
        consent = "ask" if settings.greeting else "denied"
        call = replace(
            settings,
            caller=caller,  # never one name for all callers
            country=country or settings.country,
            read_tone=settings.read_tone and consent == "ask",
            tone_consent=consent,
        )

        def made() -> Conversing:
            self._conversation = make(call, self._observe, playout)
            return self._conversation

        def finish(ending: Ending) -> None:
            if not over.done():
                over.set_result(ending)

        async with asyncio.TaskGroup() as group:
            talking = group.create_task(talk(made, aiter(self._ear.channel), finish), name="talk")
            others = [
                group.create_task(pacer.run(), name="pace"),
                group.create_task(self._ear.run(), name="ear"),
            ]
            ending = await over
            await self._ear.channel.close()
            await asyncio.wait([talking], timeout=UNWIND_S)
            for task in (talking, *others):
                task.cancel()
        return ending

    def _say(self, frame: Samples) -> None:
        encoded = self._form.encode(self._out.push(frame))
        if encoded:
            self._send(encoded)

    def _observe(self, event: e.CallEvent) -> None:
        """A line's own buffer is cleared whenever we are cut, also when all was sent already."""
        dropped = isinstance(event, e.DraftDiscarded) or (isinstance(event, e.Overlap) and event.action == "cancel")
        if dropped and self._clear is not None:
            self._clear()
