"""One pass of Whisper over one padded window, on CTranslate2: the model, its tokens, its prompt.

It knows nothing about guards, long audio or streams; every number it gives is the model's own.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from warmline.speech.asr import alignment, guards
from warmline.speech.asr.alignment import Alignment
from warmline.speech.asr.guards import Draft
from warmline.speech.audio.mel import HOP, log_mel
from warmline.speech.runtime import weights
from warmline.speech.runtime.cancel import CancelFlag
from warmline.speech.runtime.errors import CorruptWeights, RecognitionError, SettingsError
from warmline.speech.types import AudioChunk, Samples, Word, samples_of, seconds_of

SHORTEST = samples_of(0.1)
"""Audio under this is padded before its spectrogram is made."""

_ENCODER_STEP = 2 * HOP


@dataclass(frozen=True, slots=True)
class Pass:
    """What one pass gave. ``frames``: the encoder's output float32[T, D] of the audio without its padding, 50 a second.
    ``encoded``: the same with padding, as CTranslate2 keeps it; ``tokens`` of the text."""

    draft: Draft
    language: str
    frames: NDArray[np.float32]
    tokens: tuple[int, ...] = ()
    encoded: Any = field(default=None, repr=False)


class Engine:
    """A loaded model. ``model``: a name of the weights table, a folder, or hub:...; ``language``: ISO code or "auto".

    Raises MissingWeights, CorruptWeights, SettingsError when built."""

    def __init__(self, model: str, language: str, threads: int, compute_type: str) -> None:
        import ctranslate2
        import tokenizers

        self._view = ctranslate2.StorageView.from_array
        folder, self.name = model_folder(model)
        try:
            self._model: Any = ctranslate2.models.Whisper(
                str(folder), device="cpu", compute_type=compute_type, intra_threads=threads
            )
            self._tokenizer: Any = tokenizers.Tokenizer.from_file(str(folder / "tokenizer.json"))
        except ValueError as error:
            raise SettingsError(f"asr.compute_type {compute_type!r} does not work here: {error}") from error
        except Exception as error:
            raise CorruptWeights(
                f"{folder} cannot be loaded as a CTranslate2 Whisper model ({error}): correct asr.model, "
                "or take the pinned weights with: warmline weights fetch"
            ) from error
        self.language = language
        if not self._model.is_multilingual and language not in {"en", "auto"}:
            raise SettingsError(f"{model} knows English only: set asr.language to en, or asr.model to whisper-base")
        if self._model.is_multilingual and language != "auto":
            self._token(f"<|{language}|>")

    def run(self, samples: Samples, length: int, cancel: CancelFlag | None = None) -> Pass:
        """Encode float32[n] at 16 kHz padded to ``length`` samples, and decode it greedily.

        Raises RecognitionError, and Cancelled before the encoder and before the decoder."""
        if cancel is not None:
            cancel.check()
        try:
            encoded = self._model.encode(self._view(log_mel(_long_enough(samples), length // HOP)[None]))
            if cancel is not None:
                cancel.check()
            language = self._language(encoded)
            draft, tokens = self._decoded(encoded, language, seconds_of(len(samples)))
        except RuntimeError as error:
            raise RecognitionError(
                f"recognition failed ({error}): check the weights with: warmline weights verify"
            ) from error
        frames = np.asarray(encoded)[0, : -(-len(samples) // _ENCODER_STEP)]
        return Pass(draft, language, np.array(frames, dtype=np.float32), tokens, encoded)

    def align(self, heard: Pass, samples: Samples) -> Alignment:
        """Where in the audio of this pass its tokens were heard; a seventh of the cost of the pass."""
        prompt = self._prompt(heard.language)[:-1]
        found = self._model.align(heard.encoded, prompt, [list(heard.tokens)], max(1, len(samples) // HOP))[0]
        frames = -(-len(samples) // _ENCODER_STEP)
        return alignment.alignment(found.alignments, found.text_token_probs, frames)

    def words(self, heard: Pass, found: Alignment, audio: AudioChunk) -> tuple[Word, ...] | None:
        """The words with times and confidences; None where the tokens do not fit the text."""
        spans = alignment.groups([self._tokenizer.id_to_token(token) for token in heard.tokens])
        return alignment.aligned(heard.draft.text.split(), spans, found, audio)

    def first(self, heard: Pass, tokens: int) -> Pass:
        """The pass as if it had ended after so many tokens."""
        kept = heard.tokens[:tokens]
        text = self._tokenizer.decode(list(kept)).strip()
        return replace(heard, draft=replace(heard.draft, text=text), tokens=kept)

    def close(self) -> None:
        """Free the weights."""
        self._model.unload_model()

    def _decoded(self, encoded: Any, language: str, duration_s: float) -> tuple[Draft, tuple[int, ...]]:
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
        draft = Draft(text, result.scores[0], result.no_speech_prob, capped=len(tokens) >= cap)
        return draft, tuple(tokens)

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
