"""Models of the transformers library that hear: Whisper, and CTC models. Built from what the library loaded.

Whisper is decoded greedily by a loop of ours, so that the flag is polled at each token and each token's probability is
known; several windows go through it at once. CTC models read one window at a time, give times of words by frame, no
punctuation, and know no "no speech". Knows nothing about guards, long audio or settings. Source: Radford et al. (2022);
Graves et al., "Connectionist Temporal Classification" (2006); Baevski et al., "wav2vec 2.0" (2020).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from warmline.speech.asr import guards
from warmline.speech.asr.guards import Draft
from warmline.speech.audio.mel import HOP, log_mel
from warmline.speech.runtime.cancel import CancelFlag
from warmline.speech.runtime.errors import SettingsError
from warmline.speech.types import SAMPLE_RATE, AudioChunk, EncoderFeatures, Word, seconds_of

UNTOLD_NO_SPEECH = 0.2
"""No-speech probability that stands for a model without one: so much that the detector is asked each time."""

_ENCODER_STEP = 2 * HOP


@dataclass(frozen=True, slots=True)
class Reading:
    """What a model gave for one window; ``words`` where it knows their times, ``features`` where it has an encoder
    that others read."""

    draft: Draft
    words: tuple[Word, ...] | None = None
    features: EncoderFeatures | None = None


class Model(Protocol):
    """One family of models."""

    def read(self, windows: Sequence[AudioChunk], cancel: CancelFlag | None) -> list[Reading]:
        """One reading for each, the same as alone."""
        ...


@dataclass(slots=True)
class _Row:
    """The tokens of one window so far, and their log-probabilities; ``room``: tokens that it may have."""

    room: int
    tokens: list[int]
    logs: list[float]
    no_speech: float = 0.0
    ended: bool = False

    @property
    def over(self) -> bool:
        return self.ended or len(self.tokens) >= self.room


class WhisperModel:
    """Whisper: the encoder's output and the greedily chosen tokens. ``name``: what its features are called by."""

    def __init__(self, torch: Any, model: Any, tokenizer: Any, name: str, language: str) -> None:
        self._torch, self._model, self._tokenizer, self._name = torch, model, tokenizer, name
        self._frames = 2 * int(model.config.max_source_positions)
        self._prompt = self._ids(language)
        self._room = int(model.config.max_target_positions) - len(self._prompt) - 1
        self._end = int(model.config.eos_token_id)
        settings = model.generation_config
        never = self._known(getattr(settings, "suppress_tokens", None))
        not_first = self._known(getattr(settings, "begin_suppress_tokens", None)) or [self._end]
        self._never, self._not_first = self._barred(never), self._barred([*never, *not_first])
        names = ("<|nospeech|>", "<|nocaptions|>")
        self._silence = next((at for at in map(self._id, names) if at is not None), None)

    def read(self, windows: Sequence[AudioChunk], cancel: CancelFlag | None) -> list[Reading]:
        bands = int(self._model.config.num_mel_bins)
        mels = np.stack([log_mel(audio.samples, self._frames, bands) for audio in windows])
        given = self._torch.from_numpy(mels).to(self._model.device, self._model.dtype)
        caps = [guards.token_cap(seconds_of(len(audio.samples))) for audio in windows]
        rows = [_Row(min(cap, self._room), [], []) for cap in caps]
        with self._torch.inference_mode():
            encoded = self._model.get_encoder()(given)
            self._write(encoded, rows, cancel)
        frames = encoded.last_hidden_state.to("cpu", self._torch.float32).numpy()
        return [
            Reading(self._draft(row), None, self._features(audio, frames[at]))
            for at, (audio, row) in enumerate(zip(windows, rows, strict=True))
        ]

    def _write(self, encoded: Any, rows: Sequence[_Row], cancel: CancelFlag | None) -> None:
        """Each window's next token, until all are over; what a window that is over would go on with is not kept."""
        torch, past = self._torch, None
        given = torch.tensor([self._prompt] * len(rows), device=self._model.device)
        while not all(row.over for row in rows):
            if cancel is not None:
                cancel.check()
            out = self._model(
                encoder_outputs=encoded, decoder_input_ids=given, past_key_values=past, use_cache=True, return_dict=True
            )
            first, past = past is None, out.past_key_values
            if first and self._silence is not None:
                silence = torch.softmax(out.logits[:, 0].float(), -1)[:, self._silence].tolist()
                for row, chance in zip(rows, silence, strict=True):
                    row.no_speech = float(chance)
            scores = out.logits[:, -1].float() + (self._not_first if first else self._never)
            best, chosen = torch.log_softmax(scores, -1).max(-1)
            for row, log, token in zip(rows, best.tolist(), chosen.tolist(), strict=True):
                self._grow(row, int(token), float(log))
            given = chosen[:, None]

    def _grow(self, row: _Row, token: int, log: float) -> None:
        if row.over:
            return
        row.logs.append(log)
        if token == self._end:
            row.ended = True
        else:
            row.tokens.append(token)

    def _draft(self, row: _Row) -> Draft:
        text = self._tokenizer.decode(row.tokens, skip_special_tokens=True).strip()
        log = float(np.mean(row.logs)) if row.logs else -math.inf
        return Draft(text, log, row.no_speech, capped=not row.ended)

    def _features(self, audio: AudioChunk, frames: Any) -> EncoderFeatures:
        return EncoderFeatures(np.array(frames[: -(-len(audio.samples) // _ENCODER_STEP)]), self._name, audio.start)

    def _barred(self, tokens: Sequence[int]) -> Any:
        """What is added to the scores so that these are never chosen: [vocabulary]."""
        added = self._torch.zeros(int(self._model.config.vocab_size))
        added[list(tokens)] = -math.inf
        return added.to(self._model.device)

    def _known(self, tokens: list[int] | None) -> list[int]:
        """Those of a list in the settings that this vocabulary has (the library's default lists are Whisper's own)."""
        return [token for token in tokens or [] if 0 <= token < int(self._model.config.vocab_size)]

    def _ids(self, language: str) -> list[int]:
        names = ["<|startoftranscript|>", "<|notimestamps|>"]
        if self._id("<|en|>") is not None and self._id("<|transcribe|>") is not None and self._multilingual():
            names[1:1] = [f"<|{language}|>", "<|transcribe|>"]
        ids = [(name, self._id(name)) for name in names]
        unknown = [name for name, at in ids if at is None]
        if unknown:
            raise SettingsError(f"{self._name} does not know {unknown[0]}: set asr.language to an ISO code such as en")
        return [at for _, at in ids if at is not None]

    def _multilingual(self) -> bool:
        told = getattr(self._model.generation_config, "is_multilingual", None)
        return bool(told) if told is not None else int(self._model.config.vocab_size) >= 51865

    def _id(self, name: str) -> int | None:
        at = self._tokenizer.convert_tokens_to_ids(name)
        unknown = at is None or (at == self._tokenizer.unk_token_id and name != self._tokenizer.unk_token)
        return None if unknown else int(at)


class CtcModel:
    """A model with one letter or none for each frame."""

    def __init__(self, torch: Any, model: Any, tokenizer: Any, extractor: Any) -> None:
        self._torch, self._model, self._tokenizer, self._extractor = torch, model, tokenizer, extractor
        self._blank = int(tokenizer.pad_token_id)
        self._space = str(getattr(tokenizer, "word_delimiter_token", None) or "|")
        self._specials = set(tokenizer.all_special_tokens) - {self._space}
        self._step = int(getattr(model.config, "inputs_to_logits_ratio", 320))

    def read(self, windows: Sequence[AudioChunk], cancel: CancelFlag | None) -> list[Reading]:
        found = []
        for audio in windows:
            if cancel is not None:
                cancel.check()
            found.append(self._one(audio))
        return found

    def _one(self, audio: AudioChunk) -> Reading:
        given = self._extractor(audio.samples, sampling_rate=SAMPLE_RATE, return_tensors="pt")
        name = self._extractor.model_input_names[0]
        with self._torch.inference_mode():
            logits = self._model(given[name].to(self._model.device, self._model.dtype)).logits[0].float()
            logs = self._torch.log_softmax(logits, -1).cpu().numpy()
        words = self._words(logs, audio)
        best = logs.max(axis=-1)
        said = best[logs.argmax(axis=-1) != self._blank]
        sure = float(said.mean()) if len(said) else -math.inf
        return Reading(Draft(" ".join(word.text for word in words), sure, UNTOLD_NO_SPEECH), words)

    def _words(self, logs: Any, audio: AudioChunk) -> tuple[Word, ...]:
        """Repeated letters collapsed, blanks dropped, words parted at the delimiter."""
        path = logs.argmax(axis=-1)
        words: list[Word] = []
        letters, first, last, sure = "", 0, 0, list[float]()
        before = self._blank
        for frame, token in enumerate([*path.tolist(), None]):
            piece = self._space if token is None else str(self._tokenizer.convert_ids_to_tokens(token))
            if token != before and piece == self._space and letters:
                span = (audio.start + first * self._step, audio.start + (last + 1) * self._step)
                chance = min(1.0, math.exp(sum(sure) / len(sure)))
                words.append(Word(letters, min(span[0], audio.end), min(span[1], audio.end), chance))
                letters, sure = "", []
            elif token is not None and token != self._blank and piece != self._space and piece not in self._specials:
                if token != before:
                    first = frame if not letters else first
                    letters += piece
                last = frame
                sure.append(float(logs[frame, token]))
            before = token
        return tuple(words)
