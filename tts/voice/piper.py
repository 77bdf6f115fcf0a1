"""The second voice: Piper's en_US "joe" (voice MIT, data CC0), run here by onnxruntime alone.

Phonemes come from the reader of the first voice, in espeak's symbols, so neither Piper's runtime nor espeak-ng (both
GPL) is needed. Rate and volume can be set. Its noise is switched off, so the same text gives the same samples; that
makes it a little flatter than Piper's default. Word ends are exact to a network frame (11.6 ms): they come from the
durations inside the graph. English only.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.signal import resample_poly

from warmline.dialogue.types import ReplySegment
from warmline.speech.runtime.cancel import CancelFlag
from warmline.speech.runtime.errors import CorruptWeights
from warmline.speech.runtime.weights import locate
from warmline.speech.types import Samples
from warmline.tts.level import faded, levelled, silence, speech_span
from warmline.tts.styling import Controls
from warmline.tts.types import VOICE_RATE, SaidWord, SpokenChunk, SpokenWord
from warmline.tts.voice.base import Capabilities
from warmline.tts.voice.by_sentence import by_sentence
from warmline.tts.voice.espeak_symbols import espeak_symbols
from warmline.tts.voice.graph import outputs, session_with_output
from warmline.tts.voice.phonemes import Phonemiser

DURATIONS: Final = "/Ceil_output_0"
HOP: Final = 256
MOST_SYMBOLS: Final = 500
SLOW: Final = 0.8
"""Factor on the rate of a sentence that holds a telephone number."""


@dataclass(frozen=True, slots=True)
class PiperConfig:
    """``path``: a folder with voice.onnx and voice.onnx.json instead of the fetched ones. ``noise`` and
    ``length_noise``: Piper's own liveliness (0.667 and 0.8 by default there); above 0 no two renderings are alike."""

    path: str | None = None
    threads: int = 1
    speed: float = 1.0
    noise: float = 0.0
    length_noise: float = 0.0


class PiperVoice:
    """Speaks sentence by sentence, slower than hibari (a few times real time on one thread)."""

    def __init__(self, config: PiperConfig) -> None:
        self._config = config
        weights = locate("piper-joe", config.path)
        self._session = session_with_output(weights.file("voice.onnx"), DURATIONS, config.threads)
        try:
            settings = json.loads(weights.file("voice.onnx.json").read_text(encoding="utf-8"))
            self._rate = int(settings["audio"]["sample_rate"])
            self._ids: dict[str, int] = {key: int(ids[0]) for key, ids in settings["phoneme_id_map"].items()}
        except (ValueError, KeyError, IndexError) as error:
            raise CorruptWeights("voice.onnx.json is no Piper voice's: run warmline weights verify") from error
        self._phonemiser = Phonemiser()

    @property
    def capabilities(self) -> Capabilities:
        return Capabilities(controls=frozenset({"pace", "volume"}), languages=frozenset({"en"}), streams=True)

    def speak(self, segment: ReplySegment, cancel: CancelFlag | None = None) -> Iterator[SpokenChunk]:
        return by_sentence(segment, cancel, self._sentence)

    def close(self) -> None:
        """Nothing is held open."""

    def _sentence(self, words: tuple[SaidWord, ...], controls: Controls) -> tuple[Samples, tuple[SpokenWord, ...]]:
        phonemes = self._phonemiser.read(words)
        symbols, places = espeak_symbols(phonemes.symbols[:MOST_SYMBOLS])
        ids, id_places = self._numbered(symbols)
        if len(ids) <= 3:
            return silence(0.0), ()
        pace = SLOW if any(word.slow for word in words) else 1.0  # it cannot draw out single words
        wave, frames = self._render(ids, pace * controls.speed * self._config.speed)
        start, stop = speech_span(wave)
        if stop <= start:
            return silence(0.0), ()
        audio = faded(levelled(wave[start:stop], controls.gain_db))
        stops = np.concatenate([[0], np.cumsum(frames)]) * HOP * VOICE_RATE / self._rate
        ends = [stops[id_places[places[min(end, len(places) - 1)]]] - start for end in phonemes.ends]
        spoken = tuple(
            SpokenWord(word.written, int(min(len(audio), max(1, round(end)))))
            for word, end in zip(words, ends, strict=True)
        )
        return audio, spoken

    def _numbered(self, symbols: str) -> tuple[list[int], list[int]]:
        """Piper's ids (a pad after every one), and for each place in ``symbols`` the place just past it in the ids."""
        pad = self._ids["_"]
        ids = [self._ids["^"], pad]
        places = [len(ids)]
        for symbol in symbols:
            if symbol in self._ids:
                ids += [self._ids[symbol], pad]
            places.append(len(ids))
        return [*ids, self._ids["$"]], places

    def _render(self, ids: list[int], speed: float) -> tuple[Samples, NDArray[np.float32]]:
        feed = {
            "input": np.asarray([ids], np.int64),
            "input_lengths": np.asarray([len(ids)], np.int64),
            "scales": np.asarray([self._config.noise, 1.0 / speed, self._config.length_noise], np.float32),
        }
        audio, frames = outputs(self._session, feed)
        wave = resample_poly(np.asarray(audio, np.float32).reshape(-1), VOICE_RATE // 150, self._rate // 150)
        return wave.astype(np.float32), np.asarray(frames, np.float32).reshape(-1)
