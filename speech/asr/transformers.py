"""Recognisers of the transformers library, on torch: Whisper, and CTC models such as wav2vec2, by hub name or folder.

For models that nobody has converted to CTranslate2, and for a GPU that torch already owns. Long audio is cut in its
pauses; the guards are those of every recogniser. Whisper is decoded greedily by a loop of ours, so that the flag is
polled at each token and each token's probability is known; its windows are the model's full 30 s. CTC models give
times of words by frame, no punctuation, and know no "no speech": a voice activity detector answers for them.
It batches nothing and takes no hot words. Source: Radford et al. (2022); Graves et al., "Connectionist Temporal
Classification" (2006); Baevski et al., "wav2vec 2.0" (2020).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, Protocol

import numpy as np

from warmline.speech.asr import guards, windows
from warmline.speech.asr.base import Hypothesis
from warmline.speech.asr.guards import Draft, Guard, Voice
from warmline.speech.asr.joining import joined
from warmline.speech.audio.mel import HOP, log_mel
from warmline.speech.runtime import weights
from warmline.speech.runtime.cancel import CancelFlag
from warmline.speech.runtime.errors import CorruptWeights, MissingExtra, MissingWeights, RecognitionError, SettingsError
from warmline.speech.types import SAMPLE_RATE, AudioChunk, EncoderFeatures, Samples, Word, samples_of, seconds_of
from warmline.speech.vad.base import FRAME
from warmline.speech.vad.silero import SileroConfig, SileroVad

SHORTEST = samples_of(0.1)

UNTOLD_NO_SPEECH = 0.2
"""No-speech probability that stands for a model without one: so much that the detector is asked each time."""

_ENCODER_STEP = 2 * HOP


@dataclass(frozen=True, slots=True)
class TransformersConfig:
    """``model``: a hub name (owner/name), a folder as ``save_pretrained`` writes it, or hub:owner/name@revision, which
    alone pins the bytes. ``revision``: of a hub name. ``language``: ISO code, for multilingual Whisper. ``device``:
    as torch calls it, such as cuda:0. ``dtype``: float16 or bfloat16 halve the memory on a GPU. ``check_voice``: ask
    Silero VAD about doubtful texts."""

    model: str
    revision: str = "main"
    language: str = "en"
    device: str = "cpu"
    dtype: Literal["float32", "float16", "bfloat16"] = "float32"
    threads: int = 2
    check_voice: bool = True


@dataclass(frozen=True, slots=True)
class Reading:
    """What a model gave for one window; ``words`` where it knows their times, ``features`` where it has an encoder
    that others read."""

    draft: Draft
    words: tuple[Word, ...] | None = None
    features: EncoderFeatures | None = None


class Model(Protocol):
    """One family of models."""

    def read(self, audio: AudioChunk, cancel: CancelFlag | None) -> Reading: ...


class Transformers:
    """Raises MissingExtra, MissingWeights, CorruptWeights, SettingsError when built."""

    def __init__(self, config: TransformersConfig) -> None:
        torch, transformers = _libraries()
        torch.set_num_threads(config.threads)
        transformers.utils.logging.disable_progress_bar()
        self._language = config.language
        self._vad = SileroVad(SileroConfig()) if config.check_voice else None
        self._model: Model | None = _loaded(torch, transformers, config)

    def decode(self, audio: AudioChunk, cancel: CancelFlag | None = None) -> Hypothesis:
        if audio.sample_rate != SAMPLE_RATE:
            raise RecognitionError(f"recognition takes audio at {SAMPLE_RATE} Hz, not {audio.sample_rate}: resample it")
        ends = windows.cuts(audio.samples)
        return joined(
            [
                self._window(AudioChunk(audio.samples[start:end], start=audio.start + start), cancel)
                for start, end in zip((0, *ends[:-1]), ends, strict=True)
            ]
        )

    def close(self) -> None:
        """Let the weights go."""
        self._model = None

    def _window(self, audio: AudioChunk, cancel: CancelFlag | None) -> Hypothesis:
        if cancel is not None:
            cancel.check()
        if self._model is None:
            raise RecognitionError("this recogniser is closed: build another one")
        rejected = guards.unheard(audio.samples, SHORTEST)
        if rejected is not None:
            return Hypothesis("", language=self._language, confidence=0.0, rejected=rejected)
        try:
            found = self._model.read(audio, cancel)
        except (RuntimeError, ValueError, IndexError) as error:
            raise RecognitionError(f"recognition failed ({error}): check that asr.model is a whole model") from error
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

    def _voice(self, samples: Samples) -> Voice | None:
        return None if self._vad is None else Voice.of(self._vad.scores(samples).tolist(), seconds_of(FRAME))


class WhisperModel:
    """Whisper: the encoder's output and the greedily chosen tokens."""

    def __init__(self, torch: Any, model: Any, tokenizer: Any, config: TransformersConfig) -> None:
        self._torch, self._model, self._tokenizer = torch, model, tokenizer
        self._name = Path(config.model.partition("@")[0]).name
        self._frames = 2 * int(model.config.max_source_positions)
        self._room = int(model.config.max_target_positions)
        self._prompt = self._ids(config.language)
        self._end = int(model.config.eos_token_id)
        settings = model.generation_config
        self._never = self._known(getattr(settings, "suppress_tokens", None))
        self._not_first = self._known(getattr(settings, "begin_suppress_tokens", None)) or [self._end]
        names = ("<|nospeech|>", "<|nocaptions|>")
        self._silence = next((at for at in map(self._id, names) if at is not None), None)

    def read(self, audio: AudioChunk, cancel: CancelFlag | None) -> Reading:
        mel = log_mel(audio.samples, self._frames, int(self._model.config.num_mel_bins))
        given = self._torch.from_numpy(mel)[None].to(self._model.device, self._model.dtype)
        with self._torch.inference_mode():
            encoded = self._model.get_encoder()(given)
            draft = self._decoded(encoded, seconds_of(len(audio.samples)), cancel)
        frames = encoded.last_hidden_state[0, : -(-len(audio.samples) // _ENCODER_STEP)]
        kept = np.array(frames.to("cpu", self._torch.float32).numpy())
        return Reading(draft, None, EncoderFeatures(kept, self._name, audio.start))

    def _decoded(self, encoded: Any, duration_s: float, cancel: CancelFlag | None) -> Draft:
        torch, cap = self._torch, min(guards.token_cap(duration_s), self._room - len(self._prompt) - 1)
        given = torch.tensor([self._prompt], device=self._model.device)
        past, tokens, logs, no_speech = None, list[int](), list[float](), 0.0
        while len(tokens) < cap:
            if cancel is not None:
                cancel.check()
            out = self._model(
                encoder_outputs=encoded, decoder_input_ids=given, past_key_values=past, use_cache=True, return_dict=True
            )
            past, scores = out.past_key_values, out.logits[0].float()
            if not tokens and self._silence is not None:
                no_speech = float(torch.softmax(scores[0], -1)[self._silence])
            last = scores[-1]
            last[self._never + (self._not_first if not tokens else [])] = -math.inf
            chances = torch.log_softmax(last, -1)
            token = int(chances.argmax())
            logs.append(float(chances[token]))
            if token == self._end:
                break
            tokens.append(token)
            given = torch.tensor([[token]], device=self._model.device)
        text = self._tokenizer.decode(tokens, skip_special_tokens=True).strip()
        return Draft(text, float(np.mean(logs)) if logs else -math.inf, no_speech, capped=len(tokens) >= cap)

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

    def read(self, audio: AudioChunk, cancel: CancelFlag | None) -> Reading:
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
            return WhisperModel(torch, model, tokenizer, config)
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
