"""The hibari vocoder with a hand on every control: spectra per frame in, waveform out. Pure; knows no text.

The network gives, for each 12.5 ms frame, three branches of a spectrum on 601 bins (after the published form):

    S = exp(lh) e^{i pi tanh(theta)} STFT(pulses(f0))  +  exp(ln) Z  +  exp(lr) e^{i phi}

the voiced branch filters a train of pulses at F0, the second shapes noise, the third carries what is left. One inverse
STFT (1200 points, hop 300, Hann, 24 kHz) makes the waveform. F0, tilt and breath are changed here, before it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

import numpy as np
import scipy.fft
from numpy.typing import NDArray
from scipy.ndimage import maximum_filter1d, uniform_filter1d

from warmline.speech.types import Samples
from warmline.tts.styling import Controls
from warmline.tts.types import VOICE_RATE
from warmline.tts.voice.timeline import VOICED_HZ

N_FFT: Final = 1200
HOP: Final = 300
BINS: Final = N_FFT // 2 + 1
HIGHEST_HARMONIC_HZ: Final = 11_000.0
LOWEST_F0_HZ: Final = 70.0
HIGHEST_F0_HZ: Final = 500.0
LOUDEST_LOG: Final = 7.0
TILT_PIVOT_HZ: Final = 700.0
ASPIRATION_DB: Final = -16.0
ASPIRATION_SLOPE: Final = 3.0

Matrix = NDArray[np.float32]
_NEPER_PER_DB: Final = float(np.log(10.0) / 20.0)


def _hann() -> Samples:
    phase = 2.0 * np.pi * np.arange(N_FFT) / N_FFT
    return (0.5 * (1.0 - np.cos(phase))).astype(np.float32)


_WINDOW: Final = _hann()
_ANALYSIS: Final = (_WINDOW / (N_FFT / 4)).astype(np.float32)
_BIN_HZ: Final = (np.arange(BINS) * (VOICE_RATE / N_FFT)).astype(np.float32)
_OCTAVES: Final = np.log2(np.maximum(_BIN_HZ, 100.0) / TILT_PIVOT_HZ).astype(np.float32)
_HIGH: Final = np.clip((_BIN_HZ - 800.0) / 1600.0, 0.0, 1.0).astype(np.float32)


@dataclass(frozen=True, slots=True)
class Spectra:
    """What the network says: ``harmonic``, ``turn``, ``noise``, ``rest``, ``phase`` float32[601, F]; ``f0`` float32[F]
    in Hz, under 40 where unvoiced."""

    harmonic: Matrix
    turn: Matrix
    noise: Matrix
    rest: Matrix
    phase: Matrix
    f0: Samples

    @property
    def frames(self) -> int:
        return len(self.f0)

    def at(self, index: NDArray[np.int64]) -> Spectra:
        """The frames ``index``, in that order: cuts, and stretches where a frame is named twice."""
        return Spectra(
            self.harmonic[:, index],
            self.turn[:, index],
            self.noise[:, index],
            self.rest[:, index],
            self.phase[:, index],
            self.f0[index],
        )

    def level_db(self) -> Samples:
        """Rough level of each frame in dB, before any control: float32[F]."""
        power = np.exp(2.0 * np.minimum(self.rest, LOUDEST_LOG)).sum(axis=0)
        power += 2.0 * np.exp(2.0 * np.minimum(self.noise, LOUDEST_LOG)).sum(axis=0)
        voiced = np.exp(2.0 * np.minimum(self.harmonic, LOUDEST_LOG)).sum(axis=0)
        power += np.where(self.f0 > VOICED_HZ, voiced, 0.0)
        level: Samples = (10.0 * np.log10(power + 1e-12)).astype(np.float32)
        return level


def with_pitch(spectra: Spectra, start: int) -> Spectra:
    """``spectra`` whose voiced frames from ``start`` on follow F0. At the end of a sentence the network often makes the
    voice in its third branch, with phases of its own; there the envelope of that branch is given to the pulses, and
    what is left of it falls by 20 dB under 5 kHz."""
    at = np.flatnonzero((np.arange(spectra.frames) >= start) & (spectra.f0 > VOICED_HZ))
    rest, harmonic = spectra.rest[:, at], spectra.harmonic[:, at]
    at = at[np.exp(2.0 * np.minimum(rest, LOUDEST_LOG)).sum(0) > np.exp(2.0 * np.minimum(harmonic, LOUDEST_LOG)).sum(0)]
    if not len(at):
        return spectra
    moved, left = spectra.harmonic.copy(), spectra.rest.copy()
    low = int(5000.0 / (VOICE_RATE / N_FFT))
    for frame in at:
        width = max(3, round(float(spectra.f0[frame]) / (VOICE_RATE / N_FFT)) | 1)
        peaks = maximum_filter1d(spectra.rest[:, frame], width)
        moved[:low, frame] = uniform_filter1d(peaks, width)[:low]
        left[:low, frame] -= 2.3
    return replace(spectra, harmonic=moved, rest=left)


def shaped_f0(f0: Samples, controls: Controls, contour_st: Samples) -> Samples:
    """F0 after pitch, range and contour: excursions about the mean (of the logarithm, voiced frames) are scaled, then
    everything is shifted. Unvoiced frames stay as they are. Kept within 70-500 Hz."""
    voiced = f0 > VOICED_HZ
    if not voiced.any():
        return f0
    semitones = 12.0 * np.log2(f0[voiced])
    mean = semitones.mean()
    moved = mean + (semitones - mean) * controls.range_scale + controls.pitch_st + contour_st[voiced]
    shaped: Samples = f0.copy()
    shaped[voiced] = np.clip(2.0 ** (moved / 12.0), LOWEST_F0_HZ, HIGHEST_F0_HZ)
    return shaped


def pulses(f0: Samples) -> Samples:
    """A band-limited train of pulses: all harmonics under 11 kHz as cosines of amplitude 1, by the closed form of
    their sum (Dirichlet's kernel). float32[F * 300]; zero where F0 is under 40 Hz. F0 is interpolated linearly
    between the frames' centres."""
    places = np.arange(len(f0) * HOP, dtype=np.float32)
    centres = np.arange(len(f0), dtype=np.float32) * HOP + (HOP - 1) / 2.0
    hertz = np.interp(places, centres, f0)
    sounding = hertz > VOICED_HZ
    hertz = np.maximum(hertz, VOICED_HZ)
    cycles = np.cumsum(hertz / VOICE_RATE)
    half = (np.pi * (cycles - np.floor(cycles))).astype(np.float32)
    count = np.floor(HIGHEST_HARMONIC_HZ / hertz).astype(np.float32)
    below = 2.0 * np.sin(half)
    peak = np.abs(below) < 2e-3
    below[peak] = 1.0
    train: Samples = (np.sin((2.0 * count + 1.0) * half) / below - 0.5).astype(np.float32)
    train[peak] = count[peak]
    train[~sounding] = 0.0
    return train


def synthesise(spectra: Spectra, controls: Controls, contour_st: Samples, rng: np.random.Generator) -> Samples:
    """The waveform of ``spectra`` under ``controls``: float32[F * 300] at 24 kHz, before loudness is set.

    ``contour_st``: semitones added to each frame's F0, float32[F]. The same generator state gives the same samples.
    """
    if spectra.frames == 0:
        return np.zeros(0, np.float32)
    f0 = shaped_f0(spectra.f0, controls, contour_st)
    tilt = (controls.tilt_db_octave * _NEPER_PER_DB * _OCTAVES)[:, None]
    breath = controls.breath_db * _NEPER_PER_DB
    whole = _voiced_spectrum(f0)
    harmonic = _magnitude(spectra.harmonic + tilt)
    whole *= _polar(harmonic, np.tanh(spectra.turn) * np.float32(np.pi))
    noise = _magnitude(spectra.noise + (tilt + breath))
    if breath > 0.0:
        noise += harmonic * _aspiration(controls.breath_db, f0)
    draw = rng.standard_normal((BINS, 2 * spectra.frames), dtype=np.float32).view(np.complex64)
    draw *= noise
    whole += draw
    whole += _polar(_magnitude(spectra.rest + tilt), spectra.phase)
    return _overlap_add(whole)


def _aspiration(breath_db: float, f0: Samples) -> Matrix:
    """Amplitude of the breath that runs along with the voice, relative to the harmonics: grows with ``breath_db``,
    lies above about 1 kHz, only in voiced frames."""
    at_zero = 10.0 ** (ASPIRATION_DB / 20.0)
    amount = at_zero * (10.0 ** (ASPIRATION_SLOPE * breath_db / 20.0) - 1.0)
    voiced: Samples = (f0 > VOICED_HZ).astype(np.float32) * np.float32(amount)
    amplitude: Matrix = _HIGH[:, None] * voiced[None, :]
    return amplitude


def _magnitude(log: Matrix) -> Matrix:
    power: Matrix = np.exp(np.minimum(log, np.float32(LOUDEST_LOG)))
    return power


def _polar(magnitude: Matrix, angle: Matrix) -> NDArray[np.complex64]:
    out = np.empty(magnitude.shape, np.complex64)
    np.cos(angle, out=out.real)
    np.sin(angle, out=out.imag)
    out *= magnitude
    return out


def _voiced_spectrum(f0: Samples) -> NDArray[np.complex64]:
    """The STFT of the pulses, centred on each frame's first sample: complex64[601, F]."""
    padded = np.pad(pulses(f0), N_FFT // 2, mode="reflect" if len(f0) * HOP > N_FFT // 2 else "constant")
    frames = np.lib.stride_tricks.sliding_window_view(padded, N_FFT)[::HOP][: len(f0)] * _ANALYSIS
    spectrum: NDArray[np.complex64] = np.ascontiguousarray(scipy.fft.rfft(frames, axis=1).T)
    return spectrum


def _overlap_add(spectrum: NDArray[np.complex64]) -> Samples:
    """The inverse of the centred STFT: float32[F * 300]."""
    count = spectrum.shape[1]
    blocks = N_FFT // HOP
    frames = scipy.fft.irfft(spectrum.T, n=N_FFT, axis=1)
    frames *= _WINDOW
    frames = frames.reshape(count, blocks, HOP)
    weight = (_WINDOW * _WINDOW).reshape(blocks, HOP)
    sound = np.zeros((count + blocks - 1, HOP), np.float32)
    cover = np.zeros((count + blocks - 1, HOP), np.float32)
    for block in range(blocks):
        sound[block : block + count] += frames[:, block]
        cover[block : block + count] += weight[block]
    sound /= np.maximum(cover, 1e-3)
    start = N_FFT // 2
    return np.ascontiguousarray(sound.reshape(-1)[start : start + count * HOP])
