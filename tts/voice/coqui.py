"""XTTS v2 through coqui-tts: a cloned voice in 17 languages, streamed in pieces while a sentence is still being made.

The style comes from reference clips: ``references`` is a folder of recordings of the one voice, named after our styles
(neutral.wav, warm.wav ...); the clip whose style lies nearest is the one that is imitated, and pace and volume are set
on top. It wants a GPU to keep up with speech. Word ends are estimated from letters, corrected at each sentence's end.

Its weights are not ours to ship and are for non-commercial use (Coqui Public Model License). What was tried here is in
docs/voice.md.
"""

from __future__ import annotations

import importlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, Final, Protocol, cast

import numpy as np

from warmline.dialogue.speakable import speakable
from warmline.dialogue.types import NEUTRAL, ReplySegment, Style
from warmline.speech.audio.files import read_audio
from warmline.speech.audio.resample import resampled
from warmline.speech.runtime.cancel import CancelFlag
from warmline.speech.runtime.errors import CorruptWeights, MissingExtra, SettingsError, VoiceError
from warmline.speech.types import Samples
from warmline.tts.level import REFERENCE_DB, limited, loudness_db, silence, speech_span
from warmline.tts.spoken_text import said_words, sentences
from warmline.tts.styling import STYLES, Controls, controls_of, pause_after_s
from warmline.tts.types import VOICE_RATE, SaidWord, SpokenChunk, SpokenWord
from warmline.tts.voice.base import Capabilities

LANGUAGES: Final = frozenset(
    ("en", "es", "fr", "de", "it", "pt", "pl", "tr", "ru", "nl", "cs", "ar", "zh", "ja", "hu", "ko", "hi")
)
REFERENCE_RATE: Final = 22_050
REFERENCE_S: Final = 30
SECONDS_A_LETTER: Final = 0.065
HELD: Final = VOICE_RATE // 4
"""Samples of each piece that wait for the next one."""
SOUNDS: Final = (".wav", ".flac", ".mp3", ".ogg", ".opus")


@dataclass(frozen=True, slots=True)
class CoquiConfig:
    """``path``: a folder with the model's config.json, model.pth and vocab.json. ``references``: a folder of clips of
    the voice, 6 s or more each, named after styles; neutral must be there. ``device``: cuda or cpu. ``chunk``: tokens a
    piece; fewer come sooner and join less well. ``seed``: repeatable where at least 0."""

    path: str
    references: str
    device: str = "cuda"
    language: str = "en"
    chunk: int = 20
    temperature: float = 0.65
    speed: float = 1.0
    seed: int = 7


class Engine(Protocol):
    """The model: what a reference sounds like, and a sentence as pieces of wave at VOICE_RATE, float32[n] each."""

    def reference(self, clip: Path) -> object: ...

    def stream(self, text: str, language: str, reference: object, speed: float) -> Iterator[Samples]: ...

    def close(self) -> None: ...


class CoquiVoice:
    """Speaks sentence by sentence, each in pieces. ``engine``: for tests; the real one is loaded without it."""

    def __init__(self, config: CoquiConfig, engine: Engine | None = None) -> None:
        if config.language not in LANGUAGES:
            raise SettingsError(f"XTTS speaks {', '.join(sorted(LANGUAGES))}, not {config.language!r}")
        clips = _clips(Path(config.references).expanduser())
        self._config = config
        self._engine = engine or Xtts(config)
        self._references = {name: self._engine.reference(clip) for name, clip in clips.items()}
        self._letter_s = SECONDS_A_LETTER

    @property
    def capabilities(self) -> Capabilities:
        """What the clips give is not known: only what is set on top is promised."""
        return Capabilities(
            controls=frozenset({"pace", "volume"}), languages=frozenset({self._config.language}), streams=True
        )

    def speak(self, segment: ReplySegment, cancel: CancelFlag | None = None) -> Iterator[SpokenChunk]:
        controls = controls_of(segment.style)
        name = nearest(segment.style, tuple(self._references))
        parts = tuple(sentences(self._words(segment.text)))
        for place, words in enumerate(parts):
            last = segment.last and place + 1 == len(parts)
            pause_s = 0.0 if last else pause_after_s(words[-1].said, controls)
            told = 0
            for audio, spoken in self._sentence(words, controls, self._references[name], cancel):
                told += len(spoken)
                tail = silence(pause_s) if told == len(words) else silence(0.0)
                yield SpokenChunk(segment.turn, segment.index, np.concatenate([audio, tail]), spoken)

    def close(self) -> None:
        self._engine.close()

    def _words(self, text: str) -> tuple[SaidWord, ...]:
        """Our readings are English; in other languages the model reads what stands there."""
        if self._config.language == "en":
            return said_words(text)
        return tuple(SaidWord(word, word) for word in speakable(text).split())

    def _sentence(
        self, words: tuple[SaidWord, ...], controls: Controls, reference: object, cancel: CancelFlag | None
    ) -> Iterator[tuple[Samples, tuple[SpokenWord, ...]]]:
        """The pieces of one sentence as they come, with the words that end in each. Only the last :data:`HELD` of what
        came is kept back, to be faded and to end the words that are left, should it be the sentence's end."""
        text = " ".join(word.said for word in words)
        ends = np.cumsum([len(word.said) + 1 for word in words]) * self._letter_s / controls.speed * VOICE_RATE
        gain: float | None = None
        held = silence(0.0)
        begun = told = 0
        for piece in self._pieces(text, reference, controls, cancel):
            came = np.concatenate([held, piece])
            if gain is None:
                if not np.abs(piece).max(initial=0.0) > 1e-4:
                    continue  # it often begins with silence
                came = piece[speech_span(piece)[0] :]
                gain = _gain(came, controls)
            ready, held = came[:-HELD], came[-HELD:]
            if len(ready):
                due = int(np.searchsorted(ends[:-1], begun + len(ready), side="right"))
                yield _finished(ready, gain), _spoken(words[told:due], ends[told:due] - begun, len(ready))
                told, begun = max(told, due), begun + len(ready)
        if gain is None:
            return
        left = np.linspace(0.0, len(held), len(words) - told + 1)[1:]
        yield _finished(held, gain, ends=True), _spoken(words[told:], left, len(held))
        self._letter_s = (begun + len(held)) / VOICE_RATE * controls.speed / (len(text) + 1)

    def _pieces(self, text: str, reference: object, controls: Controls, cancel: CancelFlag | None) -> Iterator[Samples]:
        """Raises Cancelled between two pieces, VoiceError for whatever the model raises."""
        stream = self._engine.stream(text, self._config.language, reference, controls.speed * self._config.speed)
        while True:
            if cancel:
                cancel.check()
            try:
                piece = next(stream, None)
            except (RuntimeError, AssertionError, ValueError, IndexError) as error:
                raise VoiceError(f"XTTS failed ({type(error).__name__}): choose another voice") from error
            if piece is None:
                return
            yield np.asarray(piece, np.float32)


