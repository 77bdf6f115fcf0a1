"""What a telephone's codec and our change of rate add to a call's delay, each way: clicks through the real path.

A click goes in at a known sample; where it comes out is its delay, because 20 ms go in and 20 ms come out at a time. It
knows nothing of networks, of a provider's own delay, or of the 20 ms that any line takes to fill a frame.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Final

import numpy as np

from warmline.server.transport.ear import Ear
from warmline.server.transport.formats import PCMA, PCMU, Format, linear
from warmline.server.transport.telephony.spoken import Spoken
from warmline.speech.runtime.clock import WallClock
from warmline.speech.types import SAMPLE_RATE, Samples
from warmline.tts.types import VOICE_RATE

LINES: Final[dict[str, Format]] = {"mulaw": PCMU, "alaw": PCMA, "linear8": linear(8_000), "linear16": linear(16_000)}
FRAMES_A_CLICK: Final = 5
LEVEL: Final = 0.9


@dataclass(frozen=True, slots=True)
class Way:
    """``delay_ms`` of each click; ``frame_ms``: processing time of each 20 ms."""

    delay_ms: tuple[float, ...]
    frame_ms: tuple[float, ...]

    def view(self) -> dict[str, float]:
        """The figures."""
        return {
            "p50": float(np.median(self.delay_ms)),
            "max": max(self.delay_ms),
            "processing_p95": float(np.percentile(self.frame_ms, 95)),
        }


def clicks(rate: int, count: int, seed: int) -> tuple[Samples, tuple[int, ...]]:
    """``count`` clicks, one in five frames, at random samples of it: the wave, and where they are."""
    random, step = np.random.default_rng(seed), rate // 50 * FRAMES_A_CLICK
    places = tuple(int(place) for place in np.arange(1, count + 1) * step + random.integers(0, step // 2, count))
    wave = np.zeros((count + 3) * step, np.float32)
    wave[list(places)] = LEVEL
    return wave, places


def heard(form: Format, count: int, seed: int = 0) -> Way:
    """From the line's bytes to what the conversation hears."""
    wave, places = clicks(form.rate, count, seed)
    ear, out, took = Ear(form.rate, WallClock()), [np.zeros(0, np.float32)], []
    for frame in wave.reshape(-1, form.rate // 50):
        data = form.encode(frame)
        begun = time.perf_counter()
        ear.append(form.decode(data))
        out += ear.step()
        took.append((time.perf_counter() - begun) * 1000.0)
    return Way(_delays(np.concatenate(out), SAMPLE_RATE, form.rate, places), tuple(took))


def spoken(form: Format, count: int, seed: int = 0) -> Way:
    """From our voice to the line's bytes."""
    wave, places = clicks(VOICE_RATE, count, seed)
    voice, out, took, end = Spoken(form), [np.zeros(0, np.float32)], [], 0
    for frame in wave.reshape(-1, VOICE_RATE // 50):
        end += len(frame)
        begun = time.perf_counter()
        data = voice.encode(frame, end)
        took.append((time.perf_counter() - begun) * 1000.0)
        out.append(form.decode(data))
    return Way(_delays(np.concatenate(out), form.rate, VOICE_RATE, places), tuple(took))


def _delays(out: Samples, rate: int, rate_in: int, places: tuple[int, ...]) -> tuple[float, ...]:
    """Each click is found as the loudest sample up to the next one's earliest place."""
    window = rate // 50 * FRAMES_A_CLICK // 2
    found = []
    for place in places:
        first = place * rate // rate_in - rate // 1000
        at = first + int(np.argmax(np.abs(out[first : first + window])))
        found.append((at / rate - place / rate_in) * 1000.0)
    return tuple(found)
