"""The embedded voice: hibari "heart" (Apache-2.0, 24 kHz, 7.9 MB), with exact control of every part of the tone.

Its network is run here in a session of our own, one sentence at a time, and our vocoder makes the waveform. Word ends
are exact: they come from the durations inside the graph (25 ms a step, two frames each), not from an estimate. The
silence it puts first and last is cut before the vocoder, which saves that time as well. English only.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from importlib.resources import files
from typing import Final

import numpy as np
from numpy.typing import NDArray

from warmline.dialogue.types import ReplySegment
from warmline.speech.runtime import allocator
from warmline.speech.runtime.cancel import CancelFlag
from warmline.speech.runtime.weights import locate
from warmline.speech.types import Samples
from warmline.tts.emphasis import Emphasis, emphasis
from warmline.tts.level import faded, levelled, silence
from warmline.tts.spoken_text import said_words, sentences
from warmline.tts.styling import Controls, contour_end_st, controls_of, pause_after_s
from warmline.tts.types import SaidWord, SpokenChunk, SpokenWord
from warmline.tts.voice.base import Capabilities
from warmline.tts.voice.graph import outputs, session_with_output
from warmline.tts.voice.phonemes import PUNCTUATION, Phonemes, Phonemiser
from warmline.tts.voice.timeline import (
    EMPHASIS_DB,
    EMPHASIS_ST,
    EMPHASIS_STRETCH,
    VOICED_HZ,
    Timeline,
    end_contour,
    end_of,
    gently_fallen,
    risen,
    stretched,
    swell,
    timeline,
)
from warmline.tts.voice.vocoder import HOP, Spectra, synthesise, with_pitch

DURATIONS: Final = "/Clip_output_0"
FRAMES_A_STEP: Final = 2
MOST_SYMBOLS: Final = 400
SLOW: Final = 1.3
"""How much longer a word that must be understood is: the digits of a telephone number."""


@dataclass(frozen=True, slots=True)
class HibariConfig:
    """``path``: a folder with hibari.onnx instead of the fetched one. ``seed`` fixes the noise: the same text and
    style give the same samples. ``speed``: a factor on the rate of every style."""

    path: str | None = None
    threads: int = 1
    seed: int = 7
    speed: float = 1.0


class HibariVoice:
    """Speaks sentence by sentence; the first sound of eight words is ready in about 20 ms on one thread."""

    def __init__(self, config: HibariConfig) -> None:
        self._config = config
        weights = locate("hibari-heart", config.path)
        self._session = session_with_output(weights.file("hibari.onnx"), DURATIONS, config.threads)
        self._phonemiser = Phonemiser()
        self._ids = _vocabulary()
        allocator.give_back()

    @property
    def capabilities(self) -> Capabilities:
        return Capabilities(
            controls=frozenset({"warmth", "pace", "pitch", "range", "volume", "breath", "emphasis"}),
            languages=frozenset({"en"}),
            streams=True,
        )

    def speak(self, segment: ReplySegment, cancel: CancelFlag | None = None) -> Iterator[SpokenChunk]:
        controls = controls_of(segment.style)
        parts = tuple(sentences(said_words(segment.text)))
        stressed = emphasis(segment.emphasis)
        for place, words in enumerate(parts):
            if cancel:
                cancel.check()
            audio, spoken = self._sentence(words, controls, stressed, cancel)
            if not spoken:
                continue
            last = segment.last and place + 1 == len(parts)
            pause_s = 0.0 if last else pause_after_s(words[-1].said, controls)
            yield SpokenChunk(segment.turn, segment.index, np.concatenate([audio, silence(pause_s)]), spoken)

    def close(self) -> None:
        """Nothing is held open."""

    def _sentence(
        self, words: tuple[SaidWord, ...], controls: Controls, stressed: Emphasis, cancel: CancelFlag | None
    ) -> tuple[Samples, tuple[SpokenWord, ...]]:
        phonemes = self._phonemiser.read(words)
        if len(phonemes.symbols) > MOST_SYMBOLS and len(words) > 1:
            return self._halves(words, controls, stressed, cancel)
        ids, ends = self._numbered(phonemes)
        if len(ids) < 3:
            return silence(0.0), ()
        spectra, steps = self._predict(ids)
        if cancel:
            cancel.check()
        stops = np.minimum(np.cumsum(steps) * FRAMES_A_STEP, spectra.frames)
        pauses = frozenset(place for place, number in enumerate(ids) if number in self._pause_ids)
        line = timeline(spectra.level_db(), stops, ends, pauses, controls.pause_scale)
        if not len(line.index):
            return silence(0.0), ()
        marked = [stressed(word) for word in words]
        # by our own hand: the network's speed moves in coarse steps, at times the wrong way
        pace = 1.0 / (controls.speed * self._config.speed)
        line = stretched(line, [pace * _factor(word, mark) for word, mark in zip(words, marked, strict=True)])
        audio = self._voiced(spectra.at(line.index), controls, line, marked, contour_end_st(words[-1].said))
        spoken = tuple(
            SpokenWord(word.written, min(len(audio), end * HOP)) for word, end in zip(words, line.ends, strict=True)
        )
        return audio, spoken

    def _voiced(self, kept: Spectra, controls: Controls, line: Timeline, marked: list[bool], end_st: float) -> Samples:
        """The wave of ``kept``: pitch and level with the sentence's end and its emphasised words."""
        hill = swell(kept.frames, [line.span(place) for place, mark in enumerate(marked) if mark])
        contour = end_contour(kept.f0 > VOICED_HZ, min(0.0, end_st)) + EMPHASIS_ST * hill
        ended = risen(kept.f0, end_st) if end_st > 0.0 else gently_fallen(kept.f0)
        kept = replace(with_pitch(kept, end_of(kept.f0)), f0=ended)
        wave = synthesise(kept, controls, contour, np.random.default_rng(self._config.seed))
        if hill.any():
            frames = np.arange(kept.frames) * HOP + HOP / 2.0
            wave *= np.interp(np.arange(len(wave)), frames, 10.0 ** (EMPHASIS_DB / 20.0 * hill)).astype(np.float32)
        return faded(levelled(wave, controls.gain_db))

    def _halves(
        self, words: tuple[SaidWord, ...], controls: Controls, stressed: Emphasis, cancel: CancelFlag | None
    ) -> tuple[Samples, tuple[SpokenWord, ...]]:
        """A sentence too long for the network, spoken as two."""
        middle = len(words) // 2
        first, early = self._sentence(words[:middle], controls, stressed, cancel)
        second, late = self._sentence(words[middle:], controls, stressed, cancel)
        moved = tuple(SpokenWord(word.text, word.end + len(first)) for word in late)
        return np.concatenate([first, second]), early + moved

    @property
    def _pause_ids(self) -> frozenset[int]:
        return frozenset(self._ids[mark] for mark in PUNCTUATION if mark in self._ids)

    def _numbered(self, phonemes: Phonemes) -> tuple[list[int], list[int]]:
        """Ids with the pads, and for each word the place in them just past its last sound."""
        ids = [0]
        place_of = [1]
        for symbol in phonemes.symbols[:MOST_SYMBOLS]:
            if symbol in self._ids:
                ids.append(self._ids[symbol])
            place_of.append(len(ids))
        ends = [place_of[min(end, len(place_of) - 1)] for end in phonemes.ends]
        return [*ids, 0], ends

    def _predict(self, ids: list[int]) -> tuple[Spectra, NDArray[np.int64]]:
        feed = {"ids": np.asarray([ids], np.int64), "speed": np.ones(1, np.float32)}
        out = outputs(self._session, feed)
        *branches, f0, steps = out
        harmonic, turn, noise, rest, phase = (branch[0] for branch in branches)
        return Spectra(harmonic, turn, noise, rest, phase, f0[0]), np.asarray(steps, np.int64).reshape(-1)


def _factor(word: SaidWord, emphasised: bool) -> float:
    return SLOW if word.slow else EMPHASIS_STRETCH if emphasised else 1.0


def _vocabulary() -> dict[str, int]:
    text = files("hibari").joinpath("assets/vocab.json").read_text(encoding="utf-8")
    return {str(symbol): int(number) for symbol, number in json.loads(text).items()}
