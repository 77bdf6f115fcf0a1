"""A long call keeps words and little more, and a call that is over keeps nothing: counted, on virtual time."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from types import MappingProxyType
from weakref import ref

import pytest

from tests.held import held
from tests.virtual_time import run
from warmline.dialogue.llm.scripted import ScriptedConfig, ScriptedModel
from warmline.dialogue.safety.replay import ReplayedProtocol
from warmline.dialogue.strategy.planner import Planner, PlanningState
from warmline.dialogue.supporter import Supporter
from warmline.dialogue.types import NEUTRAL, Outcome, Plan, Risk, Strategy, SupportStage, Turn
from warmline.emotion.tagger.backends import TAGGERS
from warmline.emotion.types import ParalinguisticTags
from warmline.server import events as e
from warmline.server.bench.soak import STEP, Line, Script
from warmline.server.conversation import Conversation
from warmline.server.parts import Parts
from warmline.server.settings import CallSettings
from warmline.speech.asr.backends import RECOGNISERS
from warmline.speech.runtime.cores import Inline
from warmline.speech.turn.backends import TURNS
from warmline.speech.types import AudioChunk, seconds_of
from warmline.speech.vad.backends import VADS
from warmline.tts.playout import Playout
from warmline.tts.types import VOICE_RATE
from warmline.tts.voice.backends import VOICES

EVERY_S = 5.0
SAID = "I have been lying awake most of this week"
ANSWER = "I hear how heavy that is. What was it like for you?"

WORDS = 1400
"""Bytes a turn that may stay: its texts, and the figures that later turns read. A third of a mebibyte in an hour of
four turns a minute."""

AUDIO = 2_000_000
"""Bytes that a call may hold besides: half a minute of audio."""


class Plans(Planner):
    """A plan as large as a real one."""

    def plan(self, state: PlanningState) -> Plan:
        shares = {strategy: 0.1 + 0.01 * at for at, strategy in enumerate(Strategy)}
        why = tuple(f"{reason} of turn {len(state.turns)}" for reason in ("stage", "voice", "words", "intensity"))
        even = MappingProxyType(shares)
        return Plan(SupportStage.EXPLORATION, Strategy.QUESTION, even, 2.0, "", NEUTRAL, why, expected=even)


class Calm:
    """Finds no risk."""

    def assess(
        self, text: str, history: tuple[Turn, ...] = (), tags: ParalinguisticTags | None = None, language: str = ""
    ) -> Risk:
        return Risk()


def parts_for(turns: int) -> Parts:
    """Stand-ins, with so many turns to come."""
    spans = script(turns)
    return Parts(
        compute=Inline(),
        vad=lambda: VADS.create("scripted", {"speech": spans.speech}),
        turn=TURNS.create("scripted", {"scores": "1.0"}),
        recogniser=RECOGNISERS.create("scripted", {"script": spans.words}),
        tagger=TAGGERS.create("scripted", {"labels": ("sad",)}),
        supporter=Supporter(Plans(), Calm(), ScriptedModel(ScriptedConfig((ANSWER,), kept=1)), ReplayedProtocol("US")),
        voice=VOICES.create("tone", {"word_ms": 100}),
    )


def script(turns: int) -> Script:
    """One turn every :data:`EVERY_S`."""
    return Script(tuple((at * EVERY_S + 0.5, at * EVERY_S + 2.0, SAID) for at in range(turns)))


@dataclass
class Watched:
    """A call and the line that watches it, which know each other, as a transport's do."""

    turns: int
    outcomes: list[Outcome] = field(default_factory=list)
    sizes: dict[int, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.parts = parts_for(self.turns)
        self.conversation = Conversation(self.parts, CallSettings(greeting="", seed=0), self.watch, Playout())

    def watch(self, event: e.CallEvent) -> None:
        if isinstance(event, e.ReplyEnded):
            self.outcomes.append(event.outcome)

    async def hold(self, look: tuple[int, ...] = ()) -> None:
        """The whole call; what it holds is measured when so many turns are over and nobody speaks."""

        async def source() -> AsyncIterator[AudioChunk]:
            for at, samples in enumerate(Line(round(self.turns * EVERY_S * 50))):
                turn, within_s = divmod(seconds_of(at * STEP), EVERY_S)
                if within_s == 0.0 and turn in look:
                    self.sizes[int(turn)] = held(self.conversation, self.parts)
                await asyncio.sleep(seconds_of(STEP))
                self.conversation.playout.pull(STEP * VOICE_RATE // 16_000)
                yield AudioChunk(samples, start=at * STEP)

        await self.conversation.run(source())


@pytest.fixture
def no_collector() -> Iterator[None]:
    gc.collect()
    gc.disable()
    yield
    gc.enable()


def test_a_turn_that_is_over_keeps_its_words_and_little_more() -> None:
    call = Watched(31)
    run(call.hold(look=(10, 20, 30)))
    assert call.outcomes.count(Outcome.SPOKEN) >= 29
    assert call.sizes[10] < AUDIO
    first, second = (call.sizes[20] - call.sizes[10]) / 10, (call.sizes[30] - call.sizes[20]) / 10
    assert 0 < first < WORDS
    assert 0 < second < WORDS


def test_a_call_that_is_over_is_gone_at_once_though_its_line_still_knows_it(no_collector: None) -> None:
    call = Watched(3)
    run(call.hold())
    conversation, hearing = ref(call.conversation), ref(call.conversation._hearing)
    assert call.outcomes == [Outcome.SPOKEN] * 3
    del call.conversation
    assert (conversation(), hearing()) == (None, None)
