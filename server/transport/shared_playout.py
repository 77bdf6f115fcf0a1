"""A playout that a device pulls on its thread while the call speaks into it on another: one lock around each call."""

from __future__ import annotations

from threading import RLock

from warmline.dialogue.types import TurnId
from warmline.speech.types import Samples
from warmline.tts.playout import MOST_QUEUED, Playout, Queued
from warmline.tts.types import Mark, SpokenChunk


class SharedPlayout(Playout):
    """As :class:`~warmline.tts.playout.Playout`. No call holds the lock for longer than one pull takes (well under a
    millisecond), so neither side is held up."""

    def __init__(self, latency: int = 0, most_queued: int = MOST_QUEUED) -> None:
        self._lock = RLock()
        super().__init__(latency, most_queued)

    @property
    def queued(self) -> int:
        with self._lock:
            return super().queued

    @property
    def room(self) -> int:
        with self._lock:
            return super().room

    @property
    def speaking(self) -> bool:
        with self._lock:
            return super().speaking

    @property
    def gain(self) -> float:
        with self._lock:
            return super().gain

    def begun(self, turn: TurnId) -> bool:
        with self._lock:
            return super().begun(turn)

    def enqueue(self, chunk: SpokenChunk) -> Queued:
        with self._lock:
            return super().enqueue(chunk)

    def finish(self, turn: TurnId) -> None:
        with self._lock:
            super().finish(turn)

    def pull(self, count: int) -> Samples:
        with self._lock:
            return super().pull(count)

    def murmur(self, audio: Samples) -> None:
        with self._lock:
            super().murmur(audio)

    def hush(self) -> None:
        with self._lock:
            super().hush()

    @property
    def murmuring(self) -> bool:
        with self._lock:
            return super().murmuring

    def duck(self) -> None:
        with self._lock:
            super().duck()

    def hold(self) -> None:
        with self._lock:
            super().hold()

    def restore(self) -> None:
        with self._lock:
            super().restore()

    def drop(self, turn: TurnId) -> None:
        with self._lock:
            super().drop(turn)

    def drop_all(self) -> None:
        with self._lock:
            super().drop_all()

    def heard(self, turn: TurnId) -> str:
        with self._lock:
            return super().heard(turn)

    def marks(self) -> tuple[Mark, ...]:
        with self._lock:
            return super().marks()

    def finished(self) -> tuple[TurnId, ...]:
        with self._lock:
            return super().finished()
