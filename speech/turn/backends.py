"""The end-of-turn detectors by name. Nothing heavy is imported here."""

from __future__ import annotations

from typing import Final

from warmline.speech.runtime.registry import Backend, Registry
from warmline.speech.turn.base import TurnDetector

TURNS: Final[Registry[TurnDetector]] = Registry(
    "turn",
    (
        Backend(
            "smart_turn",
            "warmline.speech.turn.smart_turn:SmartTurn",
            "warmline.speech.turn.smart_turn:SmartTurnConfig",
            "Smart Turn v3.2, the last 8 s of audio; embedded",
        ),
        Backend(
            "encoder",
            "warmline.speech.turn.encoder:EncoderTurn",
            "warmline.speech.turn.encoder:EncoderTurnConfig",
            "our head on the recogniser's encoder, Smart Turn where none fits; embedded",
        ),
        Backend(
            "vad_only",
            "warmline.speech.turn.vad_only:VadOnly",
            "warmline.speech.turn.vad_only:VadOnlyConfig",
            "no opinion: only the length of the pause decides",
        ),
        Backend(
            "scripted",
            "warmline.speech.turn.scripted:ScriptedTurn",
            "warmline.speech.turn.scripted:ScriptedTurnConfig",
            "scores by script; for tests",
        ),
    ),
)
