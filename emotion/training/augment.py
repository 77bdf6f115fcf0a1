"""What a line does to a voice: level, noise, rooms, the telephone band and speed, drawn from a seeded generator.

Every function takes and gives float32[n] mono at 16 kHz. Knows nothing about labels. Pitch is never shifted alone:
it carries the emotion that is to be learnt; speed moves it by a few percent, as between people.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.random import Generator
from scipy import signal

from warmline.emotion.training.corpora import decode
from warmline.speech.types import SAMPLE_RATE, Samples

MU = 255.0


def level(samples: Samples) -> float:
    """Root mean square, full scale being 1."""
    return float(np.sqrt(np.mean(np.square(samples, dtype=np.float64)))) if len(samples) else 0.0


def gain(samples: Samples, db: float) -> Samples:
    """Louder or softer by ``db``, clipped at full scale as a converter would."""
    return np.asarray(np.clip(samples * 10.0 ** (db / 20.0), -1.0, 1.0), np.float32)


def coloured_noise(count: int, slope: float, rng: Generator) -> Samples:
    """Gaussian noise of unit level whose power falls as 1 / f**slope (0 white, 1 pink, 2 brown)."""
    spectrum = np.fft.rfft(rng.standard_normal(max(count, 2)))
    frequency = np.maximum(np.arange(len(spectrum)), 1.0)
    noise = np.fft.irfft(spectrum / frequency ** (slope / 2.0), n=max(count, 2))[:count]
    return np.asarray(noise / max(float(noise.std()), 1e-12), np.float32)


def add_noise(samples: Samples, noise: Samples, snr_db: float) -> Samples:
    """Mix ``noise`` (repeated to length) so that the speech's loud part stands ``snr_db`` above it."""
    if not len(samples) or not len(noise):
        return samples
    repeated = np.resize(noise, len(samples))
    wanted = speech_level(samples) / 10.0 ** (snr_db / 20.0)
    mixed = samples + repeated * (wanted / max(level(repeated), 1e-9))
    return np.asarray(np.clip(mixed, -1.0, 1.0), np.float32)


def speech_level(samples: Samples) -> float:
    """Level of the louder half of the 20 ms frames: pauses do not count."""
    frames = samples[: len(samples) // 320 * 320].reshape(-1, 320)
    if not len(frames):
        return level(samples)
    power = np.sort(np.mean(np.square(frames, dtype=np.float64), axis=1))[len(frames) // 2 :]
    return float(np.sqrt(power.mean()))


def telephone(samples: Samples) -> Samples:
    """A narrow-band line: 300-3,400 Hz, 8 kHz, 8-bit mu-law (ITU-T G.711's curve, continuous form), back at 16 kHz."""
    if len(samples) < 64:
        return samples
    band = signal.butter(4, (300.0, 3400.0), "bandpass", fs=SAMPLE_RATE, output="sos")
    narrow = signal.resample_poly(signal.sosfilt(band, samples.astype(np.float64)), 1, 2)
    narrow = np.clip(narrow, -1.0, 1.0)
    squeezed = np.sign(narrow) * np.log1p(MU * np.abs(narrow)) / np.log1p(MU)
    coded = np.round(squeezed * 127.0) / 127.0
    opened = np.sign(coded) * np.expm1(np.abs(coded) * np.log1p(MU)) / MU
    return np.clip(signal.resample_poly(opened, 2, 1), -1.0, 1.0)[: len(samples)].astype(np.float32)


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


def speed(samples: Samples, factor: float) -> Samples:
    """Faster (> 1) or slower by resampling, so that pitch moves along; factors are rounded to hundredths."""
    hundredths = round(factor * 100)
    if hundredths == 100 or len(samples) < 64:
        return samples
    return np.asarray(signal.resample_poly(samples.astype(np.float64), 100, hundredths), np.float32)


def read_noises(folder: Path | None) -> tuple[Samples, ...]:
    """Every decodable recording under ``folder``, up to 30 s of each; none for no folder."""
    if folder is None:
        return ()
    found = (decode(path.read_bytes()) for path in sorted(folder.rglob("*")) if path.is_file())
    return tuple(samples[: 30 * SAMPLE_RATE] for samples in found if samples is not None and level(samples) > 1e-4)


def on_the_line(samples: Samples, rng: Generator, noises: Sequence[Samples] = ()) -> Samples:
    """One random way a call may change the voice; most draws combine two or three changes, some only the level."""
    if not len(samples):
        return samples
    changed = speed(samples, float(rng.uniform(0.92, 1.08))) if rng.random() < 0.5 else samples
    if rng.random() < 0.4:
        changed = room(changed, float(rng.uniform(0.15, 0.7)), float(rng.uniform(0.0, 12.0)), rng)
    if rng.random() < 0.6:
        changed = add_noise(changed, _noise(len(changed), rng, noises), float(rng.uniform(5.0, 30.0)))
    changed = gain(changed, float(rng.uniform(-14.0, 10.0)))
    return telephone(changed) if rng.random() < 0.45 else changed


def _noise(count: int, rng: Generator, noises: Sequence[Samples]) -> Samples:
    if not noises or rng.random() < 0.4:
        return coloured_noise(count, float(rng.uniform(0.0, 2.0)), rng)
    noise = noises[int(rng.integers(len(noises)))]
    return np.roll(noise, int(rng.integers(len(noise))))
