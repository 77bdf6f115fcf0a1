"""The recognisers by name. Nothing heavy is imported here."""

from __future__ import annotations

from typing import Final

from warmline.speech.asr.base import Recogniser
from warmline.speech.runtime.registry import Backend, Registry

RECOGNISERS: Final[Registry[Recogniser]] = Registry(
    "asr",
    (
        Backend(
            "faster_whisper",
            "warmline.speech.asr.faster_whisper:FasterWhisper",
            "warmline.speech.asr.faster_whisper:FasterWhisperConfig",
            "Whisper on CTranslate2: tiny.en, base, or any converted model; embedded",
        ),
        Backend(
            "transformers",
            "warmline.speech.asr.transformers:Transformers",
            "warmline.speech.asr.transformers:TransformersConfig",
            "Whisper and CTC models (wav2vec2 ...) of the transformers library, by hub name or folder",
            "transformers",
        ),
        Backend(
            "scripted",
            "warmline.speech.asr.scripted:ScriptedRecogniser",
            "warmline.speech.asr.scripted:ScriptedConfig",
            "words where a script says so; for tests",
        ),
    ),
)
