"""What eval tone calls a moved figure, and the counting behind it."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from warmline.dialogue.types import NEUTRAL, Style
from warmline.server.bench import tone
from warmline.speech.asr.scripted import ScriptedConfig, ScriptedRecogniser
from warmline.tts.types import VOICE_RATE
from warmline.tts.voice.tone import ToneConfig, ToneVoice

ALL = frozenset({"warmth", "pace", "pitch", "range", "volume", "breath"})


def ones(f0_hz: float, arousal: float = math.nan, errors: int = 0) -> list[tone.Spoken]:
    return [tone.Spoken(f0_hz + at, 8.0, 4.0, -20.0, 900.0, errors, 10, arousal) for at in range(12)]


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
    darker = [replace(one, centroid_hz=one.centroid_hz - 200 - one.f0_hz) for one in ones(200.0)]
    (axis,) = tone.axes(Style(warmth=0.5), ALL, ones(200.0), darker)
    assert (axis.name, axis.wanted, axis.holds) == ("centroid_hz", -1, True)


def test_what_a_voice_cannot_do_or_a_style_hardly_asks_is_not_judged() -> None:
    assert tone.axes(Style(pitch=-0.5), frozenset({"pace"}), ones(200.0), ones(200.0)) == []
    assert tone.axes(Style(pitch=-0.05), ALL, ones(200.0), ones(200.0)) == []


def test_wer_and_agreement_are_shares() -> None:
    assert tone.wer(ones(200.0, errors=1)) == pytest.approx(0.1)
    styles = {"neutral": NEUTRAL, "bright": Style(pitch=0.6, pace=0.3), "calm": Style(pace=-0.6)}
    heard = {"neutral": ones(1, 0.0), "bright": ones(1, 0.3), "calm": ones(1, 0.1)}
    assert tone.agreement(styles, heard) == pytest.approx(0.5)
    assert math.isnan(tone.agreement(styles, {name: ones(1) for name in styles}))


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
