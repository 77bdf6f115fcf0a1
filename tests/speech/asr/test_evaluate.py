"""The measuring itself, on scripted parts and a clock that each decode moves on by a known time."""

from __future__ import annotations

import math

import numpy as np
import pytest

from warmline.speech.asr import evaluate
from warmline.speech.asr.backends import RECOGNISERS
from warmline.speech.asr.base import Hypothesis
from warmline.speech.runtime.cancel import CancelFlag
from warmline.speech.turn.endpoint import EndpointRules
from warmline.speech.types import AudioChunk, Samples
from warmline.speech.vad.backends import VADS

SECOND = 16_000


class Slow:
    """A scripted recogniser whose every decode moves the clock on."""

    def __init__(self, script: str, takes_s: float) -> None:
        self.inner = RECOGNISERS.create("scripted", {"script": script})
        self.takes_s, self.clock_s, self.decodes = takes_s, 0.0, 0

    def decode(self, audio: AudioChunk, cancel: CancelFlag | None = None) -> Hypothesis:
        self.clock_s += self.takes_s
        self.decodes += 1
        return self.inner.decode(audio, cancel)

    def close(self) -> None:
        self.inner.close()

    def now_s(self) -> float:
        return self.clock_s


def speech(seconds: float) -> Samples:
    """Noise that comes and goes like syllables, with no pause."""
    n = int(seconds * SECOND)
    syllables = 0.05 + np.sin(np.pi * 8.0 * np.arange(n) / SECOND) ** 2
    return (syllables * np.random.default_rng(0).normal(0.0, 0.1, n)).astype(np.float32)


def test_a_quick_recogniser_shows_words_at_the_next_half_second() -> None:
    slow = Slow("0-0.9 hello; 1-1.9 there", 0.1)
    heard = evaluate.stream(slow, speech(2.2), slow.now_s)
    assert heard.text == "hello there"
    assert heard.first_partial_ms == pytest.approx(1_400.0)  # asked after 0.5 s, before the word ended, and 0.8 s on
    assert heard.final_ms == pytest.approx(100.0)
    assert heard.decode_ms == pytest.approx(100.0)
    assert slow.decodes == 4
    assert heard.busy_s == pytest.approx(0.4)


def test_a_slow_partial_delays_the_final_text() -> None:
    slow = Slow("0-0.9 hello", 0.8)
    heard = evaluate.stream(slow, speech(1.6), slow.now_s)
    assert slow.decodes == 3  # at 0.5, 1.3 and, when that one is done, 2.1 seconds
    assert heard.final_ms == pytest.approx(1_300.0)
    assert heard.decode_ms == pytest.approx(800.0)


def test_the_final_text_is_asked_for_when_the_detector_notices_the_pause() -> None:
    slow, vad = Slow("0.5-1.9 hello there; 2.2-2.9 again", 0.1), VADS.create("scripted", {"speech": "0.5-2, 2.2-3"})
    heard = evaluate.stream(slow, speech(3.5), slow.now_s, vad)
    assert heard.text == "hello there again"
    assert 100.0 + 64.0 <= heard.final_ms <= 100.0 + 64.0 + 40.0  # the wait, a frame's rounding, one decode
    assert heard.first_partial_ms == pytest.approx(1_400.0, abs=40.0)


def test_a_voice_that_no_detector_hears_is_transcribed_all_the_same() -> None:
    slow = Slow("0.2-0.9 hello", 0.1)
    heard = evaluate.stream(slow, speech(1.5), slow.now_s, VADS.create("scripted", {"speech": ""}))
    assert heard.text == "hello"


def test_nothing_heard_has_no_first_partial() -> None:
    slow = Slow("", 0.1)
    assert math.isnan(evaluate.stream(slow, speech(1.2), slow.now_s).first_partial_ms)


def test_stable_words_are_counted_against_the_final_text() -> None:
    slow = Slow("0-0.4 one; 0.5-0.9 two; 1-1.2 three", 0.01)
    heard = evaluate.stream(slow, speech(2.6), slow.now_s)
    assert (heard.stable, heard.stable_wrong) == (2, 0)


def test_voiced_spans_are_where_the_detector_hears_somebody() -> None:
    vad = VADS.create("scripted", {"speech": "1-2, 3-4.5"})
    spans = evaluate.voiced_spans(vad, speech(4.5), EndpointRules())
    assert len(spans) == 2
    assert spans[0][0] == pytest.approx(0.75 * SECOND, abs=600)
    assert spans[0][1] == pytest.approx(2.1 * SECOND, abs=1_000)
    assert spans[1][1] == int(4.5 * SECOND)


def test_invented_words_are_counted_as_words() -> None:
    slow = Slow("0.1-0.5 thank you; 1.1-1.4 don't", 0.0)
    assert evaluate.hallucinated(slow, speech(2.0), ((0, SECOND), (SECOND, 2 * SECOND))) == 4
    assert evaluate.hallucinated(slow, speech(2.0), ()) == 0


def test_tiles_cover_everything() -> None:
    assert evaluate.tiles(speech(2.5), 1.0) == ((0, 16_000), (16_000, 32_000), (32_000, 40_000))


def test_errors_are_counted_after_normalisation() -> None:
    assert evaluate.against("I don't know, 15.", "i do not know fifteen").edits == 0
