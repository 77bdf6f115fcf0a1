"""What the voice costs and how clean it is: first sound, joins, steadiness, a long reply under load, words heard.

Times are wall time of this process. The long reply is spoken as fast as the voice can while another thread keeps a core
busy, and each piece is offered to the playout at the moment it was ready; the playout itself is pulled on a clock that
jumps, so that ten minutes of reply take a fraction of that. It does not know networks or sound cards.
"""

from __future__ import annotations

import itertools
import random
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

import numpy as np

from warmline.dialogue.types import NEUTRAL, ReplySegment, Style
from warmline.server.bench.measure import BELOW_PEAK_DB, FRAME_S, levels_db
from warmline.speech.asr.base import Recogniser
from warmline.speech.asr.normalise import words_of
from warmline.speech.audio.resample import resampled
from warmline.speech.types import SAMPLE_RATE, AudioChunk, Samples
from warmline.tts.level import loudness_db
from warmline.tts.playout import Playout, Queued
from warmline.tts.speech_of import speech_of
from warmline.tts.types import VOICE_RATE, SpokenChunk
from warmline.tts.voice.base import Voice

EIGHT_WORDS: Final = (
    "It sounds like you have carried this alone.",
    "What was it like when nobody answered you?",
    "I'm glad that you told me about this.",
    "Take your time, we are in no hurry.",
    "You kept going though you were so tired.",
    "Who could sit with you for a while?",
    "Nothing that you said sounds strange to me.",
    "I can hear how much you miss her.",
)
FRAME: Final = VOICE_RATE // 50
CLICK: Final = 8.0
"""A join clicks where the curve bends so many times as sharply as almost anywhere in the speech around it."""

_NEAR: Final = VOICE_RATE // 1000


def first_ms(voice: Voice, count: int) -> list[float]:
    """Milliseconds to the first audio of eight words, ``count`` times."""
    return [speech_of(voice, EIGHT_WORDS[number % len(EIGHT_WORDS)], NEUTRAL).first_ms for number in range(count)]


def clicks(audio: Samples, joins: Sequence[int]) -> int:
    """How many of ``joins`` (sample indices) click: the second difference within 1 ms of the join stands
    :data:`CLICK` times above the 99th percentile of the whole's."""
    bend = np.abs(np.diff(audio, 2))
    if not len(bend):
        return 0
    usual = max(float(np.percentile(bend[bend > 1e-6], 99.0)) if (bend > 1e-6).any() else 0.0, 1e-4)
    return sum(bool((bend[max(0, join - _NEAR) : join + _NEAR] > CLICK * usual).any()) for join in joins)


def steadiness_lu(chunks: Sequence[SpokenChunk]) -> float:
    """The largest distance of a piece's loudness from their middle, in LU; pieces are all in one style."""
    levels = np.array([loudness_db(chunk.audio) for chunk in chunks])
    return float(np.abs(levels - np.median(levels)).max())


@dataclass(frozen=True, slots=True)
class Ready:
    """A piece of the long reply, ready ``at_s`` after the first was asked for."""

    chunk: SpokenChunk
    at_s: float


def long_reply(voice: Voice, texts: Sequence[str], minutes: float, style: Style) -> list[Ready]:
    """Sentences until they last ``minutes``, as one turn, each with the time it was ready. Raises VoiceError."""
    begun = time.perf_counter()
    ready: list[Ready] = []
    spoken = 0
    for number in itertools.count():
        segment = ReplySegment(1, number, texts[number % len(texts)], style, last=False)
        for chunk in voice.speak(segment):
            ready.append(Ready(chunk, time.perf_counter() - begun))
            spoken += len(chunk.audio)
        if spoken >= minutes * 60.0 * VOICE_RATE:
            return ready
    return ready


@dataclass(frozen=True, slots=True)
class Streamed:
    """``audio``: all that was played; ``underruns`` of the playout; ``joins``: where pieces meet in ``audio``."""

    audio: Samples
    underruns: int
    joins: tuple[int, ...]


def streamed(ready: Sequence[Ready]) -> Streamed:
    """The long reply through a playout that is pulled every 20 ms from the first piece on."""
    playout = Playout()
    waiting = list(reversed(ready))
    frames: list[Samples] = []
    begun_s = ready[0].at_s
    while True:
        now_s = begun_s + len(frames) * FRAME / VOICE_RATE
        while waiting and waiting[-1].at_s <= now_s and playout.enqueue(waiting[-1].chunk) is not Queued.FULL:
            waiting.pop()
        if not waiting:
            playout.finish(1)
        frames.append(playout.pull(FRAME))
        if playout.finished():
            break
    ends = itertools.accumulate(len(one.chunk.audio) for one in ready)
    return Streamed(np.concatenate(frames), playout.underruns, tuple(ends)[:-1])


@contextmanager
def load(work: Callable[[], object]) -> Iterator[None]:
    """Run ``work`` again and again on another thread meanwhile."""
    over = threading.Event()

    def busy() -> None:
        while not over.is_set():
            work()

    thread = threading.Thread(target=busy, name="warmline-load")
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


@dataclass(frozen=True, slots=True)
class Cut:
    """A reply cut by the person: words told as ``heard``, and words that end in what was played, by the times that our
    recogniser finds in a recording of the whole reply."""

    heard: int
    recorded: int

    @property
    def off(self) -> int:
        return abs(self.heard - self.recorded)


def cuts(voice: Voice, aligner: Recogniser, texts: Sequence[str], count: int, draw: random.Random) -> list[Cut]:
    """Speak ``texts`` as one reply, and stop it at ``count`` random moments as a barge-in does. The times to hold it
    against come from the sound alone: ``aligner`` is a recogniser that measures word times. Raises VoiceError,
    RecognitionError."""
    chunks = [
        chunk
        for number, text in enumerate(texts)
        for chunk in voice.speak(ReplySegment(1, number, text, NEUTRAL, last=number == len(texts) - 1))
    ]
    whole = np.concatenate([chunk.audio for chunk in chunks])
    recording = resampled(AudioChunk(np.pad(whole, (0, VOICE_RATE // 2)), VOICE_RATE), SAMPLE_RATE)
    heard = aligner.decode(recording).words
    ends = [_sound_end(recording.samples, word.end) for word in heard if words_of(word.text)]
    found = []
    for _ in range(count):
        at = draw.randrange(VOICE_RATE // 2, len(whole))
        playout = Playout()
        for chunk in chunks:
            playout.enqueue(chunk)
        playout.pull(at)
        playout.drop(1)
        played = at * SAMPLE_RATE // VOICE_RATE
        found.append(Cut(len(playout.heard(1).split()), sum(end <= played for end in ends)))
    return found


def _sound_end(samples: Samples, end: int) -> int:
    """Where the sound before ``end`` ends: aligned words reach into the silence behind them."""
    size = round(FRAME_S * SAMPLE_RATE)
    level = levels_db(samples[: end + size], SAMPLE_RATE)
    loud = np.flatnonzero(level > float(level.max(initial=-120.0)) - BELOW_PEAK_DB)
    return min(end, (int(loud[-1]) + 1) * size) if len(loud) else end
