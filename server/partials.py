"""Words while the person speaks, and how they are being said: decodes now and then, reads the tone about every second,
and lets the language model read ahead. Decides nothing."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Final

from warmline.dialogue.memory.items import Mood
from warmline.emotion import running as tone
from warmline.emotion.types import ParalinguisticTags
from warmline.server import events as e
from warmline.server.hearing import Hearing, TurnAudio
from warmline.server.mouth import Mouth
from warmline.server.parts import Parts
from warmline.server.remembering import Remembering
from warmline.server.side_tasks import SideTasks
from warmline.speech.asr.stream import next_partial
from warmline.speech.runtime.cancel import CancelFlag
from warmline.speech.runtime.cores import Lane
from warmline.speech.types import AudioChunk, Utterance, samples_of

READ_WORDS: Final = 4
"""New words before the language model reads ahead again: what it reads just before a pause would delay that pause's
decode more than it saves."""

RECALL_WITHIN: Final = 24
"""Words of a turn within which a memory may still come to mind: it stands before the words, which are then read anew.
"""


FRESH: Final = samples_of(0.5)
"""A partial that is told so soon after its audio ended came in time: a decode takes half of that."""


def patience(behind: int) -> int:
    """How many samples more to wait before the next partial, where the last one came ``behind`` its audio: the cores
    are wanted by others then, and words that come late help nobody."""
    return 2 * max(0, behind - FRESH)


class Partials:
    """One decode at a time. ``tag`` reads how something was said, where the person lets us; it blocks."""

    def __init__(
        self,
        parts: Parts,
        hearing: Hearing,
        mouth: Mouth,
        tasks: SideTasks,
        observer: e.Observer,
        tag: Callable[[Utterance], ParalinguisticTags],
        memory: Remembering,
    ) -> None:
        self._parts = parts
        self._hearing = hearing
        self._mouth = mouth
        self._tasks = tasks
        self._observer = observer
        self._tag = tag
        self._memory = memory
        self._behind = 0
        self._running: tuple[asyncio.Task[None], CancelFlag] | None = None

    def maybe(self, turn: TurnAudio) -> None:
        """Decode what is new of ``turn``, if enough is."""
        if self._hearing.now < next_partial(turn.onset, turn.decoded_to) + patience(self._behind):
            return
        if self._running is None or self._running[0].done():
            flag = CancelFlag()
            turn.decoded_to = self._hearing.now
            self._running = (self._tasks.spawn(self._hear(turn, flag), "partial"), flag)

    def stop(self) -> None:
        """What runs is not needed any more."""
        if self._running is not None:
            self._running[1].set()

    async def read_ahead(self, text: str, flag: CancelFlag, memory: tuple[str, ...] = ()) -> None:
        """Let the language model read what is already known, so that little is left when the turn ends."""
        flag.check()
        await self._parts.supporter.prepare(self._mouth.turns, text, flag, memory)

    async def _hear(self, turn: TurnAudio, flag: CancelFlag) -> None:
        audio = self._hearing.fresh(turn, self._hearing.now)
        partial = await self._parts.compute.run(Lane.PARTIAL, lambda: turn.transcriber.partial(audio, flag), meets=True)
        self._behind = self._hearing.now - audio.end
        turn.words = partial.text
        self._observer(e.PartialHeard(turn.turn, partial.text))
        if tone.due(turn.tone, turn.onset, audio.end) and not flag.is_set:
            await self._read_tone(turn, self._hearing.audio(turn, audio.end))
        words = len(partial.text.split())
        if words - turn.read_words >= READ_WORDS:
            turn.read_words = words
            if not turn.memory and words <= RECALL_WITHIN:
                turn.memory = await self._recall(turn, partial.text)
            await self.read_ahead(partial.text, flag, turn.memory)

    async def _recall(self, turn: TurnAudio, text: str) -> tuple[str, ...]:
        """What of earlier calls comes to mind: while the person speaks, so that it is read before they stop."""
        mood = Mood(turn.tone.valence, turn.tone.arousal, turn.tone.confidence)
        turns = self._mouth.turns
        return await self._parts.compute.run(Lane.PARTIAL, lambda: self._memory.beside(text, mood, turns))

    async def _read_tone(self, turn: TurnAudio, audio: AudioChunk) -> None:
        """From what recognition has encoded already: about 15 ms of one core."""
        heard = turn.transcriber.so_far
        if heard is None:
            return
        utterance = tone.recent(self._hearing.utterance(turn, audio, heard))
        tags = await self._parts.compute.run(Lane.PARTIAL, lambda: self._tag(utterance))
        turn.tone = tone.step(turn.tone, tags)
        if turn.tone.confidence > 0.0 or turn.tone.events:
            self._observer(e.ToneSoFar(turn.turn, turn.tone, audio.end))
