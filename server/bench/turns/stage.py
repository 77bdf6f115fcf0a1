"""The real path on virtual time: a scene goes in frame by frame, the real conversation answers, nothing waits.

The driver, the floor, the endpoint, the detector, patience and the judge of overlaps are those of a call, with the
models of a call. Only three things are replaced: the clock (the scene's samples), the time that models take (a stated
number of milliseconds, so that figures do not depend on the machine), and the reply, which either never sounds (turns)
or is one recorded reply of ours (overlaps). Partial decodes are left out: no decision here needs them.
"""

from __future__ import annotations

import asyncio
import heapq
import itertools
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from types import MappingProxyType
from typing import TypeVar

import numpy as np

from warmline.dialogue.llm.base import LanguageModel
from warmline.dialogue.safety.screen import Screen
from warmline.dialogue.supporter import Supporter
from warmline.dialogue.types import NEUTRAL, Plan, ReplySegment, Risk, Strategy, SupportStage, Turn, TurnId
from warmline.emotion.tagger.base import Tagger
from warmline.emotion.types import ParalinguisticTags
from warmline.server import events as e
from warmline.server.bench.turns import lines
from warmline.server.bench.turns.scenes import OverlapScene, TurnScene
from warmline.server.conversation import Conversation
from warmline.server.parts import Parts, Sounds
from warmline.server.settings import CallSettings
from warmline.speech.asr.base import Recogniser
from warmline.speech.audio.resample import resampled
from warmline.speech.runtime.cancel import CancelFlag, Cancelled
from warmline.speech.runtime.cores import Lane, Slack
from warmline.speech.turn.base import TurnDetector
from warmline.speech.types import SAMPLE_RATE, AudioChunk, Samples, Utterance, samples_of
from warmline.speech.vad.base import Vad
from warmline.tts.playout import Playout
from warmline.tts.types import VOICE_RATE, SpokenChunk, SpokenWord
from warmline.tts.voice.base import Capabilities

T = TypeVar("T")

STEP = samples_of(0.02)
OUT_STEP = STEP * VOICE_RATE // SAMPLE_RATE
ECHO_DELAY = 4
"""Steps from our loudspeaker to our microphone: 80 ms."""

GAVE_UP = frozenset({"cancel", "withdraw"})
"""What an Overlap event calls it when a voice ended our reply."""

ROUNDS = 12
"""How often tasks may go on between two steps; each needs a few turns of the loop to come to rest."""

ROOM = 10.0 ** (-66.0 / 20.0)
LONGEST_WAIT = samples_of(8.0)
"""For our reply to begin; without one the scene is played all the same."""

DECODE_MS = 200.0
SCORE_MS = 50.0


@dataclass(frozen=True, slots=True)
class Models:
    """The models of a call. ``vad`` makes a fresh one; ``sounds`` tells sobs from speech, None where it is absent."""

    vad: Callable[[], Vad]
    turn: TurnDetector
    recogniser: Recogniser
    tagger: Tagger
    sounds: Sounds | None = None


@dataclass(frozen=True, slots=True)
class Noted:
    """An event of the conversation and when it came, on the scene's clock."""

    event: e.CallEvent
    at: int


@dataclass(frozen=True, slots=True)
class Played:
    """What a scene gave. ``gain``: of our voice, one value a step of 20 ms."""

    noted: tuple[Noted, ...]
    gain: tuple[float, ...]


