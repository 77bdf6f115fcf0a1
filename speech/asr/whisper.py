"""One pass of Whisper over one padded window, on CTranslate2: the model, its tokens, its prompt.

It knows nothing about guards, long audio or streams; every number it gives is the model's own.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from warmline.speech.asr import alignment, biasing, guards
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


LIKELY = 0.5
"""Probability from which a detected language is believed; a single word often sounds like Welsh."""

Device = Literal["cpu", "cuda", "auto"]


@dataclass(frozen=True, slots=True)
class Pass:
    """What one pass gave. ``frames``: the encoder's output float32[T, D] of the audio without its padding, 50 a second.
    ``encoded``: the same with padding, as CTranslate2 keeps it; ``tokens`` of the text."""

    draft: Draft
    language: str
    frames: NDArray[np.float32]
    tokens: tuple[int, ...] = ()
    encoded: Any = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Loading:
    """How a model is loaded. ``model``: a name of the weights table, a folder, or hub:...; ``language``: ISO code, or
    "auto", which may be narrowed to ``languages`` (the first of them is taken where none is likely)."""

    model: str
    language: str = "en"
    languages: tuple[str, ...] = ()
    threads: int = 2
    compute_type: str = "int8"
    device: Device = "cpu"


class Engine:
    """A loaded model. Raises MissingWeights, CorruptWeights, SettingsError when built."""

    def __init__(self, how: Loading) -> None:
        import ctranslate2
        import tokenizers

        self._view = ctranslate2.StorageView.from_array
        self._float32 = ctranslate2.DataType.float32
        folder, self.name = model_folder(how.model)
        try:
            self._model: Any = ctranslate2.models.Whisper(
                str(folder), device=how.device, compute_type=how.compute_type, intra_threads=how.threads
            )
            self._tokenizer: Any = tokenizers.Tokenizer.from_file(str(folder / "tokenizer.json"))
        except ValueError as error:
            raise SettingsError(
                f"asr.compute_type {how.compute_type!r} on asr.device {how.device!r} does not work here: {error}"
            ) from error
        except Exception as error:
            if how.device != "cpu" and "CUDA" in str(error):
                raise SettingsError(f"asr.device {how.device!r} does not work here ({error}): set it to cpu") from error
            raise CorruptWeights(
                f"{folder} cannot be loaded as a CTranslate2 Whisper model ({error}): correct asr.model, "
                "or take the pinned weights with: warmline weights fetch"
            ) from error
        self.language, self._languages = how.language, how.languages
        others = {how.language, *how.languages} - {"en", "auto"}
        if not self._model.is_multilingual and others:
            raise SettingsError(f"{how.model} knows English only: set asr.language to en, or asr.model to whisper-base")
        for language in others if self._model.is_multilingual else ():
            self._token(f"<|{language}|>")

    def run(self, samples: Samples, length: int, cancel: CancelFlag | None = None, hot: Sequence[int] = ()) -> Pass:
        """Encode float32[n] at 16 kHz padded to ``length`` samples, and decode it greedily; ``hot``: tokens of
        :meth:`hot`. Raises RecognitionError, and Cancelled before the encoder and before the decoder."""
        return self.run_many([samples], length, cancel, hot)[0]

    def run_many(
        self, pieces: Sequence[Samples], length: int, cancel: CancelFlag | None = None, hot: Sequence[int] = ()
    ) -> list[Pass]:
        """:meth:`run` for several windows of one length in one batch."""
        if cancel is not None:
            cancel.check()
        try:
            mels = [log_mel(_long_enough(piece), length // HOP, self._model.n_mels) for piece in pieces]
            encoded = self._model.encode(self._view(np.stack(mels)), to_cpu=True)
            if cancel is not None:
                cancel.check()
            languages = self._spoken(encoded, len(pieces))
            lengths_s = [seconds_of(len(piece)) for piece in pieces]
            decoded = self._decoded(encoded, languages, lengths_s, hot)
            frames = np.asarray(encoded if encoded.dtype == self._float32 else encoded.to(self._float32))
        except RuntimeError as error:
            raise RecognitionError(
                f"recognition failed ({error}): check the weights with: warmline weights verify"
            ) from error
        passes: list[Pass] = []
        for at, (piece, (draft, tokens)) in enumerate(zip(pieces, decoded, strict=True)):
            kept = np.array(frames[at, : -(-len(piece) // _ENCODER_STEP)], dtype=np.float32)
            alone = encoded if len(pieces) == 1 else self._view(np.ascontiguousarray(frames[at : at + 1]))
            passes.append(Pass(draft, languages[at], kept, tokens, alone))
        return passes

    def again(self, heard: Pass, duration_s: float, beam: int, hot: Sequence[int] = ()) -> Pass:
        """Decode what is encoded already once more, by beam search."""
        draft, tokens = self._decoded(heard.encoded, [heard.language], [duration_s], hot, beam)[0]
        return replace(heard, draft=draft, tokens=tokens)

    def hot(self, hotwords: Sequence[str]) -> tuple[int, ...]:
        """The tokens that stand before the start token to bias towards ``hotwords``; () for none."""
        text = biasing.prompt(hotwords)
        if not text:
            return ()
        tokens = self._tokenizer.encode(text, add_special_tokens=False).ids[: biasing.LIMIT]
        return (self._token("<|startofprev|>"), *tokens)

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

    def _decoded(
        self, encoded: Any, languages: Sequence[str], lengths_s: Sequence[float], hot: Sequence[int], beam: int = 1
    ) -> list[tuple[Draft, tuple[int, ...]]]:
        """Text and tokens of each encoded window."""
        caps = [guards.token_cap(length_s) for length_s in lengths_s]
        prompts = [[*hot, *self._prompt(language)] for language in languages]
        results = self._model.generate(
            encoded,
            prompts,
            beam_size=beam,
            # CTranslate2 stops at half of this, or at this less the prompt, whatever comes first.
            max_length=max(2 * max(caps), max(caps) + len(prompts[0])),
            return_scores=True,
            return_no_speech_prob=True,
        )
        out: list[tuple[Draft, tuple[int, ...]]] = []
        for result, cap in zip(results, caps, strict=True):
            tokens = tuple(result.sequences_ids[0])
            text = self._tokenizer.decode(list(tokens)).strip()
            out.append((Draft(text, result.scores[0], result.no_speech_prob, capped=len(tokens) >= cap), tokens))
        return out

    def _prompt(self, language: str) -> list[int]:
        names = ["<|startoftranscript|>"]
        if self._model.is_multilingual:
            names += [f"<|{language}|>", "<|transcribe|>"]
        return [self._token(name) for name in (*names, "<|notimestamps|>")]

    def _spoken(self, encoded: Any, count: int) -> list[str]:
        """The language of each encoded window."""
        if not self._model.is_multilingual:
            return ["en"] * count
        if self.language != "auto":
            return [self.language] * count
        found = self._model.detect_language(encoded)
        return [likely({str(name).strip("<|>"): float(p) for name, p in each}, self._languages) for each in found]

    def _token(self, name: str) -> int:
        token = self._tokenizer.token_to_id(name)
        if token is None:
            raise SettingsError(
                f"{self.name} does not know {name}: set asr.language to an ISO code such as en, or auto"
            )
        return int(token)


def likely(probabilities: Mapping[str, float], languages: Sequence[str] = ()) -> str:
    """The likeliest language, of ``languages`` where any are given; the first of those, or English, where none is
    likely enough to be believed."""
    allowed = {name: probabilities.get(name, 0.0) for name in languages} or dict(probabilities)
    best = max(allowed, key=lambda name: allowed[name])
    usual = languages[0] if languages else "en"
    return best if allowed[best] >= LIKELY * sum(allowed.values()) else usual


def model_folder(model: str) -> tuple[Path, str]:
    """The model's folder, and the name of its encoder."""
    if any(row.name == model for row in weights.TABLE):
        return weights.locate(model).folder, model
    return weights.locate("asr.model", model).folder, Path(model.partition("@")[0]).name


def _long_enough(samples: Samples) -> Samples:
    """The spectrogram mirrors 200 samples at the start."""
    return samples if len(samples) >= SHORTEST else np.pad(samples, (0, SHORTEST - len(samples)))