class Xtts:
    """The library's own model. Everything of torch stays in here."""

    def __init__(self, config: CoquiConfig) -> None:
        try:
            self._torch: Any = importlib.import_module("torch")
            configs = importlib.import_module("TTS.tts.configs.xtts_config")
            models = importlib.import_module("TTS.tts.models.xtts")
        except ImportError as error:
            raise MissingExtra(f'XTTS needs coqui-tts: pip install "warmline[coqui]" ({error.name})') from error
        folder = Path(config.path).expanduser()
        self._config = config
        settings = configs.XttsConfig()
        try:
            settings.load_json(str(folder / "config.json"))
            self._model: Any = models.Xtts(settings)
            self._model.load_checkpoint(settings, checkpoint_dir=str(folder), eval=True)
        except (OSError, RuntimeError, ValueError, KeyError) as error:
            raise CorruptWeights(
                f"{folder} holds no XTTS model (config.json, model.pth, vocab.json): {type(error).__name__}"
            ) from error
        self._model.to(config.device)

    def reference(self, clip: Path) -> object:
        """(conditioning latents, speaker embedding) of a clip. Raises UnreadableInput, VoiceError."""
        try:
            # read by us, at 16 kHz: the library's own loader wants FFmpeg's shared libraries
            samples = resampled(read_audio(clip), REFERENCE_RATE).samples[: REFERENCE_S * REFERENCE_RATE]
            wave = self._torch.from_numpy(samples)[None].to(self._config.device)
            with self._torch.inference_mode():
                latents = self._model.get_gpt_cond_latents(wave, REFERENCE_RATE)
                return latents, self._model.get_speaker_embedding(wave, REFERENCE_RATE)
        except (RuntimeError, ValueError) as error:
            raise VoiceError(f"XTTS cannot use the reference {clip.name}: {type(error).__name__}") from error

    def stream(self, text: str, language: str, reference: object, speed: float) -> Iterator[Samples]:
        if self._config.seed >= 0:
            self._torch.manual_seed(self._config.seed)
        latents, speaker = cast(tuple[Any, Any], reference)
        with self._torch.inference_mode():
            for wave in self._model.inference_stream(
                text,
                language,
                latents,
                speaker,
                stream_chunk_size=self._config.chunk,
                temperature=self._config.temperature,
                speed=speed,
            ):
                yield wave.detach().float().cpu().numpy().reshape(-1)

    def close(self) -> None:
        """Forget the model, so that its memory can be freed."""
        self._model = None


def nearest(style: Style, names: Sequence[str]) -> str:
    """The reference whose style lies nearest; names that are no styles of ours are never chosen."""

    def distance(name: str) -> float:
        other = STYLES.get(name, NEUTRAL)
        return sum((float(getattr(style, item.name)) - float(getattr(other, item.name))) ** 2 for item in fields(Style))

    return min(names, key=distance)


def _clips(folder: Path) -> dict[str, Path]:
    """Clips by style. Raises SettingsError."""
    found = {
        path.stem: path
        for path in (sorted(folder.iterdir()) if folder.is_dir() else [])
        if path.suffix.lower() in SOUNDS and path.stem in STYLES
    }
    if "neutral" not in found:
        others = ", ".join(sorted(set(STYLES) - {"neutral"}))
        raise SettingsError(f"{folder} needs a recording called neutral.wav (and may have {others})")
    return found


def _gain(piece: Samples, controls: Controls) -> float:
    """From the sentence's first piece: the rest must not jump."""
    loudness = loudness_db(piece)
    correction = REFERENCE_DB - loudness if np.isfinite(loudness) else 0.0
    return float(10.0 ** ((min(9.0, max(-9.0, correction)) + controls.gain_db) / 20.0))


def _finished(piece: Samples, gain: float, *, ends: bool = False) -> Samples:
    """Pieces of one sentence join as they are; only its end is faded."""
    out = limited(piece * np.float32(gain))
    if ends and len(out):
        count = min(len(out), VOICE_RATE * 12 // 1000)
        out[-count:] *= np.linspace(1.0, 0.0, count, dtype=np.float32)
    return out


def _spoken(words: Sequence[SaidWord], ends: Sequence[float] | np.ndarray, length: int) -> tuple[SpokenWord, ...]:
    within = (int(min(length, max(1, round(float(end))))) for end in ends)
    return tuple(SpokenWord(word.written, end) for word, end in zip(words, within, strict=True))
