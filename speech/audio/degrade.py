"""Audio made harder: level, noise, rooms and the telephone, the same for every command that measures or trains.

Every function takes and gives float32[n] mono at 16 kHz, of the same length and at the same place on the stream clock,
within [-1, 1]. What is drawn by chance comes from a generator that the caller seeds. It knows nothing about words or
labels, and is not for calls: a call's own audio is never touched by it.
"""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import numpy as np
from numpy.random import Generator
from scipy import signal

from warmline.speech.audio.codec import decode_mulaw, encode_mulaw
from warmline.speech.audio.files import iter_audio
from warmline.speech.audio.resample import Resampler
from warmline.speech.runtime.errors import UnreadableInput
from warmline.speech.types import SAMPLE_RATE, Samples, samples_of

TELEPHONE_RATE = 8_000
_BAND_HZ = (300.0, 3400.0)
_RECORDING_S = 30
_SHORTEST = 64  # samples; less has no band to cut
_RESPONSE_S = 2.0


@dataclass(frozen=True, slots=True)
class Harder:
    """What is done to each recording, in this order: a room, noise ``snr_db`` below the speech, the telephone.

    ``noises`` and ``rooms`` (impulse responses) are drawn from for each recording; with ``snr_db`` and no ``noises``
    the noise is pink. The same ``seed`` and ``key`` give the same samples on any machine run."""

    noises: tuple[Samples, ...] = ()
    snr_db: float | None = None
    rooms: tuple[Samples, ...] = ()
    telephone: bool = False
    seed: int = 0

    @property
    def changes(self) -> bool:
        """Whether anything is done at all."""
        return self.snr_db is not None or bool(self.rooms) or self.telephone

    def apply(self, samples: Samples, key: str) -> Samples:
        """The recording made harder; ``key`` names it, so that each has its own draw whatever the order."""
        chance = np.random.default_rng([self.seed, zlib.crc32(key.encode())])
        if self.rooms:
            samples = in_room(samples, self.rooms[int(chance.integers(len(self.rooms)))])
        if self.snr_db is not None:
            samples = add_noise(samples, any_noise(len(samples), self.noises, chance), self.snr_db)
        return telephone(samples) if self.telephone else samples


def level(samples: Samples) -> float:
    """Root mean square, full scale being 1."""
    return float(np.sqrt(np.mean(np.square(samples, dtype=np.float64)))) if len(samples) else 0.0


