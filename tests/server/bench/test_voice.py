"""The voice bench: clicks are found, late pieces are underruns, and words told are held against the sound."""

from __future__ import annotations

import json
import random

import numpy as np
import pytest

from warmline.dialogue.types import NEUTRAL
from warmline.server.bench import voice as bench
from warmline.server.bench.voice import Ready
from warmline.server.cli import main
from warmline.speech.asr.base import Hypothesis
from warmline.speech.types import Word
from warmline.tts.types import VOICE_RATE, SpokenChunk
from warmline.tts.voice.tone import ToneConfig, ToneVoice

VOICE = ToneVoice(ToneConfig())
TEXTS = ("you kept going then.", "nobody called you back.", "that must have hurt.")


def test_a_step_at_a_join_clicks_and_a_faded_one_does_not() -> None:
    at = np.arange(VOICE_RATE) / VOICE_RATE
    tone = (0.2 * np.sin(2 * np.pi * 220 * at)).astype(np.float32)
    broken = np.concatenate([tone[:10_000], tone[10_055:]])
    assert bench.clicks(broken, [10_000]) == 1
    assert bench.clicks(broken, [5_000]) == 0
    whole = bench.long_reply(VOICE, TEXTS, 0.1, NEUTRAL)
    played = bench.streamed(whole)
    assert bench.clicks(played.audio, played.joins) == 0
    assert bench.clicks(np.zeros(1, np.float32), [0]) == 0


def test_everything_is_played_once_and_a_late_piece_is_an_underrun() -> None:
    ready = bench.long_reply(VOICE, TEXTS, 0.1, NEUTRAL)
    played = bench.streamed(ready)
    length = sum(len(one.chunk.audio) for one in ready)
    assert played.underruns == 0
    assert len(played.audio) - length < 2 * bench.FRAME
    assert np.array_equal(played.audio[:length], np.concatenate([one.chunk.audio for one in ready]))
    late = [*ready[:1], Ready(ready[1].chunk, ready[0].at_s + 60.0)]
    assert bench.streamed(late).underruns == 1


def test_steadiness_is_the_largest_distance_from_the_middle() -> None:
    at = np.arange(VOICE_RATE) / VOICE_RATE
    tone = np.sin(2 * np.pi * 440 * at).astype(np.float32)
    chunks = [SpokenChunk(1, 0, np.float32(gain) * tone) for gain in (0.1, 0.1, 0.2)]
    assert bench.steadiness_lu(chunks) == pytest.approx(6.02, abs=0.05)


class Timing:
    """Tells the words of TEXTS at the times at which a tone voice says them, a quarter of a second each, ``late`` by so
    many words."""

    def __init__(self, late: int = 0) -> None:
        self._late = late

    def decode(self, audio, *_, **__):  # type: ignore[no-untyped-def]
        loud = np.abs(audio.samples) > 0.01
        words = " ".join(TEXTS).replace(".", "").split()
        heard = np.cumsum(loud) / np.count_nonzero(loud) * len(words)
        ends = [int(np.searchsorted(heard, place + 0.9 + self._late)) for place in range(len(words))]
        return Hypothesis(" ".join(words), tuple(Word(word, 0, end) for word, end in zip(words, ends, strict=True)))


def test_cuts_are_exact_where_the_recording_holds_what_was_told() -> None:
    draw = random.Random(3)
    found = bench.cuts(VOICE, Timing(), TEXTS, 30, draw)  # type: ignore[arg-type]
    assert max(each.off for each in found) <= 1
    assert len({each.heard for each in found}) > 5
    late = bench.cuts(VOICE, Timing(late=3), TEXTS, 30, draw)  # type: ignore[arg-type]
    assert max(each.off for each in late) >= 2


def test_the_command_refuses_what_it_cannot_measure(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["bench", "voice", "--cuts", "0"]) == 2
    assert "--cuts" in capsys.readouterr().err


@pytest.mark.weights
def test_the_command_prints_one_object(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["bench", "voice", "--alone", "--runs", "2", "--minutes", "0.1", "--cuts", "2", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["underruns"] == told["clicks"] == 0
    assert told["heard"]["worst"] <= 1
    assert told["first_ms"]["p50"] > 0
