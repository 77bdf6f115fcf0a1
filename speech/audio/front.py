"""The front end of one call: whatever comes in, mended, without noise if so wanted, and what is wrong with the line.

    front = FrontEnd(DENOISERS.create("none"))
    heard = front.push(samples, rate=8000, sequence=7)
    heard.chunks, heard.faults, heard.troubles

Pure but for its suppressor. Knows nothing about calls; echo is taken out before, where both ends are on one clock.
"""

from __future__ import annotations

from dataclasses import dataclass

from warmline.speech.audio.denoise.base import Denoiser
from warmline.speech.audio.faults import Fault
from warmline.speech.audio.findings import Listener, Trouble
from warmline.speech.audio.intake import Intake, Taken
from warmline.speech.types import SAMPLE_RATE, AudioChunk


@dataclass(frozen=True, slots=True)
class Heard:
    """``chunks`` follow on without a gap; ``faults`` of the stream, for logs; ``troubles`` of the line, for people."""

    chunks: tuple[AudioChunk, ...] = ()
    faults: tuple[Fault, ...] = ()
    troubles: tuple[Trouble, ...] = ()


class FrontEnd:
    """One call's. The first sample lies at ``start``. ``listener``: None where the line is judged elsewhere."""

    def __init__(
        self, denoiser: Denoiser, intake: Intake | None = None, listener: Listener | None = None, start: int = 0
    ) -> None:
        self._intake = intake or Intake(start=start)
        self._denoiser, self._listener = denoiser, listener
        self._at = self._intake.now

    def push(
        self, samples: object, rate: int = SAMPLE_RATE, *, sequence: int | None = None, at: int | None = None
    ) -> Heard:
        """Take one piece, as :meth:`Intake.push` does."""
        return self._heard(self._intake.push(samples, rate, sequence=sequence, at=at))

    def lost(self, samples: int) -> Heard:
        """So many samples of time have passed in which nothing came."""
        return self._heard(self._intake.lost(samples))

    def flush(self) -> Heard:
        """The stream has ended."""
        heard = self._heard(self._intake.flush())
        rest = self._denoiser.flush()
        last = (AudioChunk(rest, start=self._at),) if len(rest) else ()
        self._at += len(rest)
        return Heard((*heard.chunks, *last), heard.faults, heard.troubles)

    def close(self) -> None:
        """Free the suppressor."""
        self._denoiser.close()

    def _heard(self, taken: Taken) -> Heard:
        chunks: list[AudioChunk] = []
        troubles: list[Trouble] = []
        for chunk in taken.chunks:
            if self._listener is not None:
                troubles += self._listener.push(chunk.samples)
            clean = self._denoiser.push(chunk.samples)
            if len(clean):
                chunks.append(AudioChunk(clean, start=self._at))
                self._at += len(clean)
        return Heard(tuple(chunks), taken.faults, tuple(troubles))
