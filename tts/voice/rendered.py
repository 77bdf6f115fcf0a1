"""Sentences spoken beforehand: rendered once, then given any turn they are needed in."""

from __future__ import annotations

from dataclasses import replace

from warmline.dialogue.types import NEUTRAL, ReplySegment, Style, TurnId
from warmline.tts.types import SpokenChunk
from warmline.tts.voice.base import Voice


def render(voice: Voice, text: str, style: Style = NEUTRAL, turn: TurnId = 0) -> tuple[SpokenChunk, ...]:
    """``text`` as one last segment. Raises VoiceError."""
    return tuple(voice.speak(ReplySegment(turn, 0, text, style, last=True, source="fallback")))


def for_turn(chunks: tuple[SpokenChunk, ...], turn: TurnId, segment: int = 0) -> tuple[SpokenChunk, ...]:
    """The same audio as a segment of ``turn``."""
    return tuple(replace(chunk, turn=turn, segment=segment) for chunk in chunks)
