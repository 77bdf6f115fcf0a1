"""What eval tone calls a moved figure, and the counting behind it."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from warmline.dialogue.types import Style
from warmline.server.bench import tone
from warmline.server.bench.timbre import clearness_db, tilt_db
from warmline.speech.asr.scripted import ScriptedConfig, ScriptedRecogniser
from warmline.speech.types import SAMPLE_RATE
from warmline.tts.types import VOICE_RATE
from warmline.tts.voice.tone import ToneConfig, ToneVoice

ALL = frozenset({"warmth", "pace", "pitch", "range", "volume", "breath"})


def ones(f0_hz: float, valence: float = math.nan, arousal: float = math.nan, errors: int = 0) -> list[tone.Spoken]:
    return [
        tone.Spoken(f0_hz + at, 8.0, 4.0, -20.0, 900.0, -9.0, 5.0, 0.0, errors, 10, valence, arousal)
        for at in range(12)
    ]


@pytest.mark.parametrize(
    ("reference", "heard", "count"),
    [("a b c", "a b c", 0), ("a b c", "a x c", 1), ("a b", "a b c d", 2), ("a b c", "", 3), ("", "a", 1)],
)
def test_edits_counts_the_fewest_changes(reference: str, heard: str, count: int) -> None:
    assert tone.edits(reference.split(), heard.split()) == count


def test_an_axis_holds_only_when_it_moved_its_named_way() -> None:
    style = Style(pitch=-0.5)
    (lower,) = tone.axes(style, ALL, ones(200.0), ones(180.0))
    assert (lower.name, lower.wanted, lower.holds) == ("f0_hz", -1, True)
    (higher,) = tone.axes(style, ALL, ones(200.0), ones(220.0))
    assert not higher.holds
    (same,) = tone.axes(style, ALL, ones(200.0), ones(200.0))
    assert not same.holds


def test_warmth_wants_a_darker_spectrum() -> None:
    darker = [
        replace(one, centroid_hz=one.centroid_hz - 200 - one.f0_hz, tilt_db=-9.0 - one.f0_hz) for one in ones(200.0)
    ]
    axes = tone.axes(Style(warmth=0.5), ALL, ones(200.0), darker)
    assert [(axis.name, axis.wanted, axis.holds) for axis in axes] == [
        ("centroid_hz", -1, True),
        ("tilt_db", -1, True),
    ]


def test_breath_wants_a_less_clear_voice() -> None:
    breathy = [replace(one, clearness_db=4.0 - one.f0_hz / 1e3) for one in ones(200.0)]
    (axis,) = tone.axes(Style(breath=0.5), ALL, ones(200.0), breathy)
    assert (axis.name, axis.holds) == ("clearness_db", True)


def test_what_a_voice_cannot_do_or_a_style_hardly_asks_is_not_judged() -> None:
    assert tone.axes(Style(pitch=-0.5), frozenset({"pace"}), ones(200.0), ones(200.0)) == []
    assert tone.axes(Style(pitch=-0.05), ALL, ones(200.0), ones(200.0)) == []


def test_agreement_counts_only_what_a_style_claims() -> None:
    assert tone.wer(ones(200.0, errors=1)) == pytest.approx(0.1)
    heard = {"neutral": ones(1, 0.0, 0.0), "encouraging": ones(1, 0.2, 0.3), "steady": ones(1, 0.3, 0.1)}
    found = tone.agreement(heard, ("encouraging", "steady"))
    assert (found.valence, found.arousal, found.both) == (1.0, 0.5, pytest.approx(2 / 3))
    assert math.isnan(tone.agreement({name: ones(1) for name in heard}, ("steady",)).both)


def test_a_ladder_falls_only_where_every_step_does() -> None:
    down = tone.ladder("f0_hz", [ones(200.0 - 5 * level) for level in range(5)])
    assert down.falls
    assert down.p < 0.001
    broken = tone.ladder("f0_hz", [ones(value) for value in (200, 195, 196, 190, 185)])
    assert not broken.falls


def test_noise_on_the_voice_is_breath() -> None:
    at = np.arange(2 * SAMPLE_RATE) / SAMPLE_RATE
    voice = sum(np.sin(2 * np.pi * 200 * number * at) / number for number in range(1, 20))
    noise = np.random.default_rng(1).normal(0.0, 1.0, len(at))
    clear, breathy = (clearness_db((0.1 * (voice + level * noise)).astype(np.float32)) for level in (0.05, 0.3))
    assert clear > breathy + 5.0
    assert math.isnan(clearness_db(np.zeros(SAMPLE_RATE, np.float32)))


def test_tilt_is_the_level_of_the_high_against_the_low() -> None:
    at = np.arange(SAMPLE_RATE) / SAMPLE_RATE
    audio = np.sin(2 * np.pi * 500 * at) + 0.1 * np.sin(2 * np.pi * 2000 * at)
    assert tilt_db(audio.astype(np.float32)) == pytest.approx(-20.0, abs=0.1)
    assert math.isnan(tilt_db(np.zeros(SAMPLE_RATE, np.float32)))


def test_centroid_is_the_tones_own_frequency() -> None:
    audio = np.sin(2 * np.pi * 1000 * np.arange(VOICE_RATE) / VOICE_RATE).astype(np.float32)
    assert tone.centroid_hz(audio) == pytest.approx(1000.0, rel=0.01)


def test_the_tone_voices_own_pitch_is_measured() -> None:
    deaf = ScriptedRecogniser(ScriptedConfig())
    low, high = (
        tone.spoken(ToneVoice(ToneConfig()), "we can take our time.", Style(pitch=value), deaf, None)
        for value in (-0.7, 0.7)
    )
    assert low.f0_hz < 200 < 240 < high.f0_hz
    assert low.errors == low.words == 5
