"""A tagger around any audio classifier of Hugging Face transformers: wav2vec2, HuBERT, WavLM, Whisper and the like,
by hub name or path; and the dimensional model of audEERING (arousal, dominance, valence). In torch, in batches.

Its probabilities are those of its makers, cooled by ``temperature`` but not calibrated by us: measure them with
``warmline eval emotion`` before believing them. A dimensional model gives no labels; then none is claimed. Where hardly
anybody spoke it is not asked at all. Extra ``transformers``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray
from scipy import signal

from warmline.emotion.circumplex import place
from warmline.emotion.events.detector import EventDetector
from warmline.emotion.events.pauses import filled_pauses
from warmline.emotion.pitch import analyse
from warmline.emotion.prosody import speech_frames, summarise
from warmline.emotion.tagger.mapping import LabelMap, axes_of, label_map
from warmline.emotion.tagger.transformer_models import Classifier, load
from warmline.emotion.types import LABELS, ParalinguisticTags
from warmline.speech.types import SAMPLE_RATE, AudioChunk, Samples, Utterance, samples_of

LEAST_SPOKEN_S = 0.5
LEAST_VOICED_S = 0.15


@dataclass(frozen=True, slots=True)
class TransformerConfig:
    """``model``: a hub name or a folder; ``revision``: of a hub model (pin it). ``labels``: "theirs=ours" pairs where
    our table does not know the model's labels. ``device``: "auto" takes CUDA where there is one. ``batch``: utterances
    at once in ``tag_many``. ``threshold``: abstain below this probability. ``temperature``: above 1 for less certainty.
    ``sure``: confidence given to a dimensional model's figures, which come without any. ``heard_s``: of a longer turn
    the last part is read. ``sounds``: also hear cries, laughs and coughs."""

    model: str
    revision: str | None = None
    labels: tuple[str, ...] = ()
    device: str = "auto"
    batch: int = 16
    threshold: float = 0.6
    temperature: float = 1.5
    sure: float = 0.5
    heard_s: float = 12.0
    sounds: bool = True

    def __post_init__(self) -> None:
        if self.batch < 1 or self.temperature <= 0.0 or not 0.0 <= self.threshold <= 1.0:
            raise ValueError("batch is at least 1, temperature above 0, threshold a share")
        if not 0.0 <= self.sure <= 1.0 or not 1.0 <= self.heard_s <= 30.0:
            raise ValueError("sure is a share, heard_s lies in 1-30")


@dataclass(frozen=True, slots=True)
class _Heard:
    """What was measured without the model; ``samples`` is None where there is too little to ask it."""

    tags: ParalinguisticTags
    samples: Samples | None


class TransformerTagger:
    """A :class:`~warmline.emotion.tagger.base.Tagger`. Raises MissingExtra, MissingWeights (no such model),
    BackendError (a device that does not work, a model of another kind) and SettingsError (labels) when built."""

    def __init__(self, config: TransformerConfig) -> None:
        self._config = config
        self._model: Classifier = load(config.model, config.revision, config.device)
        self._axes = axes_of(self._model.labels)
        self._map: LabelMap | None = None if self._axes else label_map(self._model.labels, config.labels)
        self._events = EventDetector(config.sounds)
        self._source = f"transformer/{config.model.rstrip('/').rpartition('/')[2]}"

    def tag(self, utterance: Utterance, before: Sequence[tuple[bool, str]] = ()) -> ParalinguisticTags:
        return self.tag_many([utterance])[0]

    def tag_many(self, utterances: Sequence[Utterance]) -> list[ParalinguisticTags]:
        """Many at once, in batches of like length; the same tags as one by one."""
        heard = [self._hear(utterance) for utterance in utterances]
        asked = sorted(
            (at for at, item in enumerate(heard) if item.samples is not None), key=lambda at: _length(heard[at])
        )
        found = [item.tags for item in heard]
        for start in range(0, len(asked), self._config.batch):
            places = asked[start : start + self._config.batch]
            waves = [samples for at in places if (samples := heard[at].samples) is not None]
            for at, scores in zip(places, self._model.scores(waves), strict=True):
                found[at] = self._read(found[at], scores)
        return found

    def close(self) -> None:
        """Let the model go, and its memory on the device."""
        self._model.close()

    def _hear(self, utterance: Utterance) -> _Heard:
        samples = _at_stream_rate(utterance.audio)
        skipped = max(0, len(samples) - samples_of(self._config.heard_s))
        samples, start = samples[skipped:], utterance.audio.start + skipped
        span = (utterance.audio.start, utterance.audio.end)
        frames = analyse(samples)
        if not len(frames.energy_db):
            return _Heard(replace(ParalinguisticTags.unknown(span), events=filled_pauses(utterance.words)), None)
        spoken = speech_frames(
            frames, [(first - start, last - start) for first, last in utterance.speech if last > start]
        )
        events = self._events.detect_in(samples, frames, spoken, start, utterance.words)
        tags = replace(ParalinguisticTags.unknown(span), events=events, prosody=summarise(frames, spoken))
        spoken_s, voiced_s = float(spoken.sum()) / 100.0, float((frames.voiced & spoken).sum()) / 100.0
        enough = spoken_s >= LEAST_SPOKEN_S and voiced_s >= LEAST_VOICED_S
        return _Heard(tags, np.nan_to_num(samples, nan=0.0, posinf=0.0, neginf=0.0) if enough else None)

    def _read(self, tags: ParalinguisticTags, scores: NDArray[np.float64]) -> ParalinguisticTags:
        """``scores``: what the model gave for this utterance; odd figures claim nothing."""
        if not np.isfinite(scores).all():
            return tags
        tags = replace(tags, source=self._source)
        if self._axes is not None or self._map is None:
            valence, arousal, dominance = (float(np.clip(2.0 * scores[at] - 1.0, -1.0, 1.0)) for at in self._axes or ())
            return replace(tags, valence=valence, arousal=arousal, dominance=dominance, confidence=self._config.sure)
        shares = self._map.shares(_softmax(scores / self._config.temperature))
        labels: Mapping[str, float] = MappingProxyType(
            {label: float(share) for label, share in zip(LABELS, shares, strict=True)}
        )
        at, top = place(labels), max(labels, key=lambda label: labels[label])
        return replace(
            tags,
            valence=at.valence,
            arousal=at.arousal,
            dominance=at.dominance,
            labels=labels,
            confidence=labels[top],
            label=top if labels[top] >= self._config.threshold else None,
        )


def _length(heard: _Heard) -> int:
    return len(heard.samples) if heard.samples is not None else 0


def _softmax(scores: NDArray[np.float64]) -> NDArray[np.float64]:
    raised = np.exp(scores - scores.max())
    return np.asarray(raised / raised.sum(), np.float64)


def _at_stream_rate(audio: AudioChunk) -> Samples:
    if audio.sample_rate == SAMPLE_RATE or not len(audio.samples):
        return audio.samples
    divisor = int(np.gcd(audio.sample_rate, SAMPLE_RATE))
    return signal.resample_poly(audio.samples, SAMPLE_RATE // divisor, audio.sample_rate // divisor).astype(np.float32)
