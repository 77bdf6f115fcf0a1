"""How it was spoken, in numbers: pitch, loudness, rate, pauses, and the voice's own unsteadiness. Pure numpy and scipy.

Syllables are counted as peaks of the voiced band's energy, after Mermelstein (1975) and de Jong and Wempe (2009).
Jitter and shimmer are Praat's "local" figures, from the tallest peak of each period instead of its correlated pulses.
It does not know the speaker's usual voice, and its loudness is that of the recording, not of the person.
"""

from __future__ import annotations

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
FRAME = 2 * HOP
"""Samples at 16 kHz from frame to frame."""

END_S = 0.3
"""The end of a phrase: about its last two syllables."""

PAUSE_S = 0.15
"""A gap in the speech at least this long is a pause; shorter ones are stops and breath between sounds."""

Span = tuple[int, int]

_SMOOTHER = (signal.get_window("hann", 9)[1:] / 4.0).astype(np.float32)


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
    gaps_s = [(end - start) / SAMPLE_RATE for start, end in gaps]
    steadiness = unsteadiness(frames, voiced)
    speech_s = float(spoken.sum()) * FRAME_S
    return Prosody(
        f0_hz=float(np.median(frames.f0_hz[voiced])) if len(pitch) else math.nan,
        f0_range_st=_spread(pitch) if len(pitch) >= 10 else math.nan,
        f0_slope_st_s=slope(frames, voiced, spoken),
        energy_db=float(energy.mean()) if len(energy) else math.nan,
        energy_range_db=_spread(energy) if len(energy) >= 10 else math.nan,
        # of less than 0.3 s a rate would only say how short it was
        rate_syllables_s=len(nuclei(frames, voiced)) / max(speech_s, 0.3) if len(pitch) else math.nan,
        pause_share=sum(gaps_s) / total_s if total_s > 0.0 else 0.0,
        longest_pause_s=max(gaps_s, default=0.0),
        jitter=steadiness.jitter,
        shimmer=steadiness.shimmer,
        tilt_db_octave=tilt(frames, voiced),
        voiced_share=float(voiced.sum()) / max(1, int(spoken.sum())),
        harmonicity_db=harmonicity(frames, voiced),
        end_slope_st_s=end_slope(frames, voiced, spoken),
        pauses=gaps,
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
            inside[max(0, start // FRAME) : max(0, -(-end // FRAME))] = True
        spoken &= inside
    return np.asarray(spoken, bool)


def semitones(f0_hz: Floats) -> Floats:
    """Hz as semitones above 55 Hz."""
    return (12.0 * np.log2(np.maximum(f0_hz, 1e-3) / 55.0)).astype(np.float32)


def pauses(spoken: NDArray[np.bool_]) -> tuple[tuple[Span, ...], float]:
    """The pauses inside the speech as spans of samples at 16 kHz, and the length in seconds of the whole from its
    first to its last frame."""
    at = np.flatnonzero(spoken)
    if not len(at):
        return (), 0.0
    long = np.flatnonzero((np.diff(at) - 1) * FRAME_S >= PAUSE_S - 1e-9)
    gaps = tuple(((int(at[place]) + 1) * FRAME, int(at[place + 1]) * FRAME) for place in long)
    return gaps, float(at[-1] - at[0] + 1) * FRAME_S


def slope(frames: Frames, voiced: NDArray[np.bool_], spoken: NDArray[np.bool_]) -> float:
    """Mean slope of the pitch within phrases in semitones a second, each phrase about its own mean; nan if unvoiced.

    A phrase is speech between two pauses.
    """
    at = np.flatnonzero(voiced)
    return _slope(frames, at, _phrases(at, spoken)) if len(at) >= 20 else math.nan


def end_slope(frames: Frames, voiced: NDArray[np.bool_], spoken: NDArray[np.bool_]) -> float:
    """The same over the last :data:`END_S` of voice of each phrase; nan where no phrase ends in 0.1 s of voice."""
    at = np.flatnonzero(voiced)
    if not len(at):
        return math.nan
    phrase = _phrases(at, spoken)
    last = np.zeros(int(phrase.max()) + 1, np.intp)
    np.maximum.at(last, phrase, at)
    ends = at > last[phrase] - round(END_S / FRAME_S)
    count = np.bincount(phrase[ends])[phrase]
    ends &= count >= 10
    return _slope(frames, at[ends], phrase[ends]) if ends.any() else math.nan


def _phrases(at: NDArray[np.intp], spoken: NDArray[np.bool_]) -> NDArray[np.intp]:
    """The number of the phrase in which each of the frames ``at`` lies."""
    heard = np.flatnonzero(spoken)
    breaks = heard[1:][np.diff(heard) * FRAME_S >= PAUSE_S]
    return np.asarray(np.searchsorted(breaks, at, side="right"), np.intp)


def _slope(frames: Frames, at: NDArray[np.intp], phrase: NDArray[np.intp]) -> float:
    time = at * FRAME_S
    pitch = semitones(frames.f0_hz[at]).astype(np.float64)
    count = np.maximum(np.bincount(phrase), 1)
    time = time - (np.bincount(phrase, time) / count)[phrase]
    pitch = pitch - (np.bincount(phrase, pitch) / count)[phrase]
    spread = float(np.sum(time**2))
    return float(np.sum(time * pitch)) / spread if spread > 1e-6 else math.nan


def harmonicity(frames: Frames, voiced: NDArray[np.bool_]) -> float:
    """Mean harmonics-to-noise ratio in dB (Boersma 1993), of what lies below 4 kHz; nan below five voiced frames."""
    if int(voiced.sum()) < 5:
        return math.nan
    strength = np.clip(frames.strength[voiced], 0.01, 0.9999)
    return float(np.mean(10.0 * np.log10(strength / (1.0 - strength))))


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
    """Jitter and shimmer from the tallest peak of each period: no other within 0.65 periods to each side is higher.

    Only clearly periodic moments count (autocorrelation 0.8 or more), and periods that differ by over 20% from the
    contour are no cycle.
    """
    steady = voiced & (frames.strength >= 0.8)
    if int(steady.sum()) < 10:
        return Unsteadiness(math.nan, math.nan)
    wave = _towards_peaks(frames.narrow, np.repeat(voiced, HOP))
    period = np.where(steady, RATE / np.nan_to_num(frames.f0_hz, nan=100.0), 0.0).astype(np.float32)
    inner = wave[1 : len(voiced) * HOP - 1]
    top = (inner > 0.0) & (inner >= wave[: len(inner)]) & (inner > wave[2 : len(inner) + 2])
    at = np.flatnonzero(top) + 1
    at = at[period[at // HOP] > 0.0]
    peaks = at[_tallest(at, wave[at], 0.65 * period[at // HOP])]
    return _cycles(wave, period[peaks // HOP], peaks)


def _tallest(at: NDArray[np.intp], height: Floats, reach: Floats) -> NDArray[np.bool_]:
    """bool[n]: peaks that no other within ``reach`` samples stands over; ``at`` ascends."""
    kept = np.ones(len(at), bool)
    for apart in range(1, len(at)):
        distance = at[apart:] - at[:-apart]
        near_left, near_right = distance <= reach[apart:], distance <= reach[:-apart]
        if not (near_left.any() or near_right.any()):
            break
        kept[apart:] &= ~(near_left & (height[:-apart] > height[apart:]))
        kept[:-apart] &= ~(near_right & (height[apart:] >= height[:-apart]))
    return kept


def _towards_peaks(narrow: Floats, voiced: NDArray[np.bool_]) -> Floats:
    """The wave below about 1.2 kHz, turned so that its sharper peaks are positive."""
    smooth = np.convolve(narrow, _SMOOTHER, "same").astype(np.float32)
    heard = smooth[: len(voiced)][voiced[: len(smooth)]]
    return -smooth if len(heard) and float(np.mean(heard * heard * heard)) < 0.0 else smooth


def _cycles(wave: Floats, period: Floats, peaks: NDArray[np.intp]) -> Unsteadiness:
    """``period``: of the contour, in samples, at each of ``peaks``."""
    if len(peaks) < 10:
        return Unsteadiness(math.nan, math.nan)
    left, middle, right = (wave[peaks + step].astype(np.float64) for step in (-1, 0, 1))
    bend = np.minimum(left - 2.0 * middle + right, -1e-12)
    shift = np.clip(0.5 * (left - right) / bend, -0.5, 0.5)
    lengths = np.diff(peaks + shift)
    heights = middle - 0.25 * (left - right) * shift
    good = np.abs(lengths / np.maximum(period[1:], 1.0) - 1.0) < 0.2
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
