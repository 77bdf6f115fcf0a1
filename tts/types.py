"""What is said: spoken chunks on the way out, and marks of what was heard on the way back."""

from __future__ import annotations

from dataclasses import dataclass

from warmline.dialogue.types import TurnId
from warmline.speech.types import Samples

VOICE_RATE = 24_000
"""Rate in Hz of all spoken audio inside Warmline; transports resample for their line."""


@dataclass(frozen=True, slots=True)
class SaidWord:
    """A word as ``written`` and what is ``said`` for it (one or more words, with its punctuation). ``slow``: it is to
    be understood to the letter, such as the digits of a telephone number."""

    written: str
    said: str
    slow: bool = False


@dataclass(frozen=True, slots=True)
class SpokenWord:
    """A word of a chunk: it has been heard once ``end`` samples (at VOICE_RATE) of the chunk were played."""

    text: str
    end: int


@dataclass(frozen=True, slots=True)
class SpokenChunk:
    """Audio of one reply segment or a part of one: float32[n] at :data:`VOICE_RATE`, with its words in order."""

    turn: TurnId
    segment: int
    audio: Samples
    words: tuple[SpokenWord, ...] = ()


@dataclass(frozen=True, slots=True)
class Sounded:
    """What was heard of a segment, from sample ``start`` to ``end`` (at VOICE_RATE) after the turn's first."""

    text: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Mark:
    """How far a segment has been heard: ``played_to`` samples at VOICE_RATE of its audio, and the words so far."""

    turn: TurnId
    segment: int
    played_to: int
    heard: str
