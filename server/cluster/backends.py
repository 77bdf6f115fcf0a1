"""The stages of a cluster as backends: ``asr.backend=cluster`` and so on. Each asks its deployment and waits.

They block as every backend does, on a worker thread. What nobody answers raises the kind's own error, which a call
already knows how to meet: an apology, the spare voice, a turn without tags.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from warmline.dialogue.memory.items import Vector
from warmline.dialogue.memory.sentences import Embeds
from warmline.dialogue.types import ReplySegment
from warmline.emotion.types import ParalinguisticTags
from warmline.server.cluster.asking import Asking, Patience
from warmline.server.cluster.stages import Listen, half, light, single
from warmline.speech.asr.base import Hypothesis
from warmline.speech.runtime.cancel import CancelFlag
from warmline.speech.runtime.errors import BackendError, RecognitionError, VoiceError
from warmline.speech.runtime.registry import Backend
from warmline.speech.types import AudioChunk, EncoderFeatures, Samples, Utterance
from warmline.tts.types import SpokenChunk
from warmline.tts.voice.base import Capabilities

EARS, MOUTH, MEANING = "ears", "mouth", "meaning"

UNDECIDED = 0.5
"""The score of a pause that nobody scored."""


@dataclass(frozen=True, slots=True)
class ClusterConfig:
    """``address``: of the Ray cluster, "auto" for the one on this machine. ``budget_s``: when to give up on an answer.
    ``slow_s``: after this long a second replica is asked, too."""

    address: str = "auto"
    budget_s: float = 6.0
    slow_s: float = 1.0

    def __post_init__(self) -> None:
        if not 0.0 < self.slow_s <= self.budget_s:
            raise ValueError("slow_s is above 0 and at most budget_s")


def _asking(what: str, config: ClusterConfig) -> Asking:
    from warmline.server.cluster.handle import handle

    return Asking(what, handle(what, config.address), Patience(budget_s=config.budget_s, slow_s=config.slow_s))


@dataclass(frozen=True, slots=True)
class ClusterRecogniser:
    """Recognition by the deployment "ears"."""

    asking: Asking
    hotwords: tuple[str, ...] = ()
    quick: bool = False

    def decode(self, audio: AudioChunk, cancel: CancelFlag | None = None) -> Hypothesis:
        try:
            found = self.asking.answer("decode", Listen(audio, self.hotwords, self.quick), cancel=cancel)
        except BackendError as error:
            raise RecognitionError(str(error)) from error
        if not isinstance(found, Hypothesis):
            raise RecognitionError("the cluster's ears answered something that is no hypothesis")
        return single(found)

    def tuned(self, *, hotwords: tuple[str, ...] | None = None, quick: bool | None = None) -> ClusterRecogniser:
        return replace(
            self,
            hotwords=self.hotwords if hotwords is None else hotwords,
            quick=self.quick if quick is None else quick,
        )

    def close(self) -> None:
        """The deployment lives on."""


@dataclass(frozen=True, slots=True)
class ClusterTagger:
    """The tags by the deployment "ears". Where nobody answers there are no tags, as on odd audio: a tagger never
    raises."""

    asking: Asking

    def tag(self, utterance: Utterance, before: Sequence[tuple[bool, str]] = ()) -> ParalinguisticTags:
        try:
            found = self.asking.answer("tag", light(utterance), tuple(before))
        except BackendError:
            found = None
        if isinstance(found, ParalinguisticTags):
            return found
        return ParalinguisticTags.unknown((utterance.audio.start, utterance.audio.end))

    def close(self) -> None:
        """The deployment lives on."""


class ClusterTurn:
    """The end of a turn by the deployment "ears". Where nobody answers the score is undecided."""

    def __init__(self, asking: Asking) -> None:
        self._asking = asking
        self._reads_features = bool(self._asking.answer("reads_features"))

    @property
    def reads_features(self) -> bool:
        return self._reads_features

    def score(self, audio: Samples, features: EncoderFeatures | None = None) -> float:
        try:
            found = self._asking.answer("score", audio, None if features is None else half(features))
        except BackendError:
            return UNDECIDED
        return min(1.0, max(0.0, float(found)))

    def close(self) -> None:
        """The deployment lives on."""


class ClusterVoice:
    """The voice by the deployment "mouth". Raises BackendError when built where nobody answers."""

    def __init__(self, asking: Asking) -> None:
        self._asking = asking
        self._capabilities: Capabilities = self._asking.answer("capabilities")

    @property
    def capabilities(self) -> Capabilities:
        return self._capabilities

    def speak(self, segment: ReplySegment, cancel: CancelFlag | None = None) -> Iterator[SpokenChunk]:
        try:
            yield from self._asking.answer("speak", segment, cancel=cancel)
        except BackendError as error:
            raise VoiceError(str(error)) from error

    def close(self) -> None:
        """The deployment lives on."""


@dataclass(frozen=True, slots=True)
class ClusterMeaning:
    """Sentences as vectors by the deployment "meaning"; where nobody answers, by ``spare``: whoever remembers never
    raises in a call."""

    asking: Asking = field(repr=False)
    spare: Callable[[], Embeds]

    def vector(self, text: str) -> Vector:
        try:
            found: Vector = self.asking.answer("vector", text)
        except BackendError:
            return self.spare().vector(text)
        return found


def recogniser(config: ClusterConfig) -> ClusterRecogniser:
    """Raises MissingExtra, BackendError where there is no cluster; so do the others."""
    return ClusterRecogniser(_asking(EARS, config))


def tagger(config: ClusterConfig) -> ClusterTagger:
    return ClusterTagger(_asking(EARS, config))


def turn(config: ClusterConfig) -> ClusterTurn:
    return ClusterTurn(_asking(EARS, config))


def voice(config: ClusterConfig) -> ClusterVoice:
    return ClusterVoice(_asking(MOUTH, config))


def meaning(config: ClusterConfig, spare: Callable[[], Embeds]) -> ClusterMeaning:
    return ClusterMeaning(_asking(MEANING, config), spare)


def _row(what: str, target: str) -> Backend:
    place = "warmline.server.cluster.backends"
    return Backend(
        "cluster", f"{place}:{target}", f"{place}:ClusterConfig", f"{what} of a Ray cluster", extra="cluster"
    )


ASR = _row("recognition", "recogniser")
TAGGER = _row("the tags", "tagger")
TURN = _row("the end of a turn", "turn")
VOICE = _row("the voice", "voice")
