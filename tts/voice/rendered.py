"""Sentences spoken beforehand: rendered once, then given any turn they are needed in."""

from __future__ import annotations

import itertools
from dataclasses import replace

import numpy as np

from warmline.dialogue.strategy.tone import style_for_distress
from warmline.dialogue.types import NEUTRAL, ReplySegment, Style, TurnId
from warmline.tts.backchannel import TEXTS, ListenerSound, softened
from warmline.tts.types import SpokenChunk
from warmline.tts.voice.base import Voice


def render(voice: Voice, text: str, style: Style = NEUTRAL, turn: TurnId = 0) -> tuple[SpokenChunk, ...]:
    """``text`` as one last segment. Raises VoiceError."""
    return tuple(voice.speak(ReplySegment(turn, 0, text, style, last=True, source="fallback")))


def for_turn(chunks: tuple[SpokenChunk, ...], turn: TurnId, segment: int = 0) -> tuple[SpokenChunk, ...]:
    """The same audio as a segment of ``turn``."""
    return tuple(replace(chunk, turn=turn, segment=segment) for chunk in chunks)


def murmurs(voice: Voice) -> tuple[ListenerSound, ...]:
    """A listener's sounds in the styles of little, middle and great distress. Raises VoiceError."""
    found = []
    for level, text in itertools.product((1.0, 3.0, 5.0), TEXTS):
        style = style_for_distress(level)
        chunks = render(voice, text, softened(style))
        if chunks:
            found.append(ListenerSound(text, style, np.concatenate([chunk.audio for chunk in chunks])))
    return tuple(found)
