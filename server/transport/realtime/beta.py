"""The protocol's older names (``OpenAI-Beta: realtime=v1``): the same call, told and set in the words of the beta."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

_RENAMED: Final = {
    "response.output_audio.delta": "response.audio.delta",
    "response.output_audio.done": "response.audio.done",
    "response.output_audio_transcript.delta": "response.audio_transcript.delta",
    "response.output_audio_transcript.done": "response.audio_transcript.done",
    "conversation.item.added": "conversation.item.created",
}
_FORMATS: Final = {"pcm16": "audio/pcm", "g711_ulaw": "audio/pcmu", "g711_alaw": "audio/pcma"}
_OLD: Final = {new: old for old, new in _FORMATS.items()}


def told(event: Mapping[str, object]) -> dict[str, object] | None:
    """An event as a client of the beta knows it; None for one that the beta does not have."""
    kind = event["type"]
    if kind == "conversation.item.done":
        return None
    named = {**event, "type": _RENAMED.get(str(kind), kind)}
    session = event.get("session")
    if isinstance(session, Mapping):
        named["session"] = _flat(session)
    return named


def asked(session: Mapping[str, object]) -> dict[str, object]:
    """A flat session of the beta as today's nested one; what is unknown stays as it is."""
    nested = {key: value for key, value in session.items() if key not in _MOVED}
    heard: dict[str, object] = {}
    for old, new in (("turn_detection", "turn_detection"), ("input_audio_transcription", "transcription")):
        if old in session:
            heard[new] = session[old]
    if "input_audio_format" in session:
        heard["format"] = {"type": _FORMATS.get(str(session["input_audio_format"]), session["input_audio_format"])}
    said: dict[str, object] = {}
    if "output_audio_format" in session:
        said["format"] = {"type": _FORMATS.get(str(session["output_audio_format"]), session["output_audio_format"])}
    if "voice" in session:
        said["voice"] = session["voice"]
    modalities = session.get("modalities")
    if isinstance(modalities, list):
        nested["output_modalities"] = ["audio"] if "audio" in modalities else modalities
    return {**nested, "type": "realtime", "audio": {"input": heard, "output": said}}


_MOVED: Final = frozenset(
    {
        "turn_detection",
        "input_audio_transcription",
        "input_audio_format",
        "output_audio_format",
        "voice",
        "modalities",
        "type",
    }
)


def _flat(session: Mapping[str, object]) -> dict[str, object]:
    audio = session.get("audio")
    assert isinstance(audio, Mapping)
    heard, said = audio["input"], audio["output"]
    return {
        **{key: value for key, value in session.items() if key not in ("audio", "type", "output_modalities")},
        "modalities": ["text", "audio"],
        "voice": said["voice"],
        "input_audio_format": _OLD[heard["format"]["type"]],
        "output_audio_format": _OLD[said["format"]["type"]],
        "input_audio_transcription": heard["transcription"],
        "turn_detection": heard["turn_detection"],
    }
