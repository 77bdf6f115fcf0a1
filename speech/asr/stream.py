"""Words while somebody speaks: a growing utterance decoded again and again at bounded cost, for every recogniser.

What is stable is settled by agreement between decodes. Once the audio since the last cut is long, its first part is
decoded a last time up to a pause and put aside, so that no decode ever covers much more than ``windows.CUT_AFTER``.
Nothing of the audio is kept between calls. It knows nothing about turns.
"""

from __future__ import annotations

from dataclasses import replace

from warmline.speech.asr import windows
from warmline.speech.asr.agreement import Agreement
from warmline.speech.asr.base import Hypothesis, Recogniser, tuned
from warmline.speech.asr.joining import joined
from warmline.speech.runtime.cancel import CancelFlag
from warmline.speech.types import AudioChunk, EncoderFeatures, PartialTranscript, samples_of

FEATURES_S = 30.0

FIRST_PARTIAL = samples_of(0.5)
PARTIAL_EVERY = samples_of(0.8)
"""How long somebody has spoken when the first partial is due, and how much more for each after it: the first words
show soon, and the rest leave the cores to others."""

_HEARD_AFTER_VOICE = samples_of(0.06)
_RECENT = samples_of(30.0)  # what a quiet end is compared with: the cost of a long turn must not grow


def next_partial(onset: int, decoded_to: int) -> int:
    """The stream-clock index at which a partial of a voice since ``onset`` is due, after one up to ``decoded_to``."""
    return onset + FIRST_PARTIAL if decoded_to <= onset else decoded_to + PARTIAL_EVERY


class Transcriber:
    """One utterance. Both methods take all of its audio so far (its beginning may be gone once it was put aside),
    block while the recogniser works, and are called one at a time. Raise RecognitionError and Cancelled; after
    Cancelled the state is as before the call, or one cut further. ``hotwords``: names that may be said in it."""

    def __init__(self, recogniser: Recogniser, hotwords: tuple[str, ...] = ()) -> None:
        self._recogniser = tuned(recogniser, hotwords=hotwords) if hotwords else recogniser
        self._quick = tuned(self._recogniser, quick=True)
        self._done: tuple[Hypothesis, ...] = ()
        self._settled: tuple[str, ...] = ()
        self._done_to: int | None = None
        self._agreement = Agreement()
        self._last: tuple[int, Hypothesis] | None = None

    @property
    def needs_from(self) -> int:
        """The stream-clock index before which no audio is needed any more: it was put aside. 0 at first."""
        return self._done_to or 0

    def partial(self, audio: AudioChunk, cancel: CancelFlag | None = None) -> PartialTranscript:
        """Decode what is new and say what is stable. ``stable`` only ever grows, word by word."""
        self._decode(audio, cancel, self._quick)
        stable = self._settled + self._agreement.stable
        return PartialTranscript(" ".join(stable), " ".join(self._agreement.tail), audio.end)

    @property
    def so_far(self) -> Hypothesis | None:
        """What the decodes up to now heard, with the encoder's frames of at most the last 30 s; None before the first
        one. Costs nothing, and may still change."""
        pieces = self._done if self._last is None else (*self._done, self._last[1])
        return joined(pieces, FEATURES_S) if pieces else None

    def final(self, audio: AudioChunk, cancel: CancelFlag | None = None, voiced_end: int | None = None) -> Hypothesis:
        """All words of the utterance, as well as they can be known now; the person may still go on afterwards. It may
        correct words that were called stable too early (about one in thirty).

        Costs nothing where the last decode already heard everything that was said: up to ``voiced_end`` (stream clock,
        from a voice activity detector), or by loudness where that is not given.
        """
        if not self._heard_all(audio, voiced_end):
            self._decode(audio, cancel, self._recogniser)
        assert self._last is not None
        return joined((*self._done, self._last[1]), FEATURES_S)

    def _decode(self, audio: AudioChunk, cancel: CancelFlag | None, recogniser: Recogniser) -> None:
        window = self._window(audio)
        while (at := windows.cut(window.samples)) is not None:
            self._put_aside(replace(window, samples=window.samples[:at]), cancel)
            window = self._window(audio)
        heard = recogniser.decode(window, cancel)
        self._agreement = self._agreement.heard(heard.text.split())
        self._last = (audio.end, heard)

    def _window(self, audio: AudioChunk) -> AudioChunk:
        if self._done_to is None or self._done_to <= audio.start:
            return audio
        return AudioChunk(audio.samples[self._done_to - audio.start :], audio.sample_rate, self._done_to)

    def _put_aside(self, window: AudioChunk, cancel: CancelFlag | None) -> None:
        heard = self._recogniser.decode(window, cancel)
        words, self._agreement = self._agreement.split(heard.text.split())
        self._settled += words
        self._done = _bounded((*self._done, heard))
        self._done_to = window.end
        self._last = None

    def _heard_all(self, audio: AudioChunk, voiced_end: int | None) -> bool:
        if self._last is None or self._last[0] > audio.end or self._last[1].quick:
            return False
        end = self._last[0]
        if voiced_end is not None:
            return end >= min(voiced_end + _HEARD_AFTER_VOICE, audio.end)
        at = max(0, end - audio.start)
        recent = audio.samples[-_RECENT:]
        return windows.is_quiet(audio.samples[max(0, at - _HEARD_AFTER_VOICE) :], recent)


def _bounded(done: tuple[Hypothesis, ...]) -> tuple[Hypothesis, ...]:
    """Features older than the last 30 s are let go: they are large."""
    kept: list[Hypothesis] = []
    room = FEATURES_S
    for piece in reversed(done):
        features: EncoderFeatures | None = piece.features if room > 0 else None
        room -= len(features.frames) / features.rate_hz if features is not None else 0.0
        kept.append(replace(piece, features=features))
    return tuple(reversed(kept))
