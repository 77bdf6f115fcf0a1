"""Those who tell voices apart, by name. Nothing heavy is imported here."""

from __future__ import annotations

from typing import Final

from warmline.speech.diarize.base import Diariser
from warmline.speech.runtime.registry import Backend, Registry

DIARISERS: Final[Registry[Diariser]] = Registry(
    "diarize",
    (
        Backend(
            "none",
            "warmline.speech.diarize.none:NoDiariser",
            "warmline.speech.diarize.none:NoConfig",
            "makes no voiceprint; the default",
        ),
        Backend(
            "embedded",
            "warmline.speech.diarize.embedded:EmbeddedDiariser",
            "warmline.speech.diarize.embedded:EmbeddedConfig",
            "GE2E voiceprints, 11 ms per 1.6 s of voice; embedded",
        ),
        Backend(
            "pyannote",
            "warmline.speech.diarize.pyannote:PyannoteDiariser",
            "warmline.speech.diarize.pyannote:PyannoteConfig",
            "a pyannote.audio pipeline, from the hub or a folder",
            extra="diarize",
        ),
        Backend(
            "scripted",
            "warmline.speech.diarize.scripted:ScriptedDiariser",
            "warmline.speech.diarize.scripted:ScriptedConfig",
            "tells voices by pitch; for tests",
        ),
    ),
)
