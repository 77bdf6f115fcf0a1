"""How many calls the ears of a cluster hold: callers who ask once a second, more and more of them, until answers are
late. The stand-in ear takes a fixed time and no core, so nodes count and not the machine below them."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np

from warmline.server.report import percentile
from warmline.speech.asr.base import Recogniser
from warmline.speech.runtime.errors import BackendError
from warmline.speech.types import AudioChunk

TAKES_S: Final = 0.1
"""One decode of the stand-in."""

LATE_S: Final = 0.5
"""p95 of an answer beyond which so many calls are too many."""

WATCH_S: Final = 6.0


@dataclass(frozen=True, slots=True)
class Step:
    """``answers`` in time and late, ``failed`` ones; ``p95_ms`` of their delays."""

    calls: int
    answers: int
    failed: int
    p95_ms: float

    @property
    def held(self) -> bool:
        return self.answers > 0 and not self.failed and self.p95_ms <= 1_000.0 * LATE_S


def held(ear: Recogniser, first: int, by: int, note: Callable[[str], None]) -> tuple[int, tuple[Step, ...]]:
    """The most calls of which all are answered in time, and each step on the way; 0 where even ``first`` are too many.

    A step that fails is tried once more: one hiccup of the machine is no limit."""
    steps: list[Step] = []
    most, calls, failures = 0, first, 0
    while failures < 2:
        step = _step(ear, calls)
        steps.append(step)
        note(f"{calls} calls: p95 {step.p95_ms:.0f} ms, {step.failed} failed")
        if step.held:
            most, calls, failures = calls, calls + by, 0
        else:
            failures += 1
    return most, tuple(steps)


def _step(ear: Recogniser, calls: int) -> Step:
    delays: list[float] = []
    failed: list[str] = []
    stop = time.monotonic() + WATCH_S

    def call(number: int) -> None:
        dice = random.Random(number)
        audio = AudioChunk(np.zeros(16_000, np.float32))
        due = time.monotonic() + dice.random()
        while due < stop:
            time.sleep(max(0.0, due - time.monotonic()))
            try:
                ear.decode(audio)
            except BackendError as error:
                failed.append(str(error))
            else:
                delays.append(time.monotonic() - due)
            due += 1.0

    threads = [threading.Thread(target=call, args=(number,), daemon=True) for number in range(calls)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return Step(calls, len(delays), len(failed), 1_000.0 * percentile(delays, 95.0))
