"""Kokoro-82M (Apache-2.0) from a folder of the operator's: 28 English voices, sentence by sentence, on the CPU.

The folder holds ``kokoro.onnx`` (int8 will do) and ``voices/NAME.bin``; docs/voice.md says where packages carry them.
Phonemes come from the reader of the first voice, which writes Kokoro's own symbols, so neither kokoro-onnx nor
espeak-ng (GPL) is needed. Word ends are exact to 25 ms: they come from the durations inside the graph. Pace, volume and
warmth can be set; its pitch is its own. Much slower than hibari: about real time on two cores. English only.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from warmline.dialogue.types import ReplySegment
from warmline.speech.runtime import allocator
from warmline.speech.runtime.cancel import CancelFlag
from warmline.speech.runtime.errors import CorruptWeights, SettingsError, VoiceError
from warmline.speech.types import Samples
from warmline.tts.level import faded, levelled, silence, speech_span, tilted
from warmline.tts.styling import Controls
from warmline.tts.types import VOICE_RATE, SaidWord, SpokenChunk, SpokenWord
from warmline.tts.voice.base import Capabilities
from warmline.tts.voice.by_sentence import by_sentence
from warmline.tts.voice.graph import outputs, session_with_output
from warmline.tts.voice.phonemes import Phonemiser

DURATIONS: Final = "/encoder/Clip_output_0"
STEP: Final = VOICE_RATE // 40
STYLE_WIDTH: Final = 256
MOST_SYMBOLS: Final = 500
SLOW: Final = 0.8
"""Factor on the rate of a sentence that holds a telephone number."""


@dataclass(frozen=True, slots=True)
class KokoroConfig:
    """``path``: the folder with kokoro.onnx and voices. ``voice``: a file in voices, without its ending (af_heart,
    am_michael, bf_emma ...)."""

    path: str
    voice: str = "af_heart"
    threads: int = 2
    speed: float = 1.0


class KokoroVoice:
    """Speaks sentence by sentence."""

    def __init__(self, config: KokoroConfig) -> None:
        self._config = config
        folder = Path(config.path).expanduser()
        self._styles = _styles(folder / "voices", config.voice)
        self._session = session_with_output(folder / "kokoro.onnx", DURATIONS, config.threads)
        self._phonemiser = Phonemiser()
        text = files("hibari").joinpath("assets/vocab.json").read_text(encoding="utf-8")
        self._ids = {str(symbol): int(number) for symbol, number in json.loads(text).items()}
        allocator.give_back()

    @property
    def capabilities(self) -> Capabilities:
        return Capabilities(controls=frozenset({"pace", "volume", "warmth"}), languages=frozenset({"en"}), streams=True)

    def speak(self, segment: ReplySegment, cancel: CancelFlag | None = None) -> Iterator[SpokenChunk]:
        return by_sentence(segment, cancel, self._sentence)

    def close(self) -> None:
        """Nothing is held open."""

    def _sentence(self, words: tuple[SaidWord, ...], controls: Controls) -> tuple[Samples, tuple[SpokenWord, ...]]:
        phonemes = self._phonemiser.read(words)
        ids, place_of = [0], [1]
        for symbol in phonemes.symbols[:MOST_SYMBOLS]:
            if symbol in self._ids:
                ids.append(self._ids[symbol])
            place_of.append(len(ids))
        if len(ids) < 3:
            return silence(0.0), ()
        pace = SLOW if any(word.slow for word in words) else 1.0
        wave, steps = self._render([*ids, 0], pace * controls.speed * self._config.speed)
        start, stop = speech_span(wave)
        if stop <= start:
            return silence(0.0), ()
        audio = faded(levelled(tilted(wave[start:stop], controls.tilt_db_octave), controls.gain_db))
        stops = np.concatenate([[0], np.cumsum(steps)]) * STEP
        ends = [int(stops[place_of[min(end, len(place_of) - 1)]]) - start for end in phonemes.ends]
        spoken = tuple(
            SpokenWord(word.written, min(len(audio), max(1, end))) for word, end in zip(words, ends, strict=True)
        )
        return audio, spoken

    def _render(self, ids: list[int], speed: float) -> tuple[Samples, NDArray[np.int64]]:
        style = self._styles[min(len(ids) - 2, len(self._styles) - 1)]
        feed = {
            "tokens": np.asarray([ids], np.int64),
            "style": style[None],
            "speed": np.asarray([speed], np.float32),
        }
        audio, steps = outputs(self._session, feed)
        found = np.asarray(steps, np.int64).reshape(-1)
        if len(found) != len(ids):
            raise VoiceError("kokoro.onnx tells no durations: it is another export; choose another voice")
        return np.asarray(audio, np.float32).reshape(-1), found


def _styles(folder: Path, name: str) -> NDArray[np.float32]:
    """float32[510, 256]: the voice's style by the number of symbols. Raises SettingsError, CorruptWeights."""
    path = folder / f"{name}.bin"
    if not path.is_file():
        there = ", ".join(sorted(each.stem for each in folder.glob("*.bin"))) or "none"
        raise SettingsError(f"there is no voice {name!r} in {folder}; there are: {there}")
    values = np.fromfile(path, np.float32)
    if not len(values) or len(values) % STYLE_WIDTH or not np.isfinite(values).all():
        raise CorruptWeights(f"{path.name} is no Kokoro voice: fetch it again")
    return values.reshape(-1, STYLE_WIDTH)
