"""A pyannote.audio pipeline: who speaks when in a recording, and voiceprints in a call.

The pipeline is a folder (``config.yaml`` with its models beside it) or ``hub:owner/name@revision``, such as
pyannote/speaker-diarization-community-1. Its checkpoints are pickles: take them only from whom you trust. Source:
Plaquet and Bredin, "Powerset multi-class cross entropy loss for neural speaker diarization" (2023).

The package reports use of its pipelines over the network unless told otherwise; here it is always told otherwise.
"""

from __future__ import annotations

import math
import threading
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np

from warmline.speech.diarize.base import NOBODY, Likeness, Span, Voiceprint, cosine, unit
from warmline.speech.diarize.spans import cut
from warmline.speech.diarize.voiced import voiced
from warmline.speech.runtime import weights
from warmline.speech.runtime.errors import BackendError, CorruptWeights, MissingExtra, MissingWeights
from warmline.speech.types import SAMPLE_RATE, AudioChunk, Samples, samples_of

LONGEST: Final = samples_of(10.0)
SHORTEST: Final = samples_of(0.1)


@dataclass(frozen=True, slots=True)
class PyannoteConfig:
    """``model``: a folder, or hub:owner/name@revision. ``device``: such as cpu or cuda:0. ``least_s``: voice needed
    for a print. ``even`` and ``slope``: the cosine at which two prints are as likely one person as two, and how quickly
    that changes; they depend on the pipeline's embedding: measure with ``warmline eval speakers``. ``most``: speakers
    in a recording at most, 0 for as many as are found."""

    model: str
    device: str = "cpu"
    least_s: float = 0.8
    even: float = 0.5
    slope: float = 15.0
    most: int = 0

    def __post_init__(self) -> None:
        if self.most < 0 or self.least_s <= 0.0 or self.slope <= 0.0:
            raise ValueError("most is at least 0; least_s and slope are above 0")


class PyannoteDiariser:
    """Raises MissingExtra, MissingWeights, CorruptWeights, BackendError when built."""

    def __init__(self, config: PyannoteConfig) -> None:
        self._config = config
        self._torch, pipeline = _libraries()
        folder = weights.locate("diarize.model", config.model).folder
        self._pipeline = _loaded(pipeline, folder)
        try:
            self._pipeline.to(self._torch.device(config.device))
        except (RuntimeError, AssertionError) as error:  # torch without CUDA asserts
            raise BackendError(f"diarize.device {config.device!r} does not work here: {error}") from error
        # The pipeline's own embedding model: loading it a second time by its public name would double the memory.
        self._embedding: Any = self._pipeline._embedding
        self._encoder = f"pyannote:{folder.name}"
        self._lock = threading.Lock()

    def voiceprint(self, audio: Samples) -> Voiceprint | None:
        voice = voiced(audio)[:LONGEST]
        seconds_s = len(voice) / SAMPLE_RATE
        if seconds_s < self._config.least_s or len(voice) < self._embedding.min_num_samples:
            return None
        with self._lock, warnings.catch_warnings():
            warnings.simplefilter("ignore")
            found = np.asarray(self._embedding(self._tensor(voice)[None]))[0]
        if not np.isfinite(found).all():
            return None
        return Voiceprint(unit(found.astype(np.float32)), seconds_s, self._encoder)

    def likeness(self, one: Voiceprint, other: Voiceprint) -> Likeness:
        score = cosine(one, other)
        return Likeness(score, 1.0 / (1.0 + math.exp(-self._config.slope * (score - self._config.even))))

    def labels(self, audio: AudioChunk, spans: Sequence[Span]) -> tuple[int, ...]:
        """Who speaks longest in each span, by the pipeline's own turns."""
        whole = cut(audio, (audio.start, audio.end))
        if not spans or len(whole) < SHORTEST:
            return (NOBODY,) * len(spans)
        turns = self._turns(whole, audio.start)
        named = [_longest(turns, span) for span in spans]
        order: dict[str, int] = {}
        return tuple(NOBODY if name is None else order.setdefault(name, len(order)) for name in named)

    def close(self) -> None:
        """Let the models go."""
        self._pipeline = self._embedding = None

    def _turns(self, samples: Samples, start: int) -> list[tuple[int, int, str]]:
        """The pipeline's turns without overlap, as start and end on the stream clock, and a name."""
        file = {"waveform": self._tensor(samples), "sample_rate": SAMPLE_RATE, "uri": "recording"}
        most = {"max_speakers": self._config.most} if self._config.most else {}
        with self._lock, warnings.catch_warnings():
            warnings.simplefilter("ignore")
            try:
                found = self._pipeline(file, **most)
            except RuntimeError as error:
                raise BackendError(f"the diarisation pipeline failed: {error}") from error
        exclusive = found.exclusive_speaker_diarization
        return [
            (start + samples_of(turn.start), start + samples_of(turn.end), str(name))
            for turn, _, name in exclusive.itertracks(yield_label=True)
        ]

    def _tensor(self, samples: Samples) -> Any:
        return self._torch.from_numpy(np.array(samples[None], np.float32))


def _longest(turns: Sequence[tuple[int, int, str]], span: Span) -> str | None:
    """Who has most of the span; None where nobody speaks in it."""
    shares: dict[str, int] = {}
    for start, end, name in turns:
        both = min(end, span[1]) - max(start, span[0])
        if both > 0:
            shares[name] = shares.get(name, 0) + both
    return max(shares, key=lambda name: shares[name], default=None)


def _libraries() -> tuple[Any, Any]:
    """torch, and the class of pipelines, with its reports over the network off."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            import torch
            from pyannote.audio import Pipeline
            from pyannote.audio.telemetry import set_telemetry_metrics
    except ModuleNotFoundError as error:
        raise MissingExtra(
            f"the diarize backend 'pyannote' needs the package {error.name!r}: pip install \"warmline[diarize]\""
        ) from error
    except (ImportError, OSError) as error:  # torchaudio built for another torch fails to load its library
        first = (str(error).splitlines() or [type(error).__name__])[0]
        raise BackendError(
            f"pyannote.audio is installed and does not load ({first}): install matching torch"
        ) from error
    set_telemetry_metrics(False)
    return torch, Pipeline


def _loaded(pipeline: Any, folder: Path) -> Any:
    if not (folder / "config.yaml").is_file():
        raise MissingWeights(f"{folder} is no pyannote pipeline: it has no config.yaml; correct diarize.model")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            made = pipeline.from_pretrained(folder)
    except Exception as error:  # whatever a damaged checkpoint raises
        reason = " ".join(str(error).split())[:200]
        raise CorruptWeights(
            f"{folder} cannot be loaded as a pyannote pipeline ({reason}): correct diarize.model"
        ) from error
    if made is None or not hasattr(made, "_embedding"):
        raise CorruptWeights(f"{folder} is no pipeline for speaker diarisation: correct diarize.model")
    return made
