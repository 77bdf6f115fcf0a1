"""What the deployments do: plain classes around the same backends that one process uses. Knows nothing of Ray.

Encoder features cross the wire in half precision (0.4 MB for ten seconds of tiny.en): the heads do not hear the
difference, measured by the test beside this.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from warmline.dialogue.memory.items import Vector
from warmline.dialogue.memory.sentences import Embeds
from warmline.dialogue.memory.sentences import shipped as shipped_sentences
from warmline.dialogue.types import NEUTRAL, ReplySegment
from warmline.emotion.tagger.base import Tagger
from warmline.emotion.types import ParalinguisticTags
from warmline.server.settings import Settings
from warmline.speech.asr.base import Hypothesis, Recogniser, decode_many, tuned
from warmline.speech.runtime.errors import BackendError
from warmline.speech.turn.base import TurnDetector
from warmline.speech.types import AudioChunk, EncoderFeatures, Samples, Utterance
from warmline.tts.types import SpokenChunk
from warmline.tts.voice.base import Capabilities, Voice

FAILURES = 3
"""Failed answers in a row after which a replica calls itself ill, whatever its own check says."""


class Health:
    """Whether a replica still answers. Its check runs the model on something known, and what callers met counts, too:
    a replica whose check is fine and whose answers fail must not stay."""

    def __init__(self) -> None:
        self._failed = 0

    def note(self, well: bool) -> None:
        self._failed = 0 if well else self._failed + 1

    def check(self) -> None:
        """Raises BackendError where too much failed."""
        if self._failed >= FAILURES:
            raise BackendError(f"{self._failed} answers in a row failed")


@dataclass(frozen=True, slots=True)
class Listen:
    """One decode: ``hotwords`` and ``quick`` as in :class:`warmline.speech.asr.base.Tunable`."""

    audio: AudioChunk
    hotwords: tuple[str, ...] = ()
    quick: bool = False


class Ears:
    """Recognition, the tags and the end of a turn, together because they share the encoder's output."""

    def __init__(self, recogniser: Recogniser, tagger: Tagger, turn: TurnDetector) -> None:
        self._recogniser, self._tagger, self._turn = recogniser, tagger, turn

    @property
    def reads_features(self) -> bool:
        """Of the turn detector."""
        return self._turn.reads_features

    def decode(self, wanted: Sequence[Listen]) -> list[Hypothesis]:
        """Those that are decoded alike at once, where the recogniser can; their features come in half precision.
        Raises RecognitionError."""
        alike: dict[tuple[tuple[str, ...], bool], list[int]] = {}
        for index, one in enumerate(wanted):
            alike.setdefault((one.hotwords, one.quick), []).append(index)
        found: dict[int, Hypothesis] = {}
        for (hotwords, quick), indices in alike.items():
            decoder = tuned(self._recogniser, hotwords=hotwords or None, quick=quick or None)
            for index, heard in zip(indices, decode_many(decoder, [wanted[i].audio for i in indices]), strict=True):
                found[index] = _lighter(heard)
        return [found[index] for index in range(len(wanted))]

    def tag(self, utterance: Utterance, before: Sequence[tuple[bool, str]]) -> ParalinguisticTags:
        return self._tagger.tag(whole(utterance), before)

    def score(self, audio: Samples, features: EncoderFeatures | None) -> float:
        return self._turn.score(audio, None if features is None else _single(features))

    def check(self) -> None:
        """Decode something known: a second of silence has no words. Raises what the recogniser raises."""
        self._recogniser.decode(AudioChunk(np.zeros(16_000, np.float32)))

    def close(self) -> None:
        for part in (self._recogniser, self._tagger, self._turn):
            part.close()


class Mouth:
    """The voice, a whole segment at once: a clause takes some twenty milliseconds."""

    def __init__(self, voice: Voice) -> None:
        self._voice = voice

    @property
    def capabilities(self) -> Capabilities:
        return self._voice.capabilities

    def speak(self, segment: ReplySegment) -> tuple[SpokenChunk, ...]:
        return tuple(self._voice.speak(segment))

    def check(self) -> None:
        """Speak something short. Raises VoiceError where nothing comes."""
        language = sorted(self._voice.capabilities.languages)[0]
        if not self.speak(ReplySegment(0, 0, "Hello.", NEUTRAL, last=True, language=language)):
            raise BackendError("the voice says nothing")

    def close(self) -> None:
        self._voice.close()


class Meaning:
    """Sentences as vectors, one by one: in eight bits a batch would change its members."""

    def __init__(self, sentences: Embeds) -> None:
        self._sentences = sentences

    def vector(self, text: str) -> Vector:
        return self._sentences.vector(text)

    def check(self) -> None:
        self._sentences.vector("hello")


def ears(settings: Settings) -> Ears:
    """Built and warmed from settings. Raises as wiring does."""
    from warmline.server import wiring

    wiring.use_cache(settings)
    built = Ears(*wiring.hearing(settings))
    built.check()
    return built


def mouth(settings: Settings) -> Mouth:
    """Built from settings. Raises as wiring does."""
    from warmline.server import wiring

    wiring.use_cache(settings)
    return Mouth(wiring.voice(settings))


def meaning(settings: Settings) -> Meaning:
    """Built from the pinned weights. Raises WeightsError."""
    from warmline.server import wiring

    wiring.use_cache(settings)
    return Meaning(shipped_sentences())


def whole(utterance: Utterance) -> Utterance:
    """The utterance as it was before it crossed the wire."""
    return utterance if utterance.features is None else replace(utterance, features=_single(utterance.features))


def light(utterance: Utterance) -> Utterance:
    """The utterance as it crosses the wire."""
    return utterance if utterance.features is None else replace(utterance, features=half(utterance.features))


def half(features: EncoderFeatures) -> EncoderFeatures:
    """In half precision; typed as before, because everything that reads it takes any float."""
    return replace(features, frames=features.frames.astype(np.float16))


def _single(features: EncoderFeatures) -> EncoderFeatures:
    return replace(features, frames=features.frames.astype(np.float32))


def single(hypothesis: Hypothesis) -> Hypothesis:
    """The hypothesis as its recogniser gave it."""
    return hypothesis if hypothesis.features is None else replace(hypothesis, features=_single(hypothesis.features))


def _lighter(hypothesis: Hypothesis) -> Hypothesis:
    return hypothesis if hypothesis.features is None else replace(hypothesis, features=half(hypothesis.features))
