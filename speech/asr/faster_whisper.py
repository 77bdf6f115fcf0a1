"""Whisper on CTranslate2, the engine of faster-whisper, through windows shorter than the 30 s it was trained on.

Audio is padded with silence to the next of a few window lengths and encoded once; the encoder's output feeds the
decoder and is kept for the emotion head. Where a guard finds the text suspicious, the next longer windows look again,
the 30 s one last. Where the greedily chosen words are unsure, a beam search over the same encoder output looks for
others: cheaper than always searching, and no worse. No text of an earlier window is ever put before the decoder, so
that an error cannot feed itself; hot words are, and a guard listens again without them.

Measured and left out: words already known cannot be given to this decoder cheaply, because CTranslate2 steps through
a forced prefix one token at a time (a whole prefix costs as much as decoding it).
Source: Radford et al., "Robust Speech Recognition via Large-Scale Weak Supervision" (2022).
"""

from __future__ import annotations

import copy
import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final, Literal

from warmline.speech.asr import alignment, biasing, guards, windows
from warmline.speech.asr.alignment import Alignment
from warmline.speech.asr.base import Hypothesis, Recogniser
from warmline.speech.asr.guards import Guard, Voice
from warmline.speech.asr.joining import joined
from warmline.speech.asr.whisper import SHORTEST, Engine, Loading, Pass
from warmline.speech.runtime.cancel import CancelFlag
from warmline.speech.runtime.errors import RecognitionError, SettingsError
from warmline.speech.types import SAMPLE_RATE, AudioChunk, EncoderFeatures, Samples, samples_of, seconds_of
from warmline.speech.vad.base import FRAME
from warmline.speech.vad.silero import SileroConfig, SileroVad

WINDOWS_S: Final = (10.0, 12.0, 15.0, 20.0, 30.0)
"""Window lengths in seconds. Shorter ones than 10 s loop so often that looking again eats what they save (tiny.en, 24
clips and 102 beginnings of them: 8 s saves 2%, 6 s loses 1%); so does less room after the audio than ``_ROOM``."""

TOGETHER: Final = 8
"""Windows of several calls that are decoded at once: four take two thirds of their time one by one, on two cores."""

_LOOK_AGAIN_S = (15.0, 30.0)
_ROOM = samples_of(1.0)
_HOLE = 50  # voiced frames of 20 ms: a second that one token covers
_BEFORE = samples_of(0.2)
_LEAST = samples_of(0.5)


@dataclass(frozen=True, slots=True)
class FasterWhisperConfig:
    """``model``: a name from ``warmline weights list``, a folder in CTranslate2's format, or hub:owner/name@revision.
     ``language``: ISO code, or "auto" to let a multilingual model listen for it, among ``languages`` where given.
     ``threads``: cores it may use. ``device``: cpu, cuda or auto, with a ``compute_type`` that it can do (float16 on a
     GPU). ``batch``: windows of one long recording that are decoded at once; 8 or more pays on a GPU.
    ``beam``: width of the search for other words where the first ones are unsure; 1 for none. ``hotwords``: names and
     rare words to expect. ``shortest_s``: the shortest window; 30 is Whisper as published. ``check_voice``: ask Silero
     VAD about doubtful texts, because Whisper alone hears "thank you" in a sneeze. ``word_times``: "aligned" always
     takes a seventh more time for measured times and a confidence for each word; else only audio with pauses gets
     them, which is aligned anyway, and the words of other audio are spread over its voiced time."""

    model: str = "whisper-tiny.en"
    language: str = "en"
    languages: tuple[str, ...] = ()
    threads: int = 2
    compute_type: str = "int8"
    device: Literal["cpu", "cuda", "auto"] = "cpu"
    batch: int = 1
    beam: int = 10
    hotwords: tuple[str, ...] = ()
    shortest_s: float = 10.0
    check_voice: bool = True
    word_times: Literal["estimated", "aligned"] = "estimated"

    def __post_init__(self) -> None:
        if not 1 <= self.batch <= 64:
            raise ValueError(f"batch is from 1 to 64, not {self.batch}")
        if not 1 <= self.beam <= 20:
            raise ValueError(f"beam is from 1 to 20, not {self.beam}")


