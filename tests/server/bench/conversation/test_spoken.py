"""A whole spoken talk on the real driver of a call, with fakes for models; and a clock that skips waiting."""

from __future__ import annotations

import asyncio
import time
from dataclasses import replace

import numpy as np
import pytest
from conversation_cards import CARD, ear

from warmline.dialogue.evaluate.conversation.rehearsal import Ruled, Setting
from warmline.dialogue.evaluate.conversation.seeker import Line, RuleSeeker
from warmline.dialogue.evaluate.conversation.talk import Talk
from warmline.dialogue.llm.base import Decoding, Message, Prompt
from warmline.dialogue.llm.scripted import ScriptedConfig, ScriptedModel
from warmline.dialogue.safety.screen import Screen
from warmline.dialogue.strategy.planner import Planner
from warmline.dialogue.supporter import Supporter
from warmline.emotion.tagger.backends import TAGGERS
from warmline.server.bench.conversation import aloud, skipping
from warmline.server.bench.conversation.aloud import Ends
from warmline.server.bench.conversation.seeker_voice import SeekerVoice, tone
from warmline.server.parts import Parts
from warmline.server.settings import CallSettings
from warmline.speech.asr.base import Hypothesis
from warmline.speech.audio.degrade import Harder
from warmline.speech.runtime.cancel import CancelFlag
from warmline.speech.runtime.cores import Cores
from warmline.speech.turn.backends import TURNS
from warmline.speech.types import AudioChunk, Samples, Word
from warmline.speech.vad.backends import VADS
from warmline.tts.voice.backends import VOICES

PLANNER = Planner()


class Overhears(SeekerVoice):
    """A seeker's voice that leaves its words for the recogniser below."""

    text = ""

    def spoken(self, said: Line) -> Samples:
        self.text = said.text
        return super().spoken(said)


class Recognises:
    """Hears whatever ``voice`` said last."""

    def __init__(self, voice: Overhears) -> None:
        self._voice = voice

    def decode(self, audio: AudioChunk, cancel: CancelFlag | None = None) -> Hypothesis:
        text = self._voice.text if np.abs(audio.samples).max(initial=0.0) > 0.02 else ""
        words = text.split()
        edges = np.linspace(audio.start, audio.end, len(words) + 1).astype(int)
        return Hypothesis(text, tuple(Word(w, int(edges[i]), int(edges[i + 1])) for i, w in enumerate(words)))

    def close(self) -> None:
        """Nothing to free."""


class Catches:
    """The seeker's own ear."""

    def decode(self, audio: AudioChunk, cancel: CancelFlag | None = None) -> Hypothesis:
        return Hypothesis("You carry so much shame about the bakery." if audio.duration_s > 0.3 else "")

    def close(self) -> None:
        """Nothing to free."""


def held(turns: int = 2, longest_s: float = 60.0, *, mute: bool = False, model: ScriptedModel | None = None) -> Talk:
    async def call() -> Talk:
        voice = Overhears(CARD, "tone", Harder(telephone=True))
        writes = model or ScriptedModel(ScriptedConfig(("a lot to carry after that.",)))
        recogniser = Recognises(voice)
        with Cores() as cores:
            parts = Parts(
                compute=cores,
                vad=lambda: VADS.create("energy", {}),
                turn=TURNS.create("vad_only", {}),
                recogniser=recogniser,
                tagger=TAGGERS.create("scripted", {}),
                supporter=Supporter(PLANNER, Screen(), skipping.Working(writes), seed=1),
                voice=VOICES.create("tone"),
            )
            if mute:
                parts = replace(parts, recogniser=Recognises(Overhears(CARD, "tone")))
            ends = Ends(parts, CallSettings(greeting="Hello there."), voice, Catches(), longest_s=longest_s)
            seeker = Ruled(RuleSeeker(CARD, 0, ear()))
            return await aloud.talk(ends, seeker, CARD, 0, Setting("warmline", turns, "rules"))

    return skipping.run(call())


def test_a_spoken_talk_is_held_to_its_end_and_faster_than_it_is_long() -> None:
    began = time.monotonic()
    found = held(turns=3)
    assert (found.ended, found.why, len(found.exchanges), found.mode) == ("completed", "", 3, "spoken")
    for one in found.exchanges:
        assert one.heard == one.said
        assert one.caught == "You carry so much shame about the bakery."
        assert one.reply
        assert one.first_ms is not None
        assert 100.0 < one.first_ms < 1000.0 * aloud.PATIENCE_S
        assert one.cut_in == 0
        assert one.stage
    assert time.monotonic() - began < 30.0


def test_the_end_of_a_call_leaves_the_language_model_open() -> None:
    class Closes(ScriptedModel):
        closed = 0

        async def close(self) -> None:
            self.closed += 1

    model = Closes(ScriptedConfig(("a lot to carry after that.",)))
    assert held(turns=1, model=model).ended == "completed"
    assert model.closed == 0


def test_who_is_not_heard_gets_no_reply_and_that_is_counted() -> None:
    found = held(turns=2, mute=True)
    assert found.ended == "stuck"
    assert "no reply" in found.why
    assert found.exchanges == ()


def test_a_call_that_takes_too_long_is_stopped() -> None:
    found = held(turns=400, longest_s=1.5)
    assert found.ended == "stuck"
    assert "longer than" in found.why


def test_waiting_costs_nothing_and_work_takes_its_time() -> None:
    async def both() -> tuple[float, float]:
        loop = asyncio.get_running_loop()
        began = loop.time()
        await asyncio.sleep(3600.0)
        waited = loop.time() - began
        began = loop.time()
        await asyncio.gather(asyncio.to_thread(time.sleep, 0.2), asyncio.sleep(0.1))
        return waited, loop.time() - began

    began = time.monotonic()
    waited, worked = skipping.run(both())
    assert waited >= 3600.0
    assert 0.19 < worked < 2.0
    assert time.monotonic() - began < 10.0


def test_a_language_model_s_own_threads_count_as_work() -> None:
    async def call() -> tuple[str, float]:
        loop = asyncio.get_running_loop()
        assert isinstance(loop, skipping.SkippingLoop)
        model = skipping.Working(ScriptedModel(ScriptedConfig(("one two",))))
        texts = [piece async for piece in model.generate(Prompt((Message("user", "x"),)), Decoding(), CancelFlag())]
        before = loop.skipped_s
        with skipping.working():
            await asyncio.sleep(0.05)
        return "".join(texts), loop.skipped_s - before

    text, skipped_s = skipping.run(call())
    assert text == "one two"
    assert skipped_s == 0.0


@pytest.mark.parametrize(
    ("label", "field", "sign"), [("sad", "pace", -1), ("angry", "volume", 1), ("fearful", "pitch", 1)]
)
def test_a_seeker_sounds_as_they_feel(label: str, field: str, sign: int) -> None:
    strong, slight = (getattr(tone(Line("x", label, intensity)), field) * sign for intensity in (5.0, 2.0))
    assert strong > slight > 0.0
    assert getattr(tone(Line("x", "neutral", 5.0)), field) == 0.0
