"""How the call page is measured: times read off made sound exactly, and one visit of a real browser."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from page_visit import SPEECH, Server, needs_chromium, steady

from warmline.server.bench import page
from warmline.server.bench.measure import voiced
from warmline.server.commands.bench_page import summary
from warmline.server.settings import Settings
from warmline.speech.audio.files import read_audio
from warmline.speech.types import SAMPLE_RATE, Samples

RATE = SAMPLE_RATE


def placed(length_s: float, *parts: tuple[float, Samples]) -> Samples:
    track = np.zeros(round(length_s * RATE), np.float32)
    for at_s, samples in parts:
        first = round(at_s * RATE)
        track[first : first + len(samples)] = samples
    return track


def tone(seconds_s: float) -> Samples:
    return (0.3 * np.sin(2 * np.pi * 330.0 * np.arange(round(seconds_s * RATE)) / RATE)).astype(np.float32)


def measured(reply_after_s: float) -> page.Call:
    speech = read_audio(SPEECH).samples
    mic = placed(25.0, (10.4, 0.6 * speech))  # a browser changes the level, and begins when it begins
    last_s = 10.4 + voiced(speech, RATE)[-1][1]
    voice = placed(25.0, (0.9, tone(4.0)), (last_s + reply_after_s, tone(1.0)))
    return page._measured("job", "WebRTC", speech, page.Heard(mic, voice, 300.0))


def test_the_delay_and_the_greeting_are_read_off_the_sound() -> None:
    one = measured(0.6)
    assert one.v2v_ms == pytest.approx(600.0, abs=10.0)
    assert one.greeting_ms == pytest.approx(1_200.0, abs=10.0)
    assert not one.cut_off


def test_a_reply_before_the_end_is_no_delay_but_a_cut() -> None:
    one = measured(-0.5)
    assert (one.v2v_ms, one.cut_off) == (None, True)


def test_the_first_page_is_not_counted_as_warm() -> None:
    calls = [page.Call("a", "WebRTC", 3_000.0, 700.0, False), page.Call("b", "WebRTC", 900.0, None, True)]
    told = summary(calls)
    assert told["greeting_ms"] == {"p50": 900.0, "p95": 900.0}
    assert told["first_greeting_ms"] == 3_000.0
    assert (told["cutoffs"], told["missing"]) == (1, 0)


@needs_chromium
@pytest.mark.parametrize("way", ["webrtc", "websocket"])
def test_a_real_page_is_measured(way: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(page, "LEAD_S", 6.0)
    monkeypatch.setattr(page, "REPLY_WITHIN_S", 2.0)
    server = Server(Settings())
    try:
        one = page.call(server.begin(), "steady", steady(0.9), way)
    finally:
        server.stop()
    assert one.way.lower() == way
    assert one.greeting_ms is not None
    assert 0 < one.greeting_ms < 15_000
    assert one.cut_off or one.v2v_ms is not None, "the scripted conversation answers the first loud stretch"
