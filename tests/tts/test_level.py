"""Loudness by the standard, soft limits, clean edges."""

from __future__ import annotations

import math

import numpy as np
import pytest

from warmline.speech.types import Samples
from warmline.tts.level import REFERENCE_DB, faded, levelled, limited, loudness_db, silence, speech_span, tilted
from warmline.tts.types import VOICE_RATE


def sine(hertz: float, amplitude: float, seconds_s: float = 1.0) -> Samples:
    at = np.arange(round(seconds_s * VOICE_RATE)) / VOICE_RATE
    return (amplitude * np.sin(2 * np.pi * hertz * at)).astype(np.float32)


def test_a_full_scale_sine_at_997_hz_reads_minus_3_01() -> None:
    assert loudness_db(sine(997.0, 1.0)) == pytest.approx(-3.01, abs=0.1)


def test_levelled_reaches_the_reference_and_moves_by_the_gain() -> None:
    for amplitude in (0.05, 0.1, 0.3):
        assert loudness_db(levelled(sine(500.0, amplitude), 0.0)) == pytest.approx(REFERENCE_DB, abs=0.1)
    assert loudness_db(levelled(sine(500.0, 0.1), -3.0)) == pytest.approx(REFERENCE_DB - 3.0, abs=0.1)


def test_silence_stays_silence() -> None:
    assert math.isinf(loudness_db(silence(0.1)))
    assert not levelled(silence(0.1), 4.0).any()
    assert speech_span(silence(1.0)) == (0, 0)
    assert speech_span(silence(0.0)) == (0, 0)
    assert len(silence(-1.0)) == 0


def test_nothing_clips_and_quiet_audio_is_untouched() -> None:
    loud = limited(sine(200.0, 3.0))
    assert float(np.abs(loud).max()) <= 1.0
    quiet = sine(200.0, 0.5)
    assert np.array_equal(limited(quiet), quiet)


def test_edges_start_and_end_near_zero_without_touching_the_middle() -> None:
    audio = np.ones(4000, np.float32)
    edged = faded(audio)
    assert edged[0] < 0.01
    assert edged[-1] < 0.01
    assert np.array_equal(edged[500:3500], audio[500:3500])
    assert len(faded(np.ones(3, np.float32))) == 3


def test_speech_span_finds_the_tone_between_silences() -> None:
    audio = np.concatenate([silence(0.3), sine(300.0, 0.3, 0.5), silence(0.4)])
    start, stop = speech_span(audio)
    assert start / VOICE_RATE == pytest.approx(0.28, abs=0.011)
    assert stop / VOICE_RATE == pytest.approx(0.84, abs=0.011)


def test_a_tilt_turns_the_spectrum_about_its_pivot() -> None:
    at = np.arange(VOICE_RATE) / VOICE_RATE

    def level_db(hertz: float, db_octave: float) -> float:
        tone = np.sin(2 * np.pi * hertz * at).astype(np.float32)
        return float(20.0 * np.log10(np.abs(tilted(tone, db_octave)).max()))

    assert level_db(700.0, -2.0) == pytest.approx(0.0, abs=0.1)
    assert level_db(2800.0, -2.0) == pytest.approx(-4.0, abs=0.1)
    assert level_db(350.0, -2.0) == pytest.approx(2.0, abs=0.1)
    assert len(tilted(np.zeros(0, np.float32), -2.0)) == 0
