"""What is wrong with how somebody is heard, told once and with advice: silent, too quiet, clipped, too noisy.

The noise floor is the 10th percentile of the levels of 20 ms frames, the level of speech the 95th, over the last ten
seconds: a rough measure that needs no detector. After the idea of minimum statistics (Martin, 2001). Pure; knows
nothing about words. A finding is about the line, never about the person.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from enum import Enum
from typing import Final

import numpy as np
from numpy.typing import NDArray

from warmline.speech.audio.level import CLIPPED_AT, FLOOR_DBFS
from warmline.speech.types import SAMPLE_RATE, Samples

FRAME_S: Final = 0.02
WINDOW: Final = round(10.0 / FRAME_S)
VOICED: Final = 0.6
"""A frame whose autocorrelation reaches this within 2.5 to 13 ms has a pitch."""

MUTED_DBFS: Final = -85.0
"""Below it there is not even a room: the noise of a converter lies about here, that of a room some 20 dB above."""


class Trouble(Enum):
    """What is wrong, and what to do about it."""

    MUTED = "nothing at all comes from the microphone", "is it muted, unplugged, or not the one that is chosen?"
    QUIET = "you are very quiet", "come closer to the microphone, or turn its level up"
    CLIPPED = "the sound is overdriven", "move a little away from the microphone, or turn its level down"
    NOISY = "there is a lot of noise behind you", "a quieter place or a headset would help"

    def __init__(self, what: str, advice: str) -> None:
        self.what = what
        self.advice = advice

    def __str__(self) -> str:
        return f"{self.what}: {self.advice}"


@dataclass(frozen=True, slots=True)
class Line:
    """How somebody is heard. Levels in dBFS of 20 ms frames; ``clipped``: share of frames with a clipped sample."""

    speech_dbfs: float
    noise_dbfs: float
    clipped: float

    @property
    def snr_db(self) -> float:
        """Speech over noise; means little while nobody speaks."""
        return self.speech_dbfs - self.noise_dbfs


@dataclass(frozen=True, slots=True)
class ListenRules:
    """``muted_s``: how long there must be nothing at all. ``speech_s``: speech, by the detector or by loudness, before
    its level or the noise is judged. ``quiet_dbfs``: below it speech is too quiet. ``clipped``: share of the frames of
    speech. ``snr_db``: below it there is too much noise."""

    muted_s: float = 4.0
    speech_s: float = 2.0
    quiet_dbfs: float = -48.0
    clipped: float = 0.08
    snr_db: float = 10.0


class Listener:
    """Takes a stream in pieces of any length; each trouble is found once, and again only after it was gone for
    ten seconds."""

    def __init__(self, rules: ListenRules = ListenRules(), rate: int = SAMPLE_RATE) -> None:
        self._rules = rules
        self._frame = round(FRAME_S * rate)
        self._levels: deque[float] = deque(maxlen=WINDOW)
        self._clips: deque[bool] = deque(maxlen=WINDOW)
        self._pitched: deque[bool] = deque(maxlen=WINDOW)
        self._held: Samples = np.zeros(0, np.float32)
        self._seen: dict[Trouble, int] = {}
        self._now = self._muted = 0

    def push(self, samples: Samples) -> tuple[Trouble, ...]:
        """Take float32[n]; give the troubles that are new."""
        whole = np.concatenate((self._held, samples))
        count = len(whole) // self._frame
        self._held = whole[count * self._frame :].copy()
        if not count:
            return ()
        frames = whole[: count * self._frame].reshape(count, self._frame).astype(np.float64)
        levels = 10.0 * np.log10(np.maximum(frames.var(axis=1), 10.0 ** (FLOOR_DBFS / 10.0)))
        self._now += count
        self._levels.extend(levels.tolist())
        self._clips.extend(bool(peak >= CLIPPED_AT) for peak in np.abs(frames).max(axis=1))
        self._pitched.extend(bool(peak >= VOICED) for peak in _periodicity(frames, self._frame))
        loud = np.flatnonzero(levels > MUTED_DBFS)
        self._muted = self._muted + count if len(loud) == 0 else count - 1 - int(loud[-1])
        return self._new(self._found())

    @property
    def line(self) -> Line:
        """How it sounds now."""
        if not self._levels:
            return Line(FLOOR_DBFS, FLOOR_DBFS, 0.0)
        levels = np.array(self._levels)
        noise, speech = (float(level) for level in np.percentile(levels, (10, 95)))
        voiced = levels > max(noise + 0.5 * (speech - noise), speech - 20.0)
        clips = np.array(self._clips)
        return Line(speech, noise, float(clips[voiced].mean()) if voiced.any() else 0.0)

    def _found(self) -> set[Trouble]:
        rules, line, found = self._rules, self.line, set()
        if self._muted * FRAME_S >= rules.muted_s:
            return {Trouble.MUTED}
        levels = np.array(self._levels)
        spoken = int(np.count_nonzero(levels > line.noise_dbfs + 8.0)) * FRAME_S >= rules.speech_s
        if line.clipped > rules.clipped:
            found.add(Trouble.CLIPPED)
        if spoken and line.speech_dbfs < rules.quiet_dbfs:
            found.add(Trouble.QUIET)
        full = len(self._levels) == WINDOW
        if full and line.noise_dbfs > -50.0 and line.snr_db < rules.snr_db and not self._voice_throughout(levels):
            found.add(Trouble.NOISY)
        return found

    def _voice_throughout(self, levels: NDArray[np.float64]) -> bool:
        """Is even the quieter half of it voice? Somebody who cries without a pause is not to be told of noise."""
        quieter = np.array(self._pitched)[levels <= np.median(levels)]
        return float(quieter.mean()) > 0.3

    def _new(self, found: set[Trouble]) -> tuple[Trouble, ...]:
        new = tuple(one for one in Trouble if one in found and self._now - self._seen.get(one, -WINDOW) >= WINDOW)
        self._seen.update(dict.fromkeys(found, self._now))
        return new


def _periodicity(frames: NDArray[np.float64], frame: int) -> NDArray[np.float64]:
    """The highest normalised autocorrelation of each frame, float64[n, frame], at the lags of a voice."""
    centred = frames - frames.mean(axis=1, keepdims=True)
    power = np.abs(np.fft.rfft(centred, 2 * frame, axis=1)) ** 2
    products = np.fft.irfft(power, axis=1)[:, :frame]
    lags = slice(round(0.125 * frame), round(0.65 * frame))
    overlap = 1.0 - np.arange(frame) / frame
    scaled = products / (overlap * np.maximum(products[:, :1], 1e-12))
    return np.asarray(scaled[:, lags].max(axis=1))
