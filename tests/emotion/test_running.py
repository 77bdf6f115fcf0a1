"""Estimates while somebody speaks: paced, smooth, doubtful, and without claims."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sounds import syllables

from warmline.emotion.running import EVERY, MOST_EVENTS, PRIOR, Running, due, recent, step
from warmline.emotion.tagger.scripted import tags_for
from warmline.emotion.types import ParalinguisticTags, VocalEvent
from warmline.speech.types import AudioChunk, EncoderFeatures, Utterance, Word, samples_of

ONSET = 32_000


def said(label, end, confidence=0.8, events=()):
    return replace(tags_for(label, confidence, (max(ONSET, end - samples_of(6.0)), end)), events=events)


def test_readings_are_due_after_new_audio():
    running = Running()
    assert not due(running, ONSET, ONSET + EVERY - 1)
    assert due(running, ONSET, ONSET + EVERY)
    running = step(running, said("sad", ONSET + EVERY))
    assert not due(running, ONSET, ONSET + EVERY + EVERY // 2)
    assert due(running, ONSET, ONSET + 2 * EVERY)


def test_the_estimate_follows_what_is_heard_and_grows_sure():
    running = Running()
    sure = [running.confidence]
    for second in range(1, 6):
        running = step(running, said("sad", ONSET + second * EVERY))
        sure.append(running.confidence)
    assert running.valence < -0.3
    assert sure[0] == 0.0
    assert sure[1] < sure[2] < sure[5] < 1.0


def test_one_odd_second_does_not_turn_it():
    running = Running()
    for second in range(1, 6):
        running = step(running, said("sad", ONSET + second * EVERY))
    assert step(running, said("happy", ONSET + 6 * EVERY, 0.3)).valence < 0.0


def test_silence_claims_nothing_and_doubt_comes_back():
    running = step(Running(), said("angry", ONSET + EVERY))
    for second in range(2, 12):
        running = step(running, ParalinguisticTags.unknown((ONSET, ONSET + second * EVERY)))
    assert running.variance == PRIOR
    assert running.confidence == 0.0


def test_events_are_told_once_and_grow():
    first = VocalEvent("cry", ONSET + 16_000, ONSET + 24_000, 0.6)
    grown = replace(first, end=ONSET + 40_000, confidence=0.8)
    running = step(Running(), said("", ONSET + 2 * EVERY, events=(first,)))
    running = step(running, said("", ONSET + 3 * EVERY, events=(grown,)))
    assert running.events == (grown,)
    later = ONSET + 20 * EVERY  # the reading covers the last seconds only: what lies before stays
    late = VocalEvent("cough", later - 8_000, later, 0.9)
    assert step(running, said("", later, events=(late,))).events == (grown, late)


def test_events_are_bounded():
    running = Running()
    for second in range(1, 200):
        end = ONSET + second * samples_of(7.0)
        running = step(running, said("", end, events=(VocalEvent("cough", end - 100, end, 0.9),)))
    assert len(running.events) == MOST_EVENTS


def test_recent_keeps_what_belongs_to_the_last_seconds():
    samples = syllables(40)  # 10 s
    frames = np.arange(500, dtype="f4")[:, None]
    words = (Word("long", ONSET, ONSET + 8_000), Word("ago", ONSET + 150_000, ONSET + 158_000))
    whole = Utterance(
        1, "long ago", words, AudioChunk(samples, start=ONSET), speech=((ONSET, ONSET + 160_000),),
        features=EncoderFeatures(frames, "x", ONSET),
    )  # fmt: skip
    last = recent(whole, 4.0)
    assert (last.audio.start, last.audio.end) == (ONSET + 96_000, ONSET + 160_000)
    assert last.text == "ago"
    assert last.speech == ((ONSET + 96_000, ONSET + 160_000),)
    assert last.features.start == ONSET + 96_000
    assert last.features.frames[0, 0] == 300
    assert recent(whole, 20.0) is whole


def test_recent_of_another_rate():
    half = Utterance(1, "", (), AudioChunk(syllables(40)[::2].copy(), 8_000, ONSET))
    assert recent(half, 4.0).audio.duration_s == pytest.approx(4.0)
    assert recent(half, 4.0).audio.end == half.audio.end


@given(st.lists(st.tuples(st.floats(0, 1), st.sampled_from(["", "sad", "happy", "angry"])), max_size=20))
def test_it_stays_in_bounds(readings):
    running = Running()
    for second, (confidence, label) in enumerate(readings, 1):
        running = step(running, said(label, ONSET + second * EVERY, confidence))
    assert -1.0 <= running.valence <= 1.0
    assert -1.0 <= running.arousal <= 1.0
    assert 0.0 < running.variance <= PRIOR
