"""The protocol of noise suppressors, and what streaming ones share. State lives in the object: one a call.

What comes out lies at the same place on the stream clock as what went in, and is as long: a suppressor's own delay is
cut off at the beginning and held back instead, and it says how much (:attr:`Denoiser.held_back`).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

import numpy as np

from warmline.speech.audio.resample import Resampler
from warmline.speech.types import SAMPLE_RATE, Samples


class Denoiser(Protocol):
    """Takes noise out of one 16 kHz stream."""

    def push(self, samples: Samples) -> Samples:
        """Take float32[n]; give what is ready, float32[m] in [-1, 1], m may be 0."""
        ...

    def flush(self) -> Samples:
        """The rest, as though silence followed; then it is ready for another stream."""
        ...

    @property
    def held_back(self) -> int:
        """Samples at 16 kHz that were taken and not yet given."""
        ...

    def close(self) -> None: ...


class Framed:
    """A suppressor that works on frames of 10 ms at ``rate`` Hz, as a stream at 16 kHz.

    ``process``: float32[rate / 100] to the same. ``delay``: by how many samples at ``rate`` its output lags.
    ``restart``: makes it forget the stream.
    """

    def __init__(
        self, process: Callable[[Samples], Samples], rate: int, delay: int, restart: Callable[[], None]
    ) -> None:
        self._process, self._rate, self._delay, self._restart = process, rate, delay, restart
        self._frame = rate // 100
        self._begin()

    @property
    def held_back(self) -> int:
        return self._taken - self._given

    def push(self, samples: Samples) -> Samples:
        self._taken += len(samples)
        return self._out(self._down.push(self._processed(self._up.push(samples))))

    def flush(self) -> Samples:
        wanted = self.held_back
        rest = self._up.flush()
        silence = np.zeros(self._delay + 2 * self._frame + self._rate // 50, np.float32)
        last = self._down.push(self._processed(np.concatenate((rest, silence))))
        out = np.concatenate((last, self._down.flush()))[:wanted]
        out = np.pad(out, (0, wanted - len(out)))
        self._restart()
        self._begin()
        return self._clipped(out)

    def _begin(self) -> None:
        self._up, self._down = Resampler(SAMPLE_RATE, self._rate), Resampler(self._rate, SAMPLE_RATE)
        self._waiting: Samples = np.zeros(0, np.float32)
        self._late = self._delay
        self._taken = self._given = 0

    def _processed(self, samples: Samples) -> Samples:
        whole = np.concatenate((self._waiting, samples))
        frames = len(whole) // self._frame
        self._waiting = whole[frames * self._frame :]
        pieces = [self._process(whole[i * self._frame : (i + 1) * self._frame]) for i in range(frames)]
        out = np.concatenate(pieces) if pieces else np.zeros(0, np.float32)
        dropped = min(self._late, len(out))
        self._late -= dropped
        return out[dropped:]

    def _out(self, samples: Samples) -> Samples:
        self._given += len(samples)
        return self._clipped(samples)

    def _clipped(self, samples: Samples) -> Samples:
        return np.asarray(np.clip(samples, -1.0, 1.0), dtype=np.float32)
