"""How it was spoken, in numbers: pitch, loudness, rate, pauses, and the voice's own unsteadiness. Pure numpy and scipy.

Syllables are counted as peaks of the voiced band's energy, after Mermelstein (1975) and de Jong and Wempe (2009).
Jitter and shimmer are Praat's "local" figures, from the tallest peak of each period instead of its correlated pulses.
It does not know the speaker's usual voice, and its loudness is that of the recording, not of the person.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage, signal

from warmline.emotion.pitch import FFT, HOP, RATE, SILENT_DB, Floats, Frames, analyse
from warmline.emotion.types import Prosody
from warmline.speech.types import SAMPLE_RATE, Samples

FRAME_S = HOP / RATE
PAUSE_S = 0.15
"""A gap in the speech at least this long is a pause; shorter ones are stops and breath between sounds."""

Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Unsteadiness:
    """Cycle to cycle: ``jitter`` of the period, ``shimmer`` of the height, both as shares; nan below 10 cycles."""

    jitter: float
    shimmer: float


def measure(samples: Samples, speech: Sequence[Span] = ()) -> Prosody:
    """Prosody of float32[n] at 16 kHz. ``speech``: voiced spans as sample indices into ``samples``; without them an
    energy gate finds the speech. Never raises on odd audio: what cannot be measured is nan (shares are 0)."""
    frames = analyse(samples)
    return summarise(frames, speech_frames(frames, speech))


def summarise(frames: Frames, spoken: NDArray[np.bool_]) -> Prosody:
    """Prosody of analysed audio; ``spoken``: bool[T], the frames that are speech."""
    voiced = frames.voiced & spoken
    pitch = semitones(frames.f0_hz[voiced])
    energy = frames.energy_db[spoken]
    gaps, total_s = pauses(spoken)
    steadiness = unsteadiness(frames, voiced)
    speech_s = float(spoken.sum()) * FRAME_S
    return Prosody(
        f0_hz=float(np.median(frames.f0_hz[voiced])) if len(pitch) else math.nan,
        f0_range_st=_spread(pitch) if len(pitch) >= 10 else math.nan,
        f0_slope_st_s=slope(frames, voiced, spoken),
        energy_db=float(energy.mean()) if len(energy) else math.nan,
        energy_range_db=_spread(energy) if len(energy) >= 10 else math.nan,
        rate_syllables_s=len(nuclei(frames, voiced)) / speech_s if speech_s >= 0.3 else math.nan,
        pause_share=sum(gaps) / total_s if total_s > 0.0 else 0.0,
        longest_pause_s=max(gaps, default=0.0),
        jitter=steadiness.jitter,
        shimmer=steadiness.shimmer,
        tilt_db_octave=tilt(frames, voiced),
        voiced_share=float(voiced.sum()) / max(1, int(spoken.sum())),
    )


def speech_frames(frames: Frames, speech: Sequence[Span] = ()) -> NDArray[np.bool_]:
    """bool[T]: frames that carry speech, by energy, and inside ``speech`` where spans are given.

    The gate lies 30 dB below the loud frames, or just above the noise floor where that is higher; gaps of up to
    60 ms are bridged.
    """
    energy = frames.energy_db
    if not len(energy):
        return np.zeros(0, bool)
    floor, loud = (float(value) for value in np.percentile(energy, (5.0, 95.0)))
    gate = max(loud - 30.0, min(floor + 5.0, loud - 9.0), SILENT_DB)
    spoken = ndimage.binary_closing(np.pad(energy > gate, 4), iterations=3)[4:-4]
    if speech:
        inside = np.zeros(len(energy), bool)
        for start, end in speech:
            inside[max(0, start // (2 * HOP)) : max(0, -(-end // (2 * HOP)))] = True
        spoken &= inside
    return np.asarray(spoken, bool)


def semitones(f0_hz: Floats) -> Floats:
    """Hz as semitones above 55 Hz."""
    return (12.0 * np.log2(np.maximum(f0_hz, 1e-3) / 55.0)).astype(np.float32)


def pauses(spoken: NDArray[np.bool_]) -> tuple[tuple[float, ...], float]:
    """Lengths in seconds of the pauses inside the speech, and of the whole from its first to its last frame."""
    at = np.flatnonzero(spoken)
    if not len(at):
        return (), 0.0
    gaps = (np.diff(at) - 1) * FRAME_S
    return tuple(float(gap) for gap in gaps[gaps >= PAUSE_S]), float(at[-1] - at[0] + 1) * FRAME_S


def slope(frames: Frames, voiced: NDArray[np.bool_], spoken: NDArray[np.bool_]) -> float:
    """Mean slope of the pitch within phrases in semitones a second, each phrase about its own mean; nan if unvoiced.

    A phrase is speech between two pauses.
    """
    at = np.flatnonzero(voiced)
    if len(at) < 20:
        return math.nan
    heard = np.flatnonzero(spoken)
    breaks = heard[1:][np.diff(heard) * FRAME_S >= PAUSE_S]
    phrase = np.searchsorted(breaks, at, side="right")
    time = at * FRAME_S
    pitch = semitones(frames.f0_hz[at]).astype(np.float64)
    count = np.maximum(np.bincount(phrase), 1)
    time = time - (np.bincount(phrase, time) / count)[phrase]
    pitch = pitch - (np.bincount(phrase, pitch) / count)[phrase]
    spread = float(np.sum(time**2))
    return float(np.sum(time * pitch)) / spread if spread > 1e-6 else math.nan


def nuclei(frames: Frames, voiced: NDArray[np.bool_]) -> NDArray[np.intp]:
    """Frames at which a syllable's vowel peaks: voiced, and 2 dB above the dips on both sides."""
    if not voiced.any():
        return np.zeros(0, np.intp)
    low, high = 300 * FFT // RATE, 3300 * FFT // RATE
    band = frames.power[:, low:high].sum(axis=1)
    band = 10.0 * np.log10(band + 1e-5 * band.max() + 1e-12)
    band = ndimage.uniform_filter1d(np.convolve(band, (0.25, 0.5, 0.25), "same"), 3)
    loud = float(np.percentile(band[voiced], 90.0)) - 25.0
    peaks, _ = signal.find_peaks(band, height=loud, prominence=2.0, distance=6)
    near_voice = ndimage.binary_dilation(voiced, iterations=2)
    return np.asarray(peaks[near_voice[peaks]], np.intp)


