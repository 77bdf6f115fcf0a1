"""When a listener's sound is due: after a low end, in a pause, rarely, never near danger, crying or our own turn."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from warmline.dialogue.strategy.tone import style_for_distress
from warmline.dialogue.types import RiskLevel
from warmline.speech.types import samples_of as s
from warmline.tts.backchannel import Listener, Moment, Rules, chosen, due, is_cue, softened, sounded
from warmline.tts.voice.rendered import murmurs
from warmline.tts.voice.tone import ToneConfig, ToneVoice

FRAME = 160
RULES = Rules()
AT = s(60.0)
MOMENT = Moment(at=AT, paused=AT - RULES.after, spoken=s(5.0), reply_at=AT + s(1.5), risk=RiskLevel.L0)
CUED = Listener(last=0, cued=MOMENT.paused)


def pitch(*parts: tuple[float, float]) -> np.ndarray:
    """(Hz, seconds) after each other; 0 Hz is no voice."""
    hertz = np.concatenate([np.full(round(long_s * 100), each, np.float32) for each, long_s in parts])
    return np.where(hertz > 0, hertz, np.nan)


def test_a_low_end_is_a_cue_and_a_high_end_is_none() -> None:
    assert is_cue(pitch((220, 1.0), (180, 0.2)), FRAME)
    assert not is_cue(pitch((180, 0.5), (220, 1.0)), FRAME)
    assert is_cue(pitch((220, 1.0), (180, 0.2), (0, 0.05)), FRAME), "a consonant may follow"


def test_it_takes_speech_enough_and_a_region_long_enough() -> None:
    assert not is_cue(pitch((220, 0.4), (180, 0.2)), FRAME)
    assert not is_cue(pitch((220, 1.0), (180, 0.08)), FRAME)
    assert not is_cue(np.full(0, np.nan, np.float32), FRAME)


def test_it_is_due_in_the_pause_after_a_cue() -> None:
    assert due(CUED, MOMENT)
    assert not due(replace(CUED, cued=None), MOMENT)
    assert not due(replace(CUED, cued=MOMENT.paused - 1), MOMENT), "the cue of another pause"


@pytest.mark.parametrize(
    "moment",
    [
        replace(MOMENT, at=MOMENT.paused + RULES.after - 1),
        replace(MOMENT, at=MOMENT.paused + RULES.latest + 1, reply_at=AT + s(9.0)),
        replace(MOMENT, spoken=RULES.speech_before - 1),
        replace(MOMENT, reply_at=None),
        replace(MOMENT, reply_at=AT + RULES.before_reply - 1),
        replace(MOMENT, risk=None),
        *(replace(MOMENT, risk=level) for level in (RiskLevel.L1, RiskLevel.L2, RiskLevel.L3)),
        replace(MOMENT, crying=True),
    ],
)
def test_it_is_not_due(moment: Moment) -> None:
    assert not due(CUED, moment)


@given(st.lists(st.integers(1, 40), max_size=60))
def test_there_are_never_more_than_three_a_minute(gaps_s: list[int]) -> None:
    listener, at, told = Listener(last=-RULES.apart), 0, []
    for gap_s in gaps_s:
        at += s(gap_s)
        moment = replace(MOMENT, at=at, paused=at - RULES.after, reply_at=at + s(2.0))
        if due(replace(listener, cued=moment.paused), moment):
            listener = sounded(listener, at)
            told.append(at)
    assert all(sum(start <= each < start + s(60.0) for each in told) <= 3 for start in told)


def test_sounds_take_turns_and_come_in_the_nearest_style() -> None:
    sounds = murmurs(ToneVoice(ToneConfig()))
    texts = [getattr(chosen(sounds, style_for_distress(4.6), told), "text", "") for told in range(6)]
    assert len(set(texts[:3])) == 3
    assert texts[:3] == texts[3:]
    near = chosen(sounds, style_for_distress(4.6), 0)
    assert near is not None
    assert near.style == style_for_distress(5.0)
    assert chosen((), style_for_distress(1.0), 0) is None


def test_a_listener_is_softer_than_a_speaker() -> None:
    style = style_for_distress(2.0)
    assert softened(style).volume < style.volume
    assert softened(style_for_distress(5.0)).volume >= -1.0
