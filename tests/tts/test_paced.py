"""A voice at the pace a listener asked for, with the tone voice in its place."""

from __future__ import annotations

import pytest

from warmline.dialogue.types import ReplySegment, Style
from warmline.tts.voice.paced import Paced
from warmline.tts.voice.tone import ToneConfig, ToneVoice


def length(speed: float, source: str = "model", pace: float = 0.0) -> int:
    segment = ReplySegment(1, 0, "It sounds like a lot.", Style(pace=pace), last=True, source=source)
    return sum(len(chunk.audio) for chunk in Paced(ToneVoice(ToneConfig()), speed).speak(segment))


def test_faster_is_shorter_and_slower_is_longer_in_proportion() -> None:
    assert length(1.25) < length(1.0) < length(0.8)
    assert length(0.8) / length(1.0) == pytest.approx(1.25, rel=0.08)


def test_the_protocols_sentences_are_never_made_faster() -> None:
    assert length(1.25, "protocol") == length(1.0, "protocol")
    assert length(0.8, "protocol") > length(1.0, "protocol")


def test_no_style_leaves_the_range_that_was_measured() -> None:
    assert length(1.25, pace=1.0) == length(1.0, pace=1.0)
