"""The call page as a person has it, in a headless Chromium with a recording as microphone: how soon the greeting is
heard after the page was opened, and how soon an answer after the person's last sound.

Both are read off what the page itself heard and played, on one clock inside the browser. What is outside of it (the
sound card's own delay, the browser's own processing of the microphone before the page gets it) is not in the figures.
"""

from __future__ import annotations

import base64
import tempfile
import time
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Final

import numpy as np
from scipy.signal import correlate

from warmline.server.bench.chromium import chromium
from warmline.server.bench.measure import first_audible_s, levels_db, voiced
from warmline.speech.audio.files import write_wav
from warmline.speech.types import SAMPLE_RATE, Samples

LEAD_S: Final = 10.0
"""Silence before the recording, for the greeting."""

REPLY_WITHIN_S: Final = 7.0
FRAME_S: Final = 0.005
SEEK_S: Final = 3.0


@dataclass(frozen=True, slots=True)
class Call:
    """One recording. ``greeting_ms``: page opened to first sound of ours; ``v2v_ms`` None when no reply came or when it
    came early (``cut_off``)."""

    name: str
    way: str
    greeting_ms: float | None
    v2v_ms: float | None
    cut_off: bool


@dataclass(frozen=True, slots=True)
class Heard:
    """What the page heard and played, float32 at 16 kHz from one moment on, ``started_ms`` after it was opened."""

    mic: Samples
    voice: Samples
    started_ms: float


def call(url: str, name: str, recording: Samples, way: str) -> Call:
    """Open the page, let it call, play the recording after the greeting. ``recording``: float32 at 16 kHz. Raises
    AssertionError where the page never began the call."""
    silence = np.zeros(round(LEAD_S * SAMPLE_RATE), np.float32)
    after = np.zeros(round((REPLY_WITHIN_S + 2.0) * SAMPLE_RATE), np.float32)
    with tempfile.TemporaryDirectory() as folder:
        microphone = Path(folder) / "microphone.wav"
        write_wav(microphone, np.concatenate((silence, recording, after)), SAMPLE_RATE)
        with chromium(Path(folder), microphone) as tab:
            tab.before_each_page((files("warmline.server.bench") / "page_tap.js").read_text(encoding="utf-8"))
            tab.open(f"{url}?way={way}" if way else url)
            tab.wait("document.body.dataset.state === 'during'")
            used = tab.text("#way").removeprefix("by ")
            time.sleep(LEAD_S + len(recording) / SAMPLE_RATE + REPLY_WITHIN_S)
            taken = tab.ask("tap.take()")
            tab.close()  # which hangs up: the next page finds a free place
    heard = Heard(_samples(taken["mic"]), _samples(taken["voice"]), float(taken["startedMs"]))
    return _measured(name, used, recording, heard)


def _measured(name: str, way: str, recording: Samples, heard: Heard) -> Call:
    begins_s = begin_of(recording, heard.mic, LEAD_S)
    spans = voiced(recording, SAMPLE_RATE)
    greeting_s = first_audible_s(heard.voice, SAMPLE_RATE, 0.0)
    greeted = greeting_s is not None and greeting_s < begins_s
    last_s = begins_s + spans[-1][1]
    reply_s = first_audible_s(heard.voice, SAMPLE_RATE, begins_s + spans[0][0])
    early = reply_s is not None and reply_s < last_s
    return Call(
        name=name,
        way=way,
        greeting_ms=heard.started_ms + greeting_s * 1000.0 if greeted and greeting_s is not None else None,
        v2v_ms=None if reply_s is None or early else (reply_s - last_s) * 1000.0,
        cut_off=early,
    )


def begin_of(recording: Samples, heard: Samples, about_s: float) -> float:
    """Where ``recording`` begins in ``heard``, in seconds, looked for around ``about_s``: by its loudness over time,
    because a browser changes the wave (noise, level)."""
    wanted, found = (np.maximum(levels_db(part, SAMPLE_RATE), -60.0) + 60.0 for part in (recording, heard))
    first = max(0, round((about_s - SEEK_S) / FRAME_S))
    region = found[first : first + len(wanted) + round(2 * SEEK_S / FRAME_S)]
    if len(region) < len(wanted):
        raise ValueError("what was heard is shorter than the recording")
    shift = int(np.argmax(correlate(region, wanted, mode="valid")))
    return (first + shift) * FRAME_S


def _samples(encoded: str) -> Samples:
    pcm = np.frombuffer(base64.b64decode(encoded), "<i2")
    return (pcm / 32_768.0).astype(np.float32)
