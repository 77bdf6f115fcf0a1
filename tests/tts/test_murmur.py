"""A murmur sounds beside the turns, gives way to them, and leaves no trace in what was heard."""

from __future__ import annotations

import numpy as np

from warmline.tts.murmur import FADE
from warmline.tts.playout import Playout
from warmline.tts.types import VOICE_RATE, SpokenChunk, SpokenWord

HUM = np.full(VOICE_RATE // 2, 0.2, np.float32)
WORD = SpokenChunk(1, 0, np.full(VOICE_RATE, 0.1, np.float32), (SpokenWord("hello", VOICE_RATE),))


def test_it_sounds_and_is_no_turn() -> None:
    playout = Playout()
    playout.murmur(HUM)
    assert playout.murmuring
    assert not playout.speaking
    out = playout.pull(VOICE_RATE)
    assert np.array_equal(out[: len(HUM)], HUM)
    assert not out[len(HUM) :].any()
    assert not playout.murmuring
    assert (playout.marks(), playout.finished(), playout.underruns) == ((), (), 0)


def test_it_is_silent_within_five_milliseconds() -> None:
    playout = Playout()
    playout.murmur(HUM)
    playout.pull(1000)
    playout.hush()
    out = playout.pull(1000)
    assert out[0] > 0.19
    assert not out[FADE:].any()
    assert float(np.abs(np.diff(out)).max()) < 0.01, "no click"


def test_a_reply_ends_it_and_it_does_not_begin_over_one() -> None:
    playout = Playout()
    playout.murmur(HUM)
    playout.pull(100)
    playout.enqueue(WORD)
    out = playout.pull(VOICE_RATE)
    assert np.allclose(out[FADE:], 0.1)
    playout.murmur(HUM)
    assert not playout.murmuring
    playout.finish(1)
    playout.pull(VOICE_RATE)
    assert playout.heard(1) == "hello"