def speech_level(samples: Samples) -> float:
    """Level of the louder half of the 20 ms frames: pauses do not count."""
    frames = samples[: len(samples) // 320 * 320].reshape(-1, 320)
    if not len(frames):
        return level(samples)
    power = np.sort(np.mean(np.square(frames, dtype=np.float64), axis=1))[len(frames) // 2 :]
    return float(np.sqrt(power.mean()))


def gain(samples: Samples, db: float) -> Samples:
    """Louder or softer by ``db``, clipped at full scale as a converter would."""
    return np.asarray(np.clip(samples * 10.0 ** (db / 20.0), -1.0, 1.0), np.float32)


def coloured_noise(count: int, slope: float, rng: Generator) -> Samples:
    """Gaussian noise of unit level whose power falls as 1 / f**slope (0 white, 1 pink, 2 brown)."""
    spectrum = np.fft.rfft(rng.standard_normal(max(count, 2)))
    frequency = np.maximum(np.arange(len(spectrum)), 1.0)
    noise = np.fft.irfft(spectrum / frequency ** (slope / 2.0), n=max(count, 2))[:count]
    return np.asarray(noise / max(float(noise.std()), 1e-12), np.float32)


def any_noise(count: int, noises: Sequence[Samples], rng: Generator) -> Samples:
    """One of the noises from a random moment on, repeated to ``count`` samples; pink noise where there is none."""
    if not noises:
        return coloured_noise(count, 1.0, rng)
    noise = noises[int(rng.integers(len(noises)))]
    return np.resize(np.roll(noise, -int(rng.integers(len(noise)))), count)


def add_noise(samples: Samples, noise: Samples, snr_db: float) -> Samples:
    """Mix ``noise`` (repeated to length) so that the speech's loud part stands ``snr_db`` above it."""
    if not len(samples) or not len(noise):
        return samples
    repeated = np.resize(noise, len(samples))
    wanted = speech_level(samples) / 10.0 ** (snr_db / 20.0)
    mixed = samples + repeated * (wanted / max(level(repeated), 1e-9))
    return np.asarray(np.clip(mixed, -1.0, 1.0), np.float32)


def telephone(samples: Samples) -> Samples:
    """A narrow-band line and back: 300-3,400 Hz, 8 kHz, 8-bit mu-law (ITU-T G.711)."""
    if len(samples) < _SHORTEST:
        return samples
    band = signal.butter(4, _BAND_HZ, "bandpass", fs=SAMPLE_RATE, output="sos")
    banded = np.asarray(signal.sosfilt(band, samples.astype(np.float64)), np.float32)
    heard = decode_mulaw(encode_mulaw(_whole(banded, SAMPLE_RATE, TELEPHONE_RATE)))
    wide = _whole(heard, TELEPHONE_RATE, SAMPLE_RATE)[: len(samples)]
    return np.clip(np.pad(wide, (0, len(samples) - len(wide))), -1.0, 1.0)


def in_room(samples: Samples, response: Samples) -> Samples:
    """As heard through a room's impulse response: its direct sound stays in time, its reverberation follows, the
    level is kept; what rings on after the end is cut off."""
    if not len(samples) or not len(response) or not np.any(response):
        return samples
    direct = int(np.argmax(np.abs(response)))
    tail = response[direct : direct + samples_of(_RESPONSE_S)].astype(np.float64)
    wet = signal.fftconvolve(samples.astype(np.float64), tail)[: len(samples)]
    wet *= level(samples) / max(float(np.sqrt(np.mean(wet**2))), 1e-12)
    return np.clip(wet, -1.0, 1.0).astype(np.float32)


def room(samples: Samples, rt60_s: float, direct_db: float, rng: Generator) -> Samples:
    """A synthetic room: decaying noise (60 dB in ``rt60_s``), ``direct_db`` below the direct sound, level kept."""
    count = max(16, int(rt60_s * SAMPLE_RATE))
    decay = 10.0 ** (-3.0 * np.arange(count) / count)
    tail = rng.standard_normal(count) * decay
    tail *= 10.0 ** (-direct_db / 20.0) / max(float(np.sqrt(np.sum(tail**2))), 1e-12)
    tail[: int(0.002 * SAMPLE_RATE)] = 0.0
    tail[0] = 1.0
    wet = signal.fftconvolve(samples.astype(np.float64), tail)[: len(samples)]
    wet *= level(samples) / max(float(np.sqrt(np.mean(wet**2))), 1e-12)
    return np.clip(wet, -1.0, 1.0).astype(np.float32)


def read_recordings(folder: Path | None) -> tuple[Samples, ...]:
    """Every recording under ``folder`` that can be decoded and is not silent, up to 30 s of each, by name; none for
    no folder. Raises UnreadableInput: no such folder, or nothing in it that could be used."""
    if folder is None:
        return ()
    if not folder.is_dir():
        raise UnreadableInput(f"{folder} is no folder: give a folder of recordings")
    found = tuple(_beginning(path) for path in sorted(folder.rglob("*")) if path.is_file())
    usable = tuple(samples for samples in found if level(samples) > 1e-5)
    if not usable:
        raise UnreadableInput(
            f"there is no recording below {folder} that can be decoded: give wav, flac, opus, mp3 ..."
        )
    return usable


def _beginning(path: Path) -> Samples:
    try:
        pieces = list(islice(iter_audio(path), _RECORDING_S))
    except UnreadableInput:
        return np.zeros(0, np.float32)
    return np.concatenate(pieces) if pieces else np.zeros(0, np.float32)


def _whole(samples: Samples, source_rate: int, target_rate: int) -> Samples:
    stream = Resampler(source_rate, target_rate)
    return np.concatenate((stream.push(samples), stream.flush()))
