"""Recognisers of the transformers library, on torch: Whisper, and CTC models such as wav2vec2, by hub name or folder.

For models that nobody has converted to CTranslate2, and for a GPU that torch already owns. Long audio is cut in its
pauses; its windows, and those of several calls, are read in batches. The guards are those of every recogniser;
Whisper's windows are the model's full 30 s. A CTC model knows no "no speech": a voice activity detector answers for it.
It takes no hot words.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from warmline.speech.asr import guards, windows
from warmline.speech.asr.base import Hypothesis
from warmline.speech.asr.guards import Guard, Voice
from warmline.speech.asr.joining import joined
from warmline.speech.asr.transformers_models import CtcModel, Model, Reading, WhisperModel
from warmline.speech.runtime import weights
from warmline.speech.runtime.cancel import CancelFlag
from warmline.speech.runtime.errors import CorruptWeights, MissingExtra, MissingWeights, RecognitionError
from warmline.speech.types import SAMPLE_RATE, AudioChunk, Samples, samples_of, seconds_of
from warmline.speech.vad.base import FRAME
from warmline.speech.vad.silero import SileroConfig, SileroVad

SHORTEST = samples_of(0.1)


@dataclass(frozen=True, slots=True)
class TransformersConfig:
    """``model``: a hub name (owner/name), a folder as ``save_pretrained`` writes it, or hub:owner/name@revision, which
    alone pins the bytes. ``revision``: of a hub name. ``language``: ISO code, for multilingual Whisper. ``device``:
    as torch calls it, such as cuda:0. ``dtype``: float16 or bfloat16 halve the memory on a GPU. ``batch``: windows of
    Whisper that are read at once. ``check_voice``: ask Silero VAD about doubtful texts."""

    model: str
    revision: str = "main"
    language: str = "en"
    device: str = "cpu"
    dtype: Literal["float32", "float16", "bfloat16"] = "float32"
    threads: int = 2
    batch: int = 8
    check_voice: bool = True

    def __post_init__(self) -> None:
        if not 1 <= self.batch <= 64:
            raise ValueError(f"batch is from 1 to 64, not {self.batch}")


class Transformers:
    """Raises MissingExtra, MissingWeights, CorruptWeights, SettingsError when built."""

    def __init__(self, config: TransformersConfig) -> None:
        torch, transformers = _libraries()
        torch.set_num_threads(config.threads)
        transformers.utils.logging.disable_progress_bar()
        self._language, self._batch = config.language, config.batch
        self._vad = SileroVad(SileroConfig()) if config.check_voice else None
        self._model: Model | None = _loaded(torch, transformers, config)

    def decode(self, audio: AudioChunk, cancel: CancelFlag | None = None) -> Hypothesis:
        return self.decode_many([audio], cancel)[0]

    def decode_many(self, audios: Sequence[AudioChunk], cancel: CancelFlag | None = None) -> list[Hypothesis]:
        """The windows of all of them in batches of ``batch``."""
        pieces = [_pieces(audio) for audio in audios]
        flat = [piece for own in pieces for piece in own]
        rejected = [guards.unheard(piece.samples, SHORTEST) for piece in flat]
        worth = [piece for piece, reason in zip(flat, rejected, strict=True) if reason is None]
        readings = iter(
            [
                reading
                for at in range(0, len(worth), self._batch)
                for reading in self._read(worth[at : at + self._batch], cancel)
            ]
        )
        found = iter(
            [
                self._judged(piece, next(readings)) if reason is None else self._nothing(reason)
                for piece, reason in zip(flat, rejected, strict=True)
            ]
        )
        return [joined([next(found) for _ in own]) for own in pieces]

    def close(self) -> None:
        """Let the weights go."""
        self._model = None

    def _read(self, pieces: Sequence[AudioChunk], cancel: CancelFlag | None) -> list[Reading]:
        if cancel is not None:
            cancel.check()
        if self._model is None:
            raise RecognitionError("this recogniser is closed: build another one")
        try:
            return self._model.read(pieces, cancel)
        except (RuntimeError, ValueError, IndexError) as error:
            raise RecognitionError(f"recognition failed ({error}): check that asr.model is a whole model") from error

    def _judged(self, audio: AudioChunk, found: Reading) -> Hypothesis:
        draft, words = found.draft, found.words
        voice = self._voice(audio.samples) if guards.doubtful(draft) else None
        if guards.suspicion(draft) and guards.is_certain(voice):
            draft, words = guards.once(draft), None
        reason: Guard | None = guards.verdict(draft, voice)
        confidence = math.exp(min(0.0, draft.log_prob))
        if reason is not None:
            return Hypothesis("", (), self._language, confidence, found.features, reason)
        text = " ".join(draft.text.split())
        timed = words if words is not None else windows.timed(text.split(), audio, confidence)
        return Hypothesis(text, timed, self._language, confidence, found.features)

    def _nothing(self, reason: Guard) -> Hypothesis:
        return Hypothesis("", language=self._language, confidence=0.0, rejected=reason)

    def _voice(self, samples: Samples) -> Voice | None:
        return None if self._vad is None else Voice.of(self._vad.scores(samples).tolist(), seconds_of(FRAME))


def _pieces(audio: AudioChunk) -> list[AudioChunk]:
    """The audio in windows' lengths. Raises RecognitionError for another rate."""
    if audio.sample_rate != SAMPLE_RATE:
        raise RecognitionError(f"recognition takes audio at {SAMPLE_RATE} Hz, not {audio.sample_rate}: resample it")
    ends = windows.cuts(audio.samples)
    return [
        AudioChunk(audio.samples[start:end], start=audio.start + start)
        for start, end in zip((0, *ends[:-1]), ends, strict=True)
    ]


