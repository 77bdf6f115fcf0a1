"""The embedded voice: hibari "heart" (Apache-2.0, 24 kHz, 7.9 MB), with exact control of every part of the tone.

Its network is run here in a session of our own, one sentence at a time, and our vocoder makes the waveform. Word ends
are exact: they come from the durations inside the graph (25 ms a step, two frames each), not from an estimate. The
silence it puts first and last is cut before the vocoder, which saves that time as well. English only.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.resources import files
from typing import Final

import numpy as np
from numpy.typing import NDArray

from warmline.dialogue.types import ReplySegment
from warmline.speech.runtime.cancel import CancelFlag
from warmline.speech.runtime.weights import locate
from warmline.speech.types import Samples
from warmline.tts.level import faded, levelled, silence
from warmline.tts.spoken_text import SaidWord, said_words, sentences
from warmline.tts.styling import Controls, contour_end_st, controls_of, pause_after_s
from warmline.tts.types import SpokenChunk, SpokenWord
from warmline.tts.voice.base import Capabilities
from warmline.tts.voice.graph import outputs, session_with_output
from warmline.tts.voice.phonemes import PUNCTUATION, Phonemes, Phonemiser
from warmline.tts.voice.vocoder import HOP, VOICED_HZ, Spectra, synthesise

DURATIONS: Final = "/Clip_output_0"
FRAMES_A_STEP: Final = 2
MOST_SYMBOLS: Final = 400
QUIET_DB: Final = 38.0
LEAD_FRAMES: Final = 2
TAIL_FRAMES: Final = 4
CONTOUR_FRAMES: Final = 32


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

    @property
    def capabilities(self) -> Capabilities:
        return Capabilities(
            controls=frozenset({"warmth", "pace", "pitch", "range", "volume", "breath"}),
            languages=frozenset({"en"}),
            streams=True,
        )

    def speak(self, segment: ReplySegment, cancel: CancelFlag | None = None) -> Iterator[SpokenChunk]:
        controls = controls_of(segment.style)
        parts = tuple(sentences(said_words(segment.text)))
        for place, words in enumerate(parts):
            if cancel:
                cancel.check()
            audio, spoken = self._sentence(words, controls, cancel)
            if not spoken:
                continue
            last = segment.last and place + 1 == len(parts)
            pause_s = 0.0 if last else pause_after_s(words[-1].said, controls)
            yield SpokenChunk(segment.turn, segment.index, np.concatenate([audio, silence(pause_s)]), spoken)

    def close(self) -> None:
        """Nothing is held open."""

    def _sentence(
        self, words: tuple[SaidWord, ...], controls: Controls, cancel: CancelFlag | None
    ) -> tuple[Samples, tuple[SpokenWord, ...]]:
        phonemes = self._phonemiser.read(words)
        if len(phonemes.symbols) > MOST_SYMBOLS and len(words) > 1:
            return self._halves(words, controls, cancel)
        ids, ends = self._numbered(phonemes)
        if len(ids) < 3:
            return silence(0.0), ()
        spectra, steps = self._predict(ids, controls.speed * self._config.speed)
        if cancel:
            cancel.check()
        index, word_frames = _timeline(spectra, steps, ids, ends, self._pause_ids, controls.pause_scale)
        if not len(index):
            return silence(0.0), ()
        kept = spectra.at(index)
        contour = _contour(kept.f0, contour_end_st(words[-1].said))
        rng = np.random.default_rng(self._config.seed)
        audio = faded(levelled(synthesise(kept, controls, contour, rng), controls.gain_db))
        spoken = tuple(
            SpokenWord(word.written, min(len(audio), frame * HOP))
            for word, frame in zip(words, word_frames, strict=True)
        )
        return audio, spoken

    def _halves(
        self, words: tuple[SaidWord, ...], controls: Controls, cancel: CancelFlag | None
    ) -> tuple[Samples, tuple[SpokenWord, ...]]:
        """A sentence too long for the network, spoken as two."""
        middle = len(words) // 2
        first, early = self._sentence(words[:middle], controls, cancel)
        second, late = self._sentence(words[middle:], controls, cancel)
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

    def _predict(self, ids: list[int], speed: float) -> tuple[Spectra, NDArray[np.int64]]:
        feed = {"ids": np.asarray([ids], np.int64), "speed": np.asarray([speed], np.float32)}
        out = outputs(self._session, feed)
        *branches, f0, steps = out
        harmonic, turn, noise, rest, phase = (branch[0] for branch in branches)
        return Spectra(harmonic, turn, noise, rest, phase, f0[0]), np.asarray(steps, np.int64).reshape(-1)


def _timeline(
    spectra: Spectra,
    steps: NDArray[np.int64],
    ids: list[int],
    ends: list[int],
    pause_ids: frozenset[int],
    pause_scale: float,
) -> tuple[NDArray[np.int64], list[int]]:
    """Which frames to play, in order (edges of silence cut, inner pauses scaled), and for each word the number of
    them that have been played when it ends."""
    level = spectra.level_db()
    sounding = np.flatnonzero(level > level.max() - QUIET_DB)
    first, last = max(0, sounding[0] - LEAD_FRAMES), min(spectra.frames - 1, sounding[-1] + TAIL_FRAMES)
    silent = level < level.max() - QUIET_DB
    stops = np.minimum(np.cumsum(steps) * FRAMES_A_STEP, spectra.frames)
    index: list[int] = []
    played_at = np.zeros(len(ids) + 1, np.int64)
    start = 0
    for place, stop in enumerate(stops):
        frames = [frame for frame in range(start, stop) if first <= frame <= last]
        if ids[place] in pause_ids and pause_scale != 1.0:
            frames = _paced(frames, silent, pause_scale)
        index += frames
        played_at[place + 1] = len(index)
        start = int(stop)
    total = len(index)
    return np.asarray(index, np.int64), [min(total, max(1, int(played_at[end]))) for end in ends]


def _paced(frames: list[int], silent: NDArray[np.bool_], scale: float) -> list[int]:
    """``frames`` of a pause with its silent ones made more or fewer; sounding ones (a decay) stay."""
    quiet = [frame for frame in frames if silent[frame]]
    if len(quiet) < 2:
        return frames
    wanted = max(1, round(len(quiet) * scale))
    kept = [quiet[min(len(quiet) - 1, int(place * len(quiet) / wanted))] for place in range(wanted)]
    return sorted([frame for frame in frames if not silent[frame]] + kept)


def _contour(f0: Samples, end_st: float) -> Samples:
    """Semitones to add to each frame: zero, then a smooth way to ``end_st`` over the last 0.4 s of voice."""
    added = np.zeros(len(f0), np.float32)
    voiced = np.flatnonzero(f0 > VOICED_HZ)
    if end_st == 0.0 or not len(voiced):
        return added
    stop = int(voiced[-1]) + 1
    start = max(int(voiced[0]), stop - CONTOUR_FRAMES)
    way = (np.arange(start, stop) - start + 1.0) / max(1, stop - start)
    added[start:stop] = end_st * 0.5 * (1.0 - np.cos(np.pi * way))
    added[stop:] = end_st
    return added


def _vocabulary() -> dict[str, int]:
    text = files("hibari").joinpath("assets/vocab.json").read_text(encoding="utf-8")
    return {str(symbol): int(number) for symbol, number in json.loads(text).items()}