def tilt(frames: Frames, voiced: NDArray[np.bool_]) -> float:
    """Slope of the voiced frames' mean spectrum over 300-3,300 Hz in dB an octave (a tense voice is flatter)."""
    if int(voiced.sum()) < 5:
        return math.nan
    low, high = 300 * FFT // RATE, 3300 * FFT // RATE
    octave = np.log2(np.arange(low, high))
    level = 10.0 * np.log10(frames.power[voiced, low:high].mean(axis=0) + 1e-10)
    weight = 1.0 / np.arange(low, high)
    centred = octave - np.average(octave, weights=weight)
    return float(np.sum(weight * centred * level) / np.sum(weight * centred**2))


def unsteadiness(frames: Frames, voiced: NDArray[np.bool_]) -> Unsteadiness:
    """Jitter and shimmer from the tallest peak of each period.

    A peak is the largest sample within 0.65 periods to each side; periods are sorted into five bands so that each
    needs one moving maximum. Only clearly periodic moments count (autocorrelation 0.8 or more), and periods that
    differ by over 20% from the contour are no cycle.
    """
    steady = voiced & (frames.strength >= 0.8)
    if int(steady.sum()) < 10:
        return Unsteadiness(math.nan, math.nan)
    wave = _towards_peaks(frames.narrow, np.repeat(voiced, HOP))
    period = np.repeat(np.where(steady, RATE / np.nan_to_num(frames.f0_hz, nan=100.0), 0.0), HOP)
    limit = min(len(wave), len(period))
    wave, period = wave[:limit], period[:limit]
    edges = np.geomspace(period[period > 0].min() * 0.999, period.max() * 1.001, 6)
    peaks = np.zeros(limit, bool)
    for low, high in itertools.pairwise(edges):
        band = (period >= low) & (period < high)
        if band.any():
            reach = max(3, int(1.3 * math.sqrt(low * high)) | 1)
            peaks |= band & (wave > 0) & (wave == ndimage.maximum_filter1d(wave, reach))
    return _cycles(wave, period, np.flatnonzero(peaks))


def _towards_peaks(narrow: Floats, voiced: NDArray[np.bool_]) -> Floats:
    """The wave below about 1.2 kHz, turned so that its sharper peaks are positive."""
    smooth = np.convolve(narrow, signal.get_window("hann", 9)[1:] / 4.0, "same").astype(np.float32)
    heard = smooth[: len(voiced)][voiced[: len(smooth)]]
    return -smooth if len(heard) and float(np.mean(heard.astype(np.float64) ** 3)) < 0.0 else smooth


def _cycles(wave: Floats, period: NDArray[np.float64], peaks: NDArray[np.intp]) -> Unsteadiness:
    peaks = peaks[(peaks > 0) & (peaks < len(wave) - 1)]
    if len(peaks) < 10:
        return Unsteadiness(math.nan, math.nan)
    left, middle, right = (wave[peaks + step].astype(np.float64) for step in (-1, 0, 1))
    bend = np.minimum(left - 2.0 * middle + right, -1e-12)
    shift = np.clip(0.5 * (left - right) / bend, -0.5, 0.5)
    lengths = np.diff(peaks + shift)
    heights = middle - 0.25 * (left - right) * shift
    good = np.abs(lengths / np.maximum(period[peaks[1:]], 1.0) - 1.0) < 0.2
    pair = good[1:] & good[:-1]
    if int(pair.sum()) < 8:
        return Unsteadiness(math.nan, math.nan)
    # of a normal spread the median of |x| is 1 / 1.183 of its mean, and one wrong peak does not move it
    jitter = 1.183 * np.median(np.abs(np.diff(lengths))[pair]) / lengths[good].mean()
    shimmer = 1.183 * np.median(np.abs(np.diff(heights))[good]) / max(heights[1:][good].mean(), 1e-12)
    return Unsteadiness(float(jitter), float(shimmer))


def _spread(values: Floats) -> float:
    low, high = np.percentile(values, (5.0, 95.0))
    return float(high - low)


def duration_s(samples: Samples) -> float:
    return len(samples) / SAMPLE_RATE