def _pieces(audio: AudioChunk) -> list[AudioChunk]:
    """The audio in windows' lengths. Raises RecognitionError for another rate."""
    if audio.sample_rate != SAMPLE_RATE:
        raise RecognitionError(f"recognition takes audio at {SAMPLE_RATE} Hz, not {audio.sample_rate}: resample it")
    ends = windows.cuts(audio.samples)
    return [
        AudioChunk(audio.samples[start:end], start=audio.start + start)
        for start, end in zip((0, *ends[:-1]), ends, strict=True)
    ]


class FasterWhisper:
    """Raises MissingWeights, CorruptWeights, SettingsError when built."""

    def __init__(self, config: FasterWhisperConfig) -> None:
        self._engine = Engine(
            Loading(config.model, config.language, config.languages, config.threads, config.compute_type, config.device)
        )
        self._config = config
        self._quick = False
        self._hotwords = config.hotwords
        self._hot = self._engine.hot(config.hotwords)
        self._windows = [samples_of(length) for length in WINDOWS_S if length >= config.shortest_s]
        self._vad = SileroVad(SileroConfig()) if config.check_voice else None
        if not self._windows:
            raise SettingsError(f"asr.shortest_s must be at most 30, not {config.shortest_s}")

    def tuned(self, *, hotwords: tuple[str, ...] | None = None, quick: bool | None = None) -> Recogniser:
        """The same weights with other hot words beside those of the settings, or without the search for other words."""
        other = copy.copy(self)
        if hotwords is not None:
            other._hotwords = (*self._config.hotwords, *hotwords)
            other._hot = self._engine.hot(other._hotwords)
        if quick is not None:
            other._quick = quick
        return other

    def decode(self, audio: AudioChunk, cancel: CancelFlag | None = None) -> Hypothesis:
        pieces = _pieces(audio)
        if self._config.batch == 1 or len(pieces) == 1:
            return joined([self._window(piece, cancel) for piece in pieces])
        passes = self._at_once(pieces, self._config.batch, cancel)
        return joined([self._window(piece, cancel, heard) for piece, heard in zip(pieces, passes, strict=True)])

    def decode_many(self, audios: Sequence[AudioChunk], cancel: CancelFlag | None = None) -> list[Hypothesis]:
        """First passes of all of them in batches, up to :data:`TOGETHER` windows of one length at a time; what needs a
        closer look gets it one by one."""
        all_pieces = [_pieces(audio) for audio in audios]
        flat = [piece for pieces in all_pieces for piece in pieces]
        passes = iter(self._at_once(flat, max(self._config.batch, TOGETHER), cancel))
        return [joined([self._window(piece, cancel, next(passes)) for piece in pieces]) for pieces in all_pieces]

    def close(self) -> None:
        self._engine.close()

    def _at_once(self, pieces: Sequence[AudioChunk], most: int, cancel: CancelFlag | None) -> list[Pass | None]:
        """The first pass of each piece, None where it holds no sound: pieces that need windows of one length are
        decoded ``most`` at a time."""
        by_length: dict[int, list[int]] = {}
        for index, piece in enumerate(pieces):
            if guards.unheard(piece.samples, SHORTEST) is None:
                by_length.setdefault(self._length(piece), []).append(index)
        passes: list[Pass | None] = [None] * len(pieces)
        for length, alike in by_length.items():
            for at in range(0, len(alike), most):
                batch = alike[at : at + most]
                found = self._engine.run_many([pieces[index].samples for index in batch], length, cancel, self._hot)
                for index, heard in zip(batch, found, strict=True):
                    passes[index] = heard
        return passes

    def _length(self, audio: AudioChunk) -> int:
        return next((size for size in self._windows if len(audio.samples) + _ROOM <= size), self._windows[-1])

    def _window(self, audio: AudioChunk, cancel: CancelFlag | None, heard: Pass | None = None) -> Hypothesis:
        """One hypothesis for audio that fits the longest window; ``heard``: its first pass, where there was one."""
        if (unheard := guards.unheard(audio.samples, SHORTEST)) is not None:
            return Hypothesis("", language=self._engine.language, confidence=0.0, rejected=unheard)
        first = self._length(audio)
        if heard is None:
            heard = self._engine.run(audio.samples, first, cancel, self._hot)
        features = EncoderFeatures(heard.frames, self._engine.name, audio.start)
        voice = self._voice(audio.samples) if guards.doubtful(heard.draft) else None
        for longer in (samples_of(length_s) for length_s in _LOOK_AGAIN_S):
            if not guards.suspicion(heard.draft) or guards.no_voice(heard.draft, voice):
                break
            if longer > first:
                heard = self._engine.run(audio.samples, longer, cancel, self._hot)
        searching = guards.unsure(heard.draft) and not guards.no_voice(heard.draft, voice)
        heard, echo = self._unechoed(self._searched(heard, audio, cancel) if searching else heard, audio, voice)
        if guards.suspicion(heard.draft) and guards.is_certain(voice):
            heard = replace(heard, draft=guards.once(heard.draft), tokens=())
        rejected = Guard.ECHO if echo else guards.verdict(heard.draft, voice)
        confidence = math.exp(min(0.0, heard.draft.log_prob))
        quick = self._quick and searching
        if rejected is not None:
            return Hypothesis("", (), heard.language, confidence, features, rejected, quick)
        return replace(self._covered(heard, audio, confidence, cancel), features=features, quick=quick)

    def _searched(self, heard: Pass, audio: AudioChunk, cancel: CancelFlag | None) -> Pass:
        """The pass with the words that a beam search finds, unless they run in a loop."""
        if self._quick or self._config.beam == 1:
            return heard
        if cancel is not None:
            cancel.check()
        found = self._engine.again(heard, audio.duration_s, self._config.beam, self._hot)
        return heard if guards.suspicion(found.draft) else found

    def _unechoed(self, heard: Pass, audio: AudioChunk, voice: Voice | None) -> tuple[Pass, bool]:
        """The pass, decoded once more without the hot words where they may have put words into it, and whether
        nothing is heard then: a prompt makes the decoder surer of whatever it says. What may be the list read back
        gives way to what is heard without it, unless that could be another spelling of the same."""
        text = heard.draft.text
        echo = biasing.echoes(text, self._hotwords)
        if not self._hot or not text or not (echo or guards.weak(heard.draft) or guards.unsure(heard.draft)):
            return heard, False
        plain = self._engine.again(heard, audio.duration_s, 1)
        if guards.doubtful(plain.draft) and voice is None:
            voice = self._voice(audio.samples)
        if guards.verdict(plain.draft, voice) is not None:
            return heard, True
        return (plain if echo and not biasing.alike(text, plain.draft.text) else heard), False

    def _covered(self, heard: Pass, audio: AudioChunk, confidence: float, cancel: CancelFlag | None) -> Hypothesis:
        """The words of a pass. Where it left out voice around a pause, the audio from that pause on is decoded anew:
        after a full stop Whisper likes to end, or to skip a sentence."""
        pauses = windows.pauses(audio.samples)
        found = (
            self._engine.align(heard, audio.samples)
            if heard.tokens and (pauses or self._config.word_times == "aligned")
            else None
        )
        missed = alignment.hole(found, windows.voiced(audio.samples), _HOLE) if found is not None else None
        if missed is not None:
            inside = (at for at in pauses if missed.start - _BEFORE <= at < missed.end)
            at = next((at for at in inside if len(audio.samples) - at >= _LEAST), None)
            if at is not None:
                left = AudioChunk(audio.samples[:at], start=audio.start)
                right = AudioChunk(audio.samples[at:], start=audio.start + at)
                begun = self._engine.first(heard, missed.token + 1)
                return joined((self._hypothesis(begun, found, left, confidence), self._window(right, cancel)))
        return self._hypothesis(heard, found, audio, confidence)

    def _hypothesis(self, heard: Pass, found: Alignment | None, audio: AudioChunk, confidence: float) -> Hypothesis:
        words = self._engine.words(heard, found, audio) if found is not None else None
        if words is None:
            words = windows.timed(heard.draft.text.split(), audio, confidence)
        return Hypothesis(heard.draft.text, words, heard.language, confidence)

    def _voice(self, samples: Samples) -> Voice | None:
        if self._vad is None:
            return None
        return Voice.of(self._vad.scores(samples).tolist(), seconds_of(FRAME))
