"""One handle for one spoken reply: prepared and held, then released or cancelled. A failure becomes kind words."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from warmline.dialogue.types import Outcome, Plan, ReplySegment, Turn, TurnId
from warmline.emotion.types import ParalinguisticTags
from warmline.server.events import Observer, ReplyText, SafetyStep, Trouble
from warmline.server.parts import Parts
from warmline.speech.runtime.cancel import CancelFlag, Cancelled
from warmline.speech.runtime.cores import Lane
from warmline.speech.runtime.trace import Trace
from warmline.speech.types import Utterance
from warmline.tts.emphasis import key_words
from warmline.tts.playout import Playout, Queued
from warmline.tts.types import VOICE_RATE, SpokenChunk

_NO_AUDIO: Final = np.zeros(0, np.float32)


@dataclass(frozen=True, slots=True)
class Answered:
    """What a reply answers: the words, how they were said, and the plan made of both."""

    user: Utterance
    tags: ParalinguisticTags
    plan: Plan


Source = Callable[["Reply"], AsyncGenerator[ReplySegment, None]]


class Reply:
    """Pulls segments from ``source``, speaks them, and holds the audio until :meth:`release`.

    ``id`` is unique in the call (a turn may have several drafts, each with its own); ``turn`` is what it answers.
    """

    def __init__(
        self, id: int, turn: TurnId, source: Source, parts: Parts, playout: Playout, observer: Observer
    ) -> None:
        self.id = id
        self.turn = turn
        self.answered: Answered | None = None
        self.cancel = CancelFlag()
        self.trace = Trace()
        self.released = False
        self.complete = False
        self.failed = False
        self._source = source
        self._parts = parts
        self._playout = playout
        self._observer = observer
        self._held: deque[SpokenChunk] = deque()
        self._texts: list[str] = []
        self._sources: list[str] = []
        self._spoke = False
        self._stressed = False
        self._ended = False

    @property
    def ready(self) -> bool:
        """Is the first audio there?"""
        return self._spoke or bool(self._held)

    @property
    def unheard_s(self) -> float:
        """How long what is made and was not heard yet will last; less than 0 where the voice has run dry, for so
        long."""
        held = sum(len(chunk.audio) for chunk in self._held)
        return (held + self._playout.ahead(self.id)) / VOICE_RATE

    @property
    def planned(self) -> str:
        return " ".join(self._texts)

    @property
    def sources(self) -> tuple[str, ...]:
        """Of each piece so far, as in ReplySegment; "apology" where the reply failed before its first sound."""
        return tuple(self._sources)

    @property
    def silent(self) -> bool:
        """Complete without any audio: there is nothing to play."""
        return self.complete and not self.ready

    async def run(self) -> None:
        """Prepare the whole reply. Never raises but for cancellation: a failure is spoken as an apology."""
        try:
            async with aclosing(self._source(self)) as segments:
                async for segment in segments:
                    await self._speak(segment)
        except Cancelled:
            pass
        except Exception as error:  # noqa: BLE001 - a task boundary: one failed reply must not end the call
            self._fail(error)
        finally:
            self._completed()

    def release(self) -> None:
        """Let it be heard from now on."""
        self.released = True
        self.deliver()

    def deliver(self) -> None:
        """Hand on what waits, as far as there is room: what was refused waits until this is called again. The call
        does so after every frame."""
        if not self.released:
            return
        while self._held and self._playout.enqueue(self._held[0]) is not Queued.FULL:
            self._held.popleft()
            self._spoke = True
        if self.complete and not self._held and not self._ended:
            self._ended = True
            self._playout.finish(self.id)

    def stop(self) -> None:
        """Write and speak no more. The task that runs it is cancelled by its owner."""
        self.cancel.set()
        self._held.clear()

    def turn_record(self, outcome: Outcome) -> Turn | None:
        """The exchange as history keeps it: text only, without times, and of ours only what was heard."""
        if self.answered is None:
            return None
        audio = replace(self.answered.user.audio, samples=_NO_AUDIO)  # a slice would keep all of it
        user = replace(self.answered.user, audio=audio, features=None, words=(), speech=())
        planned, heard = self.planned, self._playout.heard(self.id)
        heard = planned if heard == planned else heard  # one text in memory and not two
        return Turn(self.turn, user, self.answered.tags, self.answered.plan, planned, heard, outcome)

    async def _speak(self, segment: ReplySegment) -> None:
        self._texts.append(segment.text)
        self._sources.append(segment.source)
        if segment.plan is not None and self.answered is not None:
            self.answered = replace(self.answered, plan=segment.plan)
        self._observer(ReplyText(self.turn, segment.text, segment.source))
        if segment.safety is not None:
            self._observer(SafetyStep(self.turn, segment.safety))
        chunks = self._parts.voice.speak(self._weighted(segment), self.cancel)
        while True:
            with self.trace.stage("voice"):
                chunk = await self._parts.compute.run(Lane.VOICE, lambda: next(chunks, None))
            if chunk is None:
                return
            self._keep(chunk)

    def _weighted(self, segment: ReplySegment) -> ReplySegment:
        """With the person's own key word marked: once in a reply, and never in the protocol's sentences."""
        plain = segment.source == "protocol" or segment.language != "en"
        if self._stressed or self.answered is None or plain:
            return segment
        words = key_words(segment.text, self.answered.plan.cause, self.answered.user.text)
        self._stressed = bool(words)
        return replace(segment, emphasis=words)

    def _keep(self, chunk: SpokenChunk) -> None:
        if self.cancel.is_set:
            return
        self._held.append(chunk)
        self.deliver()

    def _fail(self, error: Exception) -> None:
        self.failed = True
        self._observer(Trouble(f"the reply failed ({type(error).__name__}): {_safe(error)}"))
        if self.ready:
            return  # what was said stays; the sentence ends where it broke off
        for chunk in self._parts.apology:
            self._texts.append(" ".join(word.text for word in chunk.words))
            self._sources.append("apology")
            self._keep(replace(chunk, turn=self.id))

    def _completed(self) -> None:
        self.complete = True
        self.deliver()


def _safe(error: Exception) -> str:
    """Our own errors are written to be shown; others may quote a caller's words and are not."""
    from warmline.speech.runtime.errors import WarmlineError

    return str(error) if isinstance(error, WarmlineError) else "see the log with log.level=debug"


async def speak_text(reply: Reply, segments: tuple[ReplySegment, ...]) -> AsyncGenerator[ReplySegment, None]:
    """A source of fixed segments: the greeting, a check-in."""
    for segment in segments:
        await asyncio.sleep(0)
        yield replace(segment, turn=reply.id)
