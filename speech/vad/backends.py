"""The voice activity detectors by name. Nothing heavy is imported here."""

from __future__ import annotations

from typing import Final

from warmline.speech.runtime.registry import Backend, Registry
from warmline.speech.vad.base import Vad

VADS: Final[Registry[Vad]] = Registry(
    "vad",
    (
        Backend(
            "silero",
            "warmline.speech.vad.silero:SileroVad",
            "warmline.speech.vad.silero:SileroConfig",
            "Silero VAD v6, 0.1 ms a frame; embedded",
        ),
        Backend(
            "energy",
            "warmline.speech.vad.energy:EnergyVad",
            "warmline.speech.vad.energy:EnergyConfig",
            "loudness over an adaptive floor; no weights",
        ),
        Backend(
            "scripted",
            "warmline.speech.vad.scripted:ScriptedVad",
            "warmline.speech.vad.scripted:ScriptedVadConfig",
            "speech where a script says so; for tests",
        ),
    ),
)