class Modelled:
    """Runs every job at once and hands its result over when the stated time has passed on the scene's clock. FINAL
    jobs follow each other; LIVE ones take no time; PARTIAL ones are refused."""

    def __init__(self, decode: int, score: int) -> None:
        self._cost = {Lane.FINAL: decode, Lane.VOICE: score}
        self._free = dict.fromkeys(Lane, 0)
        self._waiting: list[tuple[int, int, asyncio.Future[None]]] = []
        self._order = itertools.count()
        self.over = False
        """The scene has ended: what the hang-up does is no decision."""
        self.now = 0

    async def run(self, lane: Lane, job: Callable[[], T], /, *, in_s: float = 0.0, meets: bool = False) -> T:
        if lane is Lane.PARTIAL or self.over:
            raise Cancelled
        result = job()
        due = max(self.now, self._free[lane]) + self._cost.get(lane, 0)
        if due > self.now:
            self._free[lane] = due
            ready: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            heapq.heappush(self._waiting, (due, next(self._order), ready))
            await ready
        return result

    @asynccontextmanager
    async def writing(
        self, lane: Lane = Lane.WRITER, /, *, in_s: float = 0.0, slack_s: Slack | None = None
    ) -> AsyncGenerator[CancelFlag, None]:
        yield CancelFlag()

    def advance(self, now: int) -> None:
        self.now = now
        while self._waiting and self._waiting[0][0] <= now:
            ready = heapq.heappop(self._waiting)[2]
            if not ready.done():
                ready.set_result(None)

    def close(self) -> None:
        self.over = True
        for _, _, ready in self._waiting:
            if not ready.done():
                ready.set_exception(Cancelled())


class Saying(Supporter):
    """Plans nothing, and says ``text``; where that is "" it never comes to speak, so that each pause is decided by
    itself. Words of danger are found as in a call."""

    def __init__(self, text: str = "") -> None:
        self._text = text
        self._screen = Screen()
        even = MappingProxyType({each: 1.0 / len(Strategy) for each in Strategy})
        self._plan = Plan(SupportStage.EXPLORATION, Strategy.REFLECTION, even, 1.0, "", NEUTRAL, ("a bench",))

    def for_call(self, taking_turns: Callable[[LanguageModel], LanguageModel] = lambda seat: seat) -> Supporter:
        return self

    async def hang_up(self) -> None:
        """There is no language model."""

    def assess(
        self,
        text: str,
        tags: ParalinguisticTags,
        turns: tuple[Turn, ...],
        heard_as: str = "",
        risk: Risk | None = None,
    ) -> Plan:
        return self._plan

    async def prepare(
        self, turns: tuple[Turn, ...], partial: str, cancel: CancelFlag, memory: tuple[str, ...] = ()
    ) -> int:
        return 0

    async def reply(
        self,
        id: TurnId,
        utterance: Utterance,
        tags: ParalinguisticTags,
        plan: Plan,
        turns: tuple[Turn, ...],
        cancel: CancelFlag,
    ) -> AsyncGenerator[ReplySegment, None]:
        if not self._text:
            await asyncio.Event().wait()
        yield ReplySegment(id, 0, self._text, NEUTRAL, last=True)


