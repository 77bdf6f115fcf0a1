"""The protocol of recognisers: one decode of one stretch of audio. Streaming is built on top, for every backend."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol, runtime_checkable

from warmline.speech.runtime.cancel import CancelFlag
from warmline.speech.types import AudioChunk, EncoderFeatures, Word


@dataclass(frozen=True, slots=True)
class Hypothesis:
    """What one decode gave, after the guards.

    ``text`` is empty where the guards found no speech or a loop. ``words`` carry times on the stream clock
    (estimated when the backend has none). ``confidence`` in [0, 1] is exp(mean token log-probability).
    ``features`` is the encoder's output, where the backend has one. ``rejected`` names the guard that emptied it.
    ``quick``: decoded in a hurry (see :class:`Tunable`), and a closer look might find better words.
    """

    text: str
    words: tuple[Word, ...] = ()
    language: str = "en"
    confidence: float = 1.0
    features: EncoderFeatures | None = field(default=None, repr=False)
    rejected: str | None = None
    quick: bool = False


class Recogniser(Protocol):
    """Turns audio into words. Blocking; called on a worker thread; one call at a time."""

    def decode(self, audio: AudioChunk, cancel: CancelFlag | None = None) -> Hypothesis:
        """Decode mono 16 kHz audio of any length (long audio in windows). Raises RecognitionError, Cancelled."""
        ...

    def close(self) -> None: ...


@runtime_checkable
class Tunable(Protocol):
    """A recogniser that can be used in more than one way without loading its weights twice."""

    def tuned(self, *, hotwords: tuple[str, ...] | None = None, quick: bool | None = None) -> Recogniser:
        """The same weights, used otherwise; what is None stays as it is. ``hotwords``: names and rare words that the
        person may say. ``quick``: for partials, which are soon decoded again. Only the original is ever closed."""
        ...


@runtime_checkable
class Batching(Protocol):
    """A recogniser that decodes the audio of several calls in less time than one after the other."""

    def decode_many(self, audios: Sequence[AudioChunk], cancel: CancelFlag | None = None) -> list[Hypothesis]:
        """One hypothesis for each, the same as alone. Raises as :meth:`Recogniser.decode` does."""
        ...


def decode_many(recogniser: Recogniser, audios: Sequence[AudioChunk]) -> list[Hypothesis]:
    """All of them, at once where the recogniser can."""
    if isinstance(recogniser, Batching) and len(audios) > 1:
        return recogniser.decode_many(audios)
    return [recogniser.decode(audio) for audio in audios]


def tuned(recogniser: Recogniser, *, hotwords: tuple[str, ...] | None = None, quick: bool | None = None) -> Recogniser:
    """The recogniser used otherwise, where it can be; else as it is."""
    if isinstance(recogniser, Tunable):
        return recogniser.tuned(hotwords=hotwords, quick=quick)
    return recogniser
