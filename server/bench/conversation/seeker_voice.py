"""How a simulated seeker sounds: one of our voices, at another pitch than ours, in a tone that follows their emotion.

A tone is a style at the edge of what our voices do; nobody has judged whether it is heard as that emotion (`eval tone`
measures what a style does to the wave).
"""

from __future__ import annotations

from dataclasses import fields
from typing import Final

from warmline.dialogue.evaluate.conversation.cards import Card
from warmline.dialogue.evaluate.conversation.seeker import Line
from warmline.dialogue.types import NEUTRAL, Style
from warmline.speech.audio.degrade import Harder
from warmline.speech.audio.resample import resampled
from warmline.speech.types import SAMPLE_RATE, AudioChunk, Samples
from warmline.tts.speech_of import speech_of
from warmline.tts.types import VOICE_RATE
from warmline.tts.voice.backends import VOICES
from warmline.tts.voice.base import Voice

TONES: Final = {
    "sad": Style(warmth=0.5, pace=-0.8, pitch=-0.6, range=-0.8, volume=-0.6, breath=0.6),
    "angry": Style(warmth=-0.8, pace=0.5, pitch=0.4, range=0.9, volume=0.9, breath=-0.4),
    "fearful": Style(warmth=-0.2, pace=0.6, pitch=0.9, range=0.6, volume=-0.1, breath=0.5),
}
"""The tone of an emotion at its strongest."""
LOWER, HIGHER = 0.9, 1.12
"""A voice played slower or faster is another speaker's."""


class SeekerVoice:
    """Speaks a seeker's lines. ``name``: a backend of :data:`VOICES`; "" takes one by the card's gender. ``line``: the
    room, the noise and the telephone between the two."""

    def __init__(self, card: Card, name: str = "", line: Harder | None = None) -> None:
        self.name = name or ("piper" if card.gender == "male" else "hibari")
        self._voice: Voice = VOICES.create(self.name)
        self._pitch = LOWER if card.gender == "male" and self.name == "hibari" else HIGHER
        self._line = line or Harder()
        self._said = 0

    def spoken(self, said: Line) -> Samples:
        """The line as the other end's microphone gives it, float32[n] at 16 kHz. Blocking. Raises VoiceError."""
        audio = speech_of(self._voice, said.text, tone(said)).audio
        rate = round(VOICE_RATE * (1.0 if self.name == "piper" else self._pitch) / 100) * 100
        samples = resampled(AudioChunk(audio, rate), SAMPLE_RATE).samples
        self._said += 1
        return self._line.apply(samples, f"line {self._said}")

    def close(self) -> None:
        self._voice.close()


def tone(said: Line) -> Style:
    """The tone of a line: its emotion's, as strong as the intensity behind it."""
    full = TONES.get(said.label, NEUTRAL)
    strength = min(1.0, max(0.0, (said.intensity - 1.0) / 4.0))
    return Style(**{name.name: round(getattr(full, name.name) * strength, 3) for name in fields(Style)})