class Recorded:
    """A voice that says one recorded reply, whatever it is asked."""

    def __init__(self, audio: Samples) -> None:
        self._audio = audio

    @property
    def capabilities(self) -> Capabilities:
        return Capabilities(controls=frozenset(), languages=frozenset({"en"}), streams=False)

    def speak(self, segment: ReplySegment, cancel: CancelFlag | None = None) -> Iterator[SpokenChunk]:
        words = segment.text.split()
        ends = (len(self._audio) * (place + 1) // max(1, len(words)) for place in range(len(words)))
        spoken = tuple(SpokenWord(word, end) for word, end in zip(words, ends, strict=True))
        yield SpokenChunk(segment.turn, segment.index, self._audio, spoken)

    def close(self) -> None:
        """Nothing to free."""


@dataclass(frozen=True, slots=True)
class Stage:
    """Plays scenes. ``reply``: our recorded reply at VOICE_RATE. Milliseconds as modelled, see the module."""

    models: Models
    reply: Samples
    decode_ms: float = DECODE_MS
    score_ms: float = SCORE_MS

    def turn(self, scene: TurnScene) -> Played:
        """One turn; the reply never sounds."""
        return asyncio.run(self._play(Saying(), scene.audio, None, 0.0))

    def overlap(self, scene: OverlapScene) -> Played:
        """The caller says something, we reply, and from the first sound of our reply on the scene is heard. Ends once
        the reply is cancelled."""
        return asyncio.run(self._play(Saying(lines.REPLY), scene.audio, scene.opening, scene.echo_db))

    async def _play(self, supporter: Supporter, audio: Samples, opening: Samples | None, echo_db: float) -> Played:
        compute = Modelled(samples_of(self.decode_ms / 1000.0), samples_of(self.score_ms / 1000.0))
        noted: list[Noted] = []
        parts = Parts(
            compute=compute,
            vad=self.models.vad,
            turn=self.models.turn,
            recogniser=self.models.recogniser,
            tagger=self.models.tagger,
            supporter=supporter,
            voice=Recorded(self.reply),
            sounds=self.models.sounds,
        )

        def note(event: e.CallEvent) -> None:
            if not compute.over:
                noted.append(Noted(event, compute.now))

        conversation = Conversation(parts, CallSettings(greeting="", check_in_s=3600.0), note, Playout())
        line = _Line(audio, opening, conversation, compute, 10.0 ** (echo_db / 20.0), noted)
        await conversation.run(line.source())
        since = [Noted(one.event, one.at - line.began) for one in noted if one.at >= line.began]
        return Played(tuple(since), tuple(line.gain[line.began // STEP :]))


class _Line:
    """The microphone and the loudspeaker of one scene, in step. Without an ``opening`` the scene is all there is."""

    def __init__(
        self,
        audio: Samples,
        opening: Samples | None,
        conversation: Conversation,
        compute: Modelled,
        echo: float,
        noted: list[Noted],
    ) -> None:
        self.gain: list[float] = []
        self.began = 0
        """When the scene began, on the clock of the call."""
        self._audio = audio
        self._opening = opening
        self._conversation = conversation
        self._compute = compute
        self._echo = echo
        self._noted = noted
        self._played: list[Samples] = [np.zeros(OUT_STEP, np.float32)] * (ECHO_DELAY + 2)

    async def source(self) -> AsyncIterator[AudioChunk]:
        for samples in self._steps():
            self._played.append(self._conversation.playout.pull(OUT_STEP))
            start = len(self.gain) * STEP
            self.gain.append(self._conversation.playout.gain)
            self._compute.advance(start + STEP)
            yield AudioChunk(samples + self._own(), start=start)
            for _ in range(ROUNDS):
                await asyncio.sleep(0)
        self._compute.close()

    def _steps(self) -> Iterator[Samples]:
        """20 ms at a time: the opening, silence until we reply, the scene until we are stopped."""
        if self._opening is not None:
            quiet = np.random.default_rng(1).normal(0.0, ROOM, STEP).astype(np.float32)
            yield from (step + quiet for step in _split(self._opening))
            for _ in range(LONGEST_WAIT // STEP):
                if self._happened(e.ReplyBegan):
                    break
                yield quiet
            self.began = len(self.gain) * STEP
        for step in _split(self._audio):
            yield step
            if self._opening is not None and self._happened(e.Overlap):
                return

    def _own(self) -> Samples:
        """20 ms of our own voice as it comes back."""
        if self._opening is None:
            return np.zeros(STEP, np.float32)
        around = np.concatenate(self._played[-ECHO_DELAY - 2 : -ECHO_DELAY + 1])
        return self._echo * resampled(AudioChunk(around, VOICE_RATE), SAMPLE_RATE).samples[STEP : 2 * STEP]

    def _happened(self, kind: type[e.CallEvent]) -> bool:
        """Lately; of overlaps, that our reply was given up."""
        return any(
            isinstance(one.event, kind) and (not isinstance(one.event, e.Overlap) or one.event.action in GAVE_UP)
            for one in self._noted[-8:]
        )


def _split(samples: Samples) -> Iterator[Samples]:
    return (samples[start : start + STEP] for start in range(0, len(samples) - STEP + 1, STEP))
