"""One recogniser for many calls: what is asked in one party of threads is decoded in one batch.

Who is alone is decoded as by the recogniser itself, at once. Knows nothing about who waits for what: which decodes meet
is decided by :mod:`warmline.speech.runtime.cores`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from warmline.speech.asr.base import Batching, Hypothesis, Recogniser, decode_many, tuned
from warmline.speech.runtime import party
from warmline.speech.runtime.cancel import CancelFlag, Cancelled
from warmline.speech.types import AudioChunk


@dataclass(frozen=True, slots=True)
class Asked:
    """``by``: the recogniser as it is used for this call."""

    by: Shared
    audio: AudioChunk
    cancel: CancelFlag | None


class Shared:
    """``inner`` in the use that ``hotwords`` and ``quick`` name: those of one use are decoded together."""

    def __init__(self, inner: Recogniser, hotwords: tuple[str, ...] = (), quick: bool = False) -> None:
        self._inner = inner
        self._hotwords = hotwords
        self._quick = quick

    @property
    def use(self) -> tuple[tuple[str, ...], bool]:
        return self._hotwords, self._quick

    def tuned(self, *, hotwords: tuple[str, ...] | None = None, quick: bool | None = None) -> Recogniser:
        """The same weights, used otherwise (see :class:`~warmline.speech.asr.base.Tunable`)."""
        return Shared(
            tuned(self._inner, hotwords=hotwords, quick=quick),
            self._hotwords if hotwords is None else hotwords,
            self._quick if quick is None else quick,
        )

    def decode(self, audio: AudioChunk, cancel: CancelFlag | None = None) -> Hypothesis:
        here = party.current()
        if here is None:
            return self._inner.decode(audio, cancel)
        return here.ask(Asked(self, audio, cancel), answered)

    def decode_many(self, audios: Sequence[AudioChunk], cancel: CancelFlag | None = None) -> list[Hypothesis]:
        if cancel is not None:
            cancel.check()
        return decode_many(self._inner, audios)

    def close(self) -> None:
        self._inner.close()


def shared(recogniser: Recogniser) -> Recogniser:
    """``recogniser`` for many calls, where it can decode several at once; else as it is."""
    return Shared(recogniser) if isinstance(recogniser, Batching) else recogniser


def answered(asked: Sequence[Asked]) -> list[Hypothesis | BaseException]:
    """A hypothesis for each, or what deciding about it raised; nothing is decoded for who gave up meanwhile."""
    answers: list[Hypothesis | BaseException] = [Cancelled()] * len(asked)
    alike: dict[tuple[tuple[str, ...], bool], list[int]] = {}
    for at, one in enumerate(asked):
        if one.cancel is None or not one.cancel.is_set:
            alike.setdefault(one.by.use, []).append(at)
    for places in alike.values():
        try:
            heard: Sequence[Hypothesis | BaseException] = asked[places[0]].by.decode_many(
                [asked[at].audio for at in places], asked[places[0]].cancel if len(places) == 1 else None
            )
        except Exception as error:  # noqa: BLE001 - the others of the party still want their answers
            heard = [error] * len(places)
        for nth, at in enumerate(places):
            answers[at] = heard[nth]
    try:
        return answers
    finally:
        # an error's traceback holds this frame, which must not hold the error
        answers, heard = [], ()
