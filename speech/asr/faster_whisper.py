"""Whisper on CTranslate2, the engine of faster-whisper, through windows shorter than the 30 s it was trained on.

Audio is padded with silence to the next of a few window lengths and encoded once; the encoder's output feeds the
decoder and is kept for the emotion head. Where a guard finds the text suspicious, the next longer windows look again,
the 30 s one last. No text of an earlier window is ever put before the decoder, so that an error cannot feed itself.

Measured and left out: words already known cannot be given to this decoder cheaply, because CTranslate2 steps through
a forced prefix one token at a time (a whole prefix costs as much as decoding it).
Source: Radford et al., "Robust Speech Recognition via Large-Scale Weak Supervision" (2022).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from warmline.speech.asr import guards, windows
from warmline.speech.asr.base import Hypothesis
from warmline.speech.asr.guards import Draft, Guard, Voice
from warmline.speech.asr.joining import joined
from warmline.speech.audio.mel import HOP, log_mel
from warmline.speech.runtime import weights
from warmline.speech.runtime.cancel import CancelFlag
from warmline.speech.runtime.errors import CorruptWeights, RecognitionError, SettingsError
from warmline.speech.types import SAMPLE_RATE, AudioChunk, EncoderFeatures, Samples, samples_of, seconds_of
from warmline.speech.vad.base import FRAME
from warmline.speech.vad.silero import SileroConfig, SileroVad

WINDOWS_S: Final = (10.0, 12.0, 15.0, 20.0, 30.0)
"""Window lengths in seconds. Shorter ones than 10 s loop so often that looking again eats what they save (tiny.en, 24
clips and 102 beginnings of them: 8 s saves 2%, 6 s loses 1%); so does less room after the audio than ``_ROOM``."""

SHORTEST = samples_of(0.1)
LONGEST = samples_of(29.0)
_LOOK_AGAIN_S = (15.0, 30.0)
_ROOM = samples_of(1.0)
_ENCODER_STEP = 2 * HOP


@dataclass(frozen=True, slots=True)
class FasterWhisperConfig:
    """``model``: a name from ``warmline weights list``, a folder in CTranslate2's format, or hub:owner/name@revision.
    ``language``: ISO code, or "auto" to let a multilingual model listen for it. ``threads``: cores it may use.
    ``shortest_s``: the shortest window; 30 is Whisper as published. ``check_voice``: ask Silero VAD about doubtful
    texts, because Whisper alone hears "thank you" in a sneeze."""

    model: str = "whisper-tiny.en"
    language: str = "en"
    threads: int = 2
    compute_type: str = "int8"
    shortest_s: float = 10.0
    check_voice: bool = True


class FasterWhisper:
    """Raises MissingWeights, CorruptWeights, SettingsError when built."""

    def __init__(self, config: FasterWhisperConfig) -> None:
        self._engine = _Engine(config)
        self._windows = [samples_of(length) for length in WINDOWS_S if length >= config.shortest_s]
        self._vad = SileroVad(SileroConfig()) if config.check_voice else None
        if not self._windows:
            raise SettingsError(f"asr.shortest_s must be at most 30, not {config.shortest_s}")

    def decode(self, audio: AudioChunk, cancel: CancelFlag | None = None) -> Hypothesis:
        if audio.sample_rate != SAMPLE_RATE:
            raise RecognitionError(f"recognition takes audio at {SAMPLE_RATE} Hz, not {audio.sample_rate}: resample it")
        ends = windows.cuts(audio.samples, LONGEST)
        starts = (0, *ends[:-1])
        pieces = [
            self._window(AudioChunk(audio.samples[start:end], start=audio.start + start), cancel)
            for start, end in zip(starts, ends, strict=True)
        ]
        return joined(pieces)

    def close(self) -> None:
        self._engine.close()

    def _window(self, audio: AudioChunk, cancel: CancelFlag | None) -> Hypothesis:
        """One hypothesis for audio that fits the longest window."""
        if len(audio.samples) < SHORTEST:
            return Hypothesis("", language=self._engine.language, confidence=0.0, rejected=Guard.TOO_SHORT)
        if guards.is_silent(float(np.abs(audio.samples).max())):
            return Hypothesis("", language=self._engine.language, confidence=0.0, rejected=Guard.SILENCE)
        first = next(
            length for length in self._windows if len(audio.samples) + _ROOM <= length or length == self._windows[-1]
        )
        again = [samples_of(length) for length in _LOOK_AGAIN_S if samples_of(length) > first]
        features: EncoderFeatures | None = None
        for length in (first, *again):
            draft, language, frames = self._engine.run(audio.samples, length, cancel)
            features = features or EncoderFeatures(frames, self._engine.name, audio.start)
            if not guards.suspicion(draft):
                break
        rejected = guards.verdict(draft, self._voice(audio.samples) if guards.doubtful(draft) else None)
        confidence = math.exp(min(0.0, draft.log_prob))
        if rejected is not None:
            return Hypothesis("", language=language, confidence=confidence, features=features, rejected=rejected)
        words = windows.timed(draft.text.split(), audio, confidence)
        return Hypothesis(draft.text, words, language, confidence, features)

    def _voice(self, samples: Samples) -> Voice | None:
        if self._vad is None:
            return None
        return Voice.of(self._vad.scores(samples).tolist(), seconds_of(FRAME))


class _Engine:
    """The model and its tokens: one encoder pass and one decoder pass over one padded window."""

    def __init__(self, config: FasterWhisperConfig) -> None:
        import ctranslate2
        import tokenizers

        self._view = ctranslate2.StorageView.from_array
        folder, self.name = model_folder(config.model)
        try:
            self._model: Any = ctranslate2.models.Whisper(
                str(folder), device="cpu", compute_type=config.compute_type, intra_threads=config.threads
            )
            self._tokenizer: Any = tokenizers.Tokenizer.from_file(str(folder / "tokenizer.json"))
        except ValueError as error:
            raise SettingsError(f"asr.compute_type {config.compute_type!r} does not work here: {error}") from error
        except Exception as error:
            raise CorruptWeights(
                f"{folder} cannot be loaded as a CTranslate2 Whisper model ({error}): correct asr.model, "
                "or take the pinned weights with: warmline weights fetch"
            ) from error
        self.language = config.language
        if not self._model.is_multilingual and config.language not in {"en", "auto"}:
            raise SettingsError(
                f"{config.model} knows English only: set asr.language to en, or asr.model to whisper-base"
            )
        if self._model.is_multilingual and config.language != "auto":
            self._token(f"<|{config.language}|>")

    def run(self, samples: Samples, length: int, cancel: CancelFlag | None) -> tuple[Draft, str, NDArray[np.float32]]:
        """The draft, its language, and the encoder's frames float32[T, D] of the audio without its padding."""
        if cancel is not None:
            cancel.check()
        try:
            encoded = self._model.encode(self._view(log_mel(_long_enough(samples), length // HOP)[None]))
            if cancel is not None:
                cancel.check()
            language = self._language(encoded)
            draft = self._decoded(encoded, language, seconds_of(len(samples)))
        except RuntimeError as error:
            raise RecognitionError(
                f"recognition failed ({error}): check the weights with: warmline weights verify"
            ) from error
        frames = np.asarray(encoded)[0, : -(-len(samples) // _ENCODER_STEP)]
        return draft, language, np.array(frames, dtype=np.float32)

    def close(self) -> None:
        self._model.unload_model()

    def _decoded(self, encoded: Any, language: str, duration_s: float) -> Draft:
        cap = guards.token_cap(duration_s)
        result = self._model.generate(
            encoded,
            [self._prompt(language)],
            beam_size=1,
            max_length=2 * cap,  # CTranslate2 stops at half of this
            return_scores=True,
            return_no_speech_prob=True,
        )[0]
        tokens = result.sequences_ids[0]
        text = self._tokenizer.decode(tokens).strip()
        return Draft(text, result.scores[0], result.no_speech_prob, capped=len(tokens) >= cap)

    def _prompt(self, language: str) -> list[int]:
        names = ["<|startoftranscript|>"]
        if self._model.is_multilingual:
            names += [f"<|{language}|>", "<|transcribe|>"]
        return [self._token(name) for name in (*names, "<|notimestamps|>")]

    def _language(self, encoded: Any) -> str:
        if not self._model.is_multilingual:
            return "en"
        if self.language != "auto":
            return self.language
        best, _ = self._model.detect_language(encoded)[0][0]
        return str(best).strip("<|>")

    def _token(self, name: str) -> int:
        token = self._tokenizer.token_to_id(name)
        if token is None:
            raise SettingsError(
                f"{self.name} does not know {name}: set asr.language to an ISO code such as en, or auto"
            )
        return int(token)


def model_folder(model: str) -> tuple[Path, str]:
    """The model's folder, and the name of its encoder."""
    if any(row.name == model for row in weights.TABLE):
        return weights.locate(model).folder, model
    return weights.locate("asr.model", model).folder, Path(model.partition("@")[0]).name


def _long_enough(samples: Samples) -> Samples:
    """The spectrogram mirrors 200 samples at the start."""
    return samples if len(samples) >= SHORTEST else np.pad(samples, (0, SHORTEST - len(samples)))
