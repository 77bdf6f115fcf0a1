"""A whole call on virtual time, from fakes that ship: who speaks when, what is recognised, what the model says."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from tests.virtual_time import run
from warmline.dialogue.llm.scripted import Line as Says
from warmline.dialogue.llm.scripted import ScriptedConfig as LlmConfig
from warmline.dialogue.llm.scripted import ScriptedModel
from warmline.dialogue.memory.sentences import Embeds
from warmline.dialogue.realise import Harm
from warmline.dialogue.safety.deep_reader import DeepReader
from warmline.dialogue.safety.replay import ReplayedProtocol
from warmline.dialogue.safety.screen import Screen
from warmline.dialogue.strategy.planner import Planner
from warmline.dialogue.supporter import Supporter
from warmline.dialogue.types import NEUTRAL, ReplySegment
from warmline.emotion.tagger.backends import TAGGERS
from warmline.emotion.tagger.base import Tagger
from warmline.server import events as e
from warmline.server.audit.chain import Entry
from warmline.server.conversation import Conversation
from warmline.server.handoff.bridge import Bridge
from warmline.server.parts import Parts, Sounds
from warmline.server.settings import CallSettings
from warmline.server.store.record import Keeps
from warmline.server.transport.caller import Caller, Line, Recording
from warmline.speech.asr.backends import RECOGNISERS
from warmline.speech.diarize.base import Diariser
from warmline.speech.runtime.clock import LoopClock
from warmline.speech.runtime.cores import Compute, Inline
from warmline.speech.turn.backends import TURNS
from warmline.speech.types import Samples, samples_of
from warmline.speech.vad.backends import VADS
from warmline.tts.playout import MOST_QUEUED, Playout
from warmline.tts.voice.backends import VOICES
from warmline.tts.voice.rendered import murmurs

PLANNER = Planner()


@dataclass(slots=True)
class Rehearsal:
    """``speech``: voiced spans; ``words``: what is recognised where; ``scores``: end-of-turn scores in order;
    ``says``: the model's replies in order; ``tones``: the labels that are heard, reading by reading. All in the
    scripts' own forms, seconds on the stream clock. ``audio``: what sounds, else silence."""

    speech: str
    words: str
    scores: str = "1.0"
    says: tuple[Says | str, ...] = ("I hear how heavy that is. What was it like for you?",)
    greeting: str = ""
    word_ms: int = 250
    tones: tuple[str, ...] = ()
    read_tone: bool = True
    tone_consent: str = "given"
    notice_every_h: float = 3.0
    country: str = ""
    bridge: Bridge | None = None
    handoff_wait_s: float = 60.0
    audit: Callable[[Entry], None] | None = None
    audio: Samples | None = None
    tagger: Tagger | None = None
    sounds: Sounds | None = None
    diariser: Diariser | None = None
    keeper: Keeps | None = None
    sentences: Embeds | None = None
    most_queued: int = MOST_QUEUED
    backchannels: bool = False
    deep: DeepReader | None = None
    guard: Harm | None = None
    compute: Compute = field(default_factory=Inline)
    seen: list[e.CallEvent] = field(default_factory=list)
    conversation: Conversation | None = None
    model: ScriptedModel | None = None

    def play(self, seconds_s: float) -> Recording:
        """Run the call for so long and return what was recorded."""
        return run(self._play(seconds_s))

    def built(self) -> Conversation:
        """The conversation, before its first sound."""
        self.model = ScriptedModel(LlmConfig(self.says))
        voice = VOICES.create("tone", {"word_ms": self.word_ms})
        parts = Parts(
            compute=self.compute,
            vad=lambda: VADS.create("scripted", {"speech": self.speech}),
            turn=TURNS.create("scripted", {"scores": self.scores}),
            recogniser=RECOGNISERS.create("scripted", {"script": self.words}),
            tagger=self.tagger or TAGGERS.create("scripted", {"labels": self.tones}),
            supporter=Supporter(PLANNER, Screen(), self.model, ReplayedProtocol("US"), seed=1, guard=self.guard),
            voice=voice,
            apology=tuple(voice.speak(ReplySegment(0, 0, "Sorry, say again?", NEUTRAL, last=True))),
            sounds=self.sounds,
            diariser=self.diariser,
            keeper=self.keeper,
            bridge=self.bridge,
            handoff_wait_s=self.handoff_wait_s,
            audit=self.audit,
            murmurs=murmurs(voice),
            sentences=self.sentences,
            deep=self.deep,
        )
        settings = CallSettings(
            greeting=self.greeting,
            read_tone=self.read_tone,
            tone_consent=self.tone_consent,
            notice_every_h=self.notice_every_h,
            country=self.country,
            backchannels=self.backchannels,
            seed=0,
        )
        self.conversation = Conversation(parts, settings, self.seen.append, Playout(most_queued=self.most_queued))
        return self.conversation

    async def _play(self, seconds_s: float) -> Recording:
        conversation = self.built()
        silence = np.zeros(samples_of(seconds_s), np.float32) if self.audio is None else self.audio
        line = Line(silence, after_s=0.0, patience_s=0.0)
        return await Caller((line,), LoopClock(), last_patience_s=0.0).call(conversation)

    def of(self, kind: type[e.CallEvent]) -> list[e.CallEvent]:
        return [event for event in self.seen if isinstance(event, kind)]
