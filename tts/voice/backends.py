"""The voices by name. Nothing heavy is imported here."""

from __future__ import annotations

from typing import Final

from warmline.speech.runtime.registry import Backend, Registry
from warmline.tts.voice.base import Voice

VOICES: Final[Registry[Voice]] = Registry(
    "voice",
    (
        Backend(
            "hibari",
            "warmline.tts.voice.hibari:HibariVoice",
            "warmline.tts.voice.hibari:HibariConfig",
            "American English, female, every control exact; embedded",
        ),
        Backend(
            "piper",
            "warmline.tts.voice.piper:PiperVoice",
            "warmline.tts.voice.piper:PiperConfig",
            "American English, male, rate and volume only; embedded",
        ),
        Backend(
            "espeak_ng",
            "warmline.tts.voice.espeak:EspeakVoice",
            "warmline.tts.voice.espeak:EspeakConfig",
            "English, Spanish, German, Chinese, like a robot; the machine's own espeak-ng, a last resort",
        ),
        Backend(
            "kokoro",
            "warmline.tts.voice.kokoro:KokoroVoice",
            "warmline.tts.voice.kokoro:KokoroConfig",
            "Kokoro-82M from a folder of yours, 28 English voices; pace, volume, warmth; about real time",
        ),
        Backend(
            "coqui",
            "warmline.tts.voice.coqui:CoquiVoice",
            "warmline.tts.voice.coqui:CoquiConfig",
            "XTTS v2 from a folder of yours, a cloned voice in 17 languages, style by reference clips; wants a GPU",
            extra="coqui",
        ),
        Backend(
            "tone",
            "warmline.tts.voice.tone:ToneVoice",
            "warmline.tts.voice.tone:ToneConfig",
            "hums one tone a word; for tests",
        ),
    ),
)
