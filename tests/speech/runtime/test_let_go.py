"""What a job was about is let go of when the job fails, by counting: an error whose traceback holds a frame that holds
the error would keep the audio of a dropped decode until the garbage collector comes, which may be hours."""

from __future__ import annotations

import asyncio
import gc
import weakref
from collections.abc import Callable, Generator
from contextlib import suppress

import numpy as np
import pytest

from warmline.speech.asr.base import Hypothesis
from warmline.speech.asr.shared import shared
from warmline.speech.runtime.cancel import CancelFlag, Cancelled
from warmline.speech.runtime.cores import Cores, Lane
from warmline.speech.types import AudioChunk, Samples


class Audio(np.ndarray):  # type: ignore[type-arg]
    """Samples that can be asked for weakly."""


def audio(kept: list[weakref.ref[Audio]]) -> Audio:
    made = np.zeros(16_000, np.float32).view(Audio)
    kept.append(weakref.ref(made))
    return made


@pytest.fixture(autouse=True)
def _no_collector() -> Generator[None]:
    gc.collect()
    gc.disable()
    yield
    gc.enable()


def dropped(samples: Samples) -> Callable[[], None]:
    def job() -> None:
        assert len(samples)
        raise Cancelled

    return job


@pytest.mark.parametrize("lane", [Lane.LIVE, Lane.FINAL, Lane.PARTIAL])
@pytest.mark.parametrize("meets", [False, True])
async def test_a_job_that_was_dropped_leaves_nothing(lane: Lane, meets: bool) -> None:
    kept: list[weakref.ref[Audio]] = []

    async def one() -> None:
        with suppress(Cancelled):
            await cores.run(lane, dropped(audio(kept)), meets=meets)

    with Cores() as cores:
        await asyncio.gather(*(one() for _ in range(3)))
        await asyncio.sleep(0.05)  # the threads put down what they ran
        assert len(kept) == 3
        assert not [ref for ref in kept if ref() is not None]


class Fails:
    """Sees that nobody wants it any more, or cannot."""

    def __init__(self, error: type[Exception]) -> None:
        self._error = error

    def decode(self, audio: AudioChunk, cancel: CancelFlag | None = None) -> Hypothesis:
        raise self._error

    def decode_many(self, audios: list[AudioChunk], cancel: CancelFlag | None = None) -> list[Hypothesis]:
        raise self._error

    def close(self) -> None: ...


@pytest.mark.parametrize("error", [Cancelled, ValueError])
@pytest.mark.parametrize("calls", [1, 3])
async def test_a_decode_that_failed_among_others_leaves_nothing(error: type[Exception], calls: int) -> None:
    kept: list[weakref.ref[Audio]] = []
    ears = shared(Fails(error))

    async def one() -> None:
        chunk = AudioChunk(audio(kept))
        with suppress(Cancelled, ValueError):
            await cores.run(Lane.PARTIAL, lambda: ears.decode(chunk, CancelFlag()), meets=True)

    with Cores() as cores:
        await asyncio.gather(*(one() for _ in range(calls)))
        await asyncio.sleep(0.05)
        assert len(kept) == calls
        assert not [ref for ref in kept if ref() is not None]
