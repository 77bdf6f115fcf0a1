"""What a client of the Realtime protocol may set, and what it is told of it. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from warmline.server.transport.formats import PCMA, PCMU, Format, linear
from warmline.server.transport.realtime.messages import BadEvent
from warmline.server.transport.text import whole
from warmline.server.transport.wire import LONGEST_TOKEN, BadMessage, caller_key
from warmline.tts.voice.paced import FASTEST_SPEED, SLOWEST_SPEED

IGNORED: Final = (
    "instructions", "tools", "tool_choice", "temperature", "max_output_tokens", "prompt", "truncation", "tracing",
    "include", "reasoning", "parallel_tool_calls",
)  # fmt: skip
"""Settings that are accepted and not followed: who Warmline is and what it does is the operator's."""

MOST_NAMES, LONGEST_NAME = 20, 60


MOST_DEPTH: Final = 40
"""How deep a session may be nested: what it sets is told back."""

PCM: Final = linear(24_000)
FORMATS: Final = {form.type: form for form in (PCM, PCMU, PCMA)}


@dataclass(frozen=True, slots=True)
class Session:
    """``read_tone``: whether the person lets us infer emotion from the voice (``x_warmline.read_tone``; no word about
    it means no). ``names``: what recognition should expect. ``caller``: a random key by which the person is known
    again, "" for nobody; it is never shown. ``events``: whether everything that happens in the call is told besides,
    as ``x_warmline.event``. ``speed``: of our voice. ``given``: settings of the client that are echoed and not
    followed."""

    id: str
    model: str = "warmline"
    heard: Format = PCM
    said: Format = PCM
    voice: str = ""
    read_tone: bool = False
    names: tuple[str, ...] = ()
    caller: str = field(default="", repr=False)
    events: bool = False
    speed: float = 1.0
    given: tuple[tuple[str, object], ...] = ()

    def view(self) -> dict[str, object]:
        """The protocol's session object."""
        return {
            "object": "realtime.session",
            "type": "realtime",
            "id": self.id,
            "model": self.model,
            "output_modalities": ["audio"],
            **{key: value for key, value in self.given if key != "audio"},
            "audio": {
                "input": {
                    "format": _view(self.heard),
                    "transcription": {"model": "warmline"},
                    "noise_reduction": None,
                    "turn_detection": {"type": "semantic_vad", "create_response": True, "interrupt_response": True},
                },
                "output": {"format": _view(self.said), "voice": self.voice, "speed": self.speed},
            },
            "x_warmline": {
                "read_tone": self.read_tone,
                "names": list(self.names),
                "events": self.events,
                "ignored": list(IGNORED),
            },
        }


def updated(session: Session, patch: Mapping[str, object], begun: bool) -> Session:
    """``session`` with what the client sets; ``begun``: the call runs, so that formats and consent stand. Raises
    BadEvent."""
    if not _shallow(patch, MOST_DEPTH):
        raise BadEvent("invalid_value", f"a session is nested at most {MOST_DEPTH} deep", "session")
    kind = patch.get("type", "realtime")
    if kind != "realtime":
        raise BadEvent("unsupported_session", "Warmline holds sessions of the type realtime", "session.type")
    modalities = patch.get("output_modalities", ["audio"])
    if not isinstance(modalities, list) or "audio" not in modalities:
        raise BadEvent(
            "unsupported_modality", "Warmline answers aloud: output_modalities holds audio", "session.output_modalities"
        )
    audio = _object(patch, "audio", "session.audio")
    given, taken = _object(audio, "input", "session.audio.input"), _object(audio, "output", "session.audio.output")
    if "turn_detection" in given and given["turn_detection"] is None:
        raise BadEvent(
            "unsupported_turn_detection",
            "Warmline takes turns itself: turn_detection cannot be null",
            "session.audio.input.turn_detection",
        )
    heard = _format(given, session.heard, "session.audio.input.format")
    said = _format(taken, session.said, "session.audio.output.format")
    if begun and (heard, said) != (session.heard, session.said):
        raise BadEvent("too_late", "the audio's format cannot change in a running call", "session.audio")
    ours = _object(patch, "x_warmline", "session.x_warmline")
    asked = replace(
        session,
        heard=heard,
        said=said,
        read_tone=_flag(ours, "read_tone", session.read_tone),
        names=_names(ours, session.names),
        caller=_caller(ours, session.caller),
        events=_flag(ours, "events", session.events),
        speed=session.speed if begun else _speed(taken, session.speed),
    )
    if begun and _set_before(asked) != _set_before(session):
        raise BadEvent("too_late", "x_warmline is set before the call begins", "session.x_warmline")
    model = patch.get("model")
    echoed = dict(session.given) | {key: patch[key] for key in IGNORED if key in patch}
    return replace(
        asked, model=model if isinstance(model, str) and model else session.model, given=tuple(echoed.items())
    )


