"""From scores to events, and whether a sound was speech; no weights."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from warmline.emotion.events.audio_tagger import CLASSES, PATCH, STEP, patches
from warmline.emotion.events.sounds import NOTHING, sound, sound_events

CRY, LAUGH, COUGH, SIGH, SPEECH = 19, 13, 42, 23, 0
START = 32_000
END = START + 10 * 16_000


def scores(count: int, **at):
    table = {"cry": CRY, "laugh": LAUGH, "cough": COUGH, "sigh": SIGH, "speech": SPEECH}
    found = np.zeros((count, CLASSES), "f4")
    for name, values in at.items():
        for place, value in values.items():
            found[place, table[name]] = value
    return found


def test_neighbouring_patches_are_one_event_and_distant_ones_two():
    events = sound_events(scores(20, cry={2: 0.7, 3: 0.9, 12: 0.6}), START, END)
    assert [(event.kind, event.confidence) for event in events] == [("cry", 0.9), ("cry", 0.6)]
    assert events[0].start == START + 2 * STEP * 160
    assert events[0].end == START + (3 * STEP + PATCH) * 160


def test_the_greater_of_cry_and_laugh_is_told():
    (event,) = sound_events(scores(4, cry={1: 0.9}, laugh={1: 0.6}), START, END)
    assert event.kind == "cry"


def test_what_nobody_measured_is_not_told():
    assert sound_events(scores(4, sigh={1: 0.99}), START, END) == ()


def test_scores_below_the_bound_are_no_event():
    assert sound_events(scores(4, cry={1: 0.45}, cough={2: 0.55}), START, END) == ()


def test_events_end_with_the_audio():
    (event,) = sound_events(scores(1, cough={0: 0.9}), START, START + 3000)
    assert (event.start, event.end) == (START, START + 3000)


def test_a_sob_is_wordless_and_speech_over_it_is_not():
    assert sound(scores(2, cry={0: 0.8}, speech={1: 0.4})).wordless
    assert not sound(scores(2, cry={0: 0.8}, speech={1: 0.9})).wordless
    assert sound(scores(2, sigh={0: 0.6})).kind == "breath"
    assert not sound(scores(2, speech={0: 0.1})).wordless
    assert sound(scores(0)) == NOTHING


@given(st.integers(0, 6), st.integers(0, 10**6))
def test_any_scores_are_answered(count, seed):
    found = np.random.default_rng(seed).random((count, CLASSES)).astype("f4")
    for event in sound_events(found, START, START + 40_000):
        assert START <= event.start < event.end <= START + 40_000
        assert 0.0 <= event.confidence <= 1.0
    assert 0.0 <= sound(found).speech <= 1.0


@pytest.mark.parametrize(("seconds_s", "count"), [(0.0, 0), (0.2, 1), (0.96, 1), (1.0, 2), (1.6, 3), (60.0, 124)])
def test_patches_cover_the_audio(seconds_s, count):
    hum = 0.1 * np.sin(np.arange(int(seconds_s * 16_000)) * 0.1).astype("f4")
    assert patches(hum).shape == (count, 96, 64)


def test_patches_do_not_depend_on_the_level_and_silence_has_none():
    hum = np.sin(np.arange(16_000) * 0.1).astype("f4")
    apart = patches(0.3 * hum).astype(int) - patches(0.03 * hum)
    assert np.abs(apart).max() <= 1
    assert len(patches(np.zeros(16_000, "f4"))) == 0
    assert len(patches(np.full(16_000, np.nan, "f4"))) == 0
