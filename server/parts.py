"""The built parts that a call is made of. Only wiring fills it; a test fills it with fakes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from warmline.dialogue.memory.sentences import Embeds
from warmline.dialogue.safety.deep_reader import DeepReader
from warmline.dialogue.safety.helplines import Directory
from warmline.dialogue.supporter import Supporter
from warmline.emotion.events.sounds import Sound
from warmline.emotion.tagger.base import Tagger
from warmline.server.audit.chain import Entry
from warmline.server.handoff.bridge import Bridge
from warmline.server.store.record import Keeps
from warmline.speech.asr.base import Recogniser
from warmline.speech.diarize.base import Diariser
from warmline.speech.runtime.cores import Compute
from warmline.speech.turn.base import TurnDetector
from warmline.speech.types import Samples
from warmline.speech.vad.base import Vad
from warmline.tts.backchannel import ListenerSound
from warmline.tts.types import SpokenChunk
from warmline.tts.voice.base import Voice


class Sounds(Protocol):
    """Is it speech, or a cry, a cough, a laugh?"""

    def sound(self, samples: Samples) -> Sound:
        """What float32[n] at 16 kHz was; blocking, a millisecond or two."""
        ...


@dataclass(frozen=True, slots=True)
class Parts:
    """``vad`` makes a fresh detector for a call, because detectors carry the stream's state; everything else is
    shared between calls. ``apology`` is spoken audio for the moment when a reply fails before its first sound.
    ``sounds`` tells speech from a person's other sounds, ``diariser`` one person from another; None where the machine
    has none. ``keeper`` keeps the record of calls; None where nothing is kept.
    ``murmurs``: a listener's sounds, spoken beforehand. ``sentences`` knows what a sentence means, for memory; None
    where nothing is remembered. ``audit`` takes safety decisions; ``bridge`` asks for a human, who has
    ``handoff_wait_s`` to answer; ``directory``: the helplines, None for the package's own. ``deep`` reads doubtful
    turns a second time for risk; None where the language model has no reader."""

    compute: Compute
    vad: Callable[[], Vad]
    turn: TurnDetector
    recogniser: Recogniser
    tagger: Tagger
    supporter: Supporter
    voice: Voice
    apology: tuple[SpokenChunk, ...] = ()
    sounds: Sounds | None = None
    diariser: Diariser | None = None
    keeper: Keeps | None = None
    murmurs: tuple[ListenerSound, ...] = ()
    sentences: Embeds | None = None
    audit: Callable[[Entry], None] | None = None
    bridge: Bridge | None = None
    handoff_wait_s: float = 60.0
    directory: Directory | None = None
    deep: DeepReader | None = None