def _shallow(value: object, depth: int) -> bool:
    """Is ``value`` nested at most ``depth`` deep?"""
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return all(depth > 0 and _shallow(item, depth - 1) for item in inner)


def resumed_by(session: Mapping[str, object]) -> str:
    """The token by which the client takes up a lost call, in ``x_session.resume``; "" for none. Raises BadEvent."""
    token = _object(session, "x_session", "session.x_session").get("resume", "")
    if not isinstance(token, str) or len(token) > LONGEST_TOKEN:
        raise BadEvent("invalid_value", "resume is the token that the call gave you last", "session.x_session.resume")
    return token


def _view(form: Format) -> dict[str, object]:
    return {"type": form.type, "rate": form.rate} if form is PCM else {"type": form.type}


def _object(message: Mapping[str, object], key: str, param: str) -> Mapping[str, object]:
    value = message.get(key)
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise BadEvent("invalid_value", f"{param} is an object", param)
    return value


def _format(side: Mapping[str, object], now: Format, param: str) -> Format:
    chosen = _object(side, "format", param)
    if not chosen:
        return now
    kind = chosen.get("type")
    found = FORMATS.get(kind) if isinstance(kind, str) else None
    if found is None or chosen.get("rate", found.rate) != found.rate:
        raise BadEvent("unsupported_format", "audio is audio/pcm at 24000 Hz, audio/pcmu or audio/pcma", param)
    return found


def _set_before(session: Session) -> tuple[object, ...]:
    return session.read_tone, session.names, session.caller, session.events


def _flag(ours: Mapping[str, object], key: str, now: bool) -> bool:
    value = ours.get(key, now)
    if not isinstance(value, bool):
        raise BadEvent("invalid_value", f"{key} is true or false", f"session.x_warmline.{key}")
    return value


def _caller(ours: Mapping[str, object], now: str) -> str:
    try:
        return caller_key(ours.get("caller", now))
    except BadMessage as bad:
        raise BadEvent("invalid_value", str(bad), "session.x_warmline.caller") from None


def _speed(taken: Mapping[str, object], now: float) -> float:
    """The protocol's 0.25 to 1.5, as far as our voices go."""
    value = taken.get("speed", now)
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0.25 <= value <= 1.5:
        raise BadEvent("invalid_value", "speed is a number from 0.25 to 1.5", "session.audio.output.speed")
    return min(FASTEST_SPEED, max(SLOWEST_SPEED, float(value)))


def _names(ours: Mapping[str, object], now: tuple[str, ...]) -> tuple[str, ...]:
    value = ours.get("names", list(now))
    names = (
        [name for name in value if isinstance(name, str) and 0 < len(name.strip()) <= LONGEST_NAME]
        if isinstance(value, list)
        else [""]
    )
    if not isinstance(value, list) or len(names) < len(value) or len(names) > MOST_NAMES:
        raise BadEvent(
            "invalid_value",
            f"names are up to {MOST_NAMES} texts of at most {LONGEST_NAME} characters",
            "session.x_warmline.names",
        )
    return tuple(" ".join(whole(name).replace(",", " ").split()) for name in names)