def _libraries() -> tuple[Any, Any]:
    try:
        import torch
        import transformers
    except ModuleNotFoundError as error:
        raise MissingExtra(
            f"the asr backend 'transformers' needs the package {error.name!r}: pip install \"warmline[transformers]\""
        ) from error
    return torch, transformers


def _loaded(torch: Any, transformers: Any, config: TransformersConfig) -> Model:
    place, options = _place(config)
    try:
        kind = transformers.AutoConfig.from_pretrained(place, **options)
        tokenizer = transformers.AutoTokenizer.from_pretrained(place, **options)
        whisper = kind.model_type == "whisper"
        family = transformers.WhisperForConditionalGeneration if whisper else transformers.AutoModelForCTC
        model = family.from_pretrained(place, dtype=getattr(torch, config.dtype), **options).to(config.device).eval()
        if whisper:
            name = Path(config.model.partition("@")[0]).name
            return WhisperModel(torch, model, tokenizer, name, config.language)
        extractor = transformers.AutoFeatureExtractor.from_pretrained(place, **options)
    except OSError as error:
        raise MissingWeights(
            f"asr.model {config.model!r} cannot be loaded: give a folder, or a hub name that can be reached from here "
            f"({str(error).splitlines()[0]})"
        ) from error
    except (ValueError, KeyError, RuntimeError) as error:
        raise CorruptWeights(
            f"asr.model {config.model!r} is no Whisper or CTC model that this device can run "
            f"({str(error).splitlines()[0]}): correct asr.model, asr.device or asr.dtype"
        ) from error
    return CtcModel(torch, model, tokenizer, extractor)


def _place(config: TransformersConfig) -> tuple[str, dict[str, str]]:
    """What from_pretrained is given: a folder, or a hub name (one slash, nothing there on disk) with its revision."""
    path = Path(config.model).expanduser()
    if not path.exists() and config.model.count("/") == 1 and not config.model.startswith(("hub:", ".", "~", "/")):
        return config.model, {"revision": config.revision}
    return str(weights.locate("asr.model", config.model).folder), {}
