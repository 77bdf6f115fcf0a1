"""What crosses the call's WebSocket as JSON, as pure functions: what a client may say, and how each event is told.

Client to server: ``start`` first (or ``resume``, to take up a call whose connection was lost), then binary frames of
PCM16 little-endian mono at the rate it states, ``write`` for words that are written, and ``end``.
Server to client: binary frames of PCM16 at VOICE_RATE; ``ready`` or ``resumed``, ``error``, ``clear``, ``ended``, and
one message for every event of :mod:`warmline.server.events`. Seconds in ``at_s`` count from the start of the call,
without the time for which the client was away. How these follow each other is told in ``docs/service.md``.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import asdict, dataclass, field

import numpy as np

from warmline.dialogue.types import SafetyNote
from warmline.server import events as e
from warmline.server.auth import operators_key
from warmline.server.transport.said import Said
from warmline.server.transport.seat import Seat
from warmline.server.transport.text import whole
from warmline.server.views import plan_line, plan_view, tags_line, tags_view
from warmline.speech.audio.pcm import from_pcm16, to_pcm16
from warmline.speech.types import Samples, seconds_of
from warmline.tts.types import VOICE_RATE
from warmline.tts.voice.paced import FASTEST_SPEED, SLOWEST_SPEED

RATES = (16_000, 24_000, 32_000, 44_100, 48_000, 96_000)
"""Rates at which a client may send."""

MOST_TEXT = 4_096
"""Longest JSON message of a client, in characters."""

MOST_AUDIO = 96_000
"""Longest audio message of a client, in bytes: half a second at 96 kHz, a second at 48."""

MOST_LATENCY_MS = 1_000

MOST_NAMES, LONGEST_NAME = 20, 60

LONGEST_TOKEN = 128

Claim = Callable[[str], Awaitable[Seat | None]]
"""The waiting call that a token opens; None for none."""

_CALLER = re.compile(r"[A-Za-z0-9_-]{22,64}")


class BadMessage(Exception):
    """A message of the client that cannot be used; ``code`` is for programs, the text for people."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


@dataclass(frozen=True, slots=True)
class Start:
    """The client begins a call. ``rate``: of its audio, in Hz. ``read_tone``: whether the person lets us infer
    emotion from the voice; no word about it means no. ``latency_ms``: how long its loudspeaker holds audio back.
    ``names``: names that the person may say, for recognition to expect. ``caller``: a random key of the client's own,
    by which the person is known again; whoever has it is taken for them, so it must not be guessable. "" for nobody.
    ``operators_caller``: the operator's own key of the person, believed only with the operator's credentials.
    ``speed``: how fast our voice shall speak, as a factor of its own rate."""

    rate: int
    read_tone: bool = False
    latency_ms: float = 0.0
    names: tuple[str, ...] = ()
    caller: str = ""
    speed: float = 1.0
    operators_caller: str = ""


@dataclass(frozen=True, slots=True)
class Resume:
    """The client takes up a call whose connection was lost; ``token``: the last one that it was given. ``rate`` and
    ``latency_ms`` as in :class:`Start`; all else stays as the call began."""

    token: str = field(repr=False)
    rate: int
    latency_ms: float = 0.0


@dataclass(frozen=True, slots=True)
class Write:
    """The person wrote ``text`` instead of saying it."""

    text: str


@dataclass(frozen=True, slots=True)
class End:
    """The client hangs up."""


FromClient = Start | Resume | Write | End


def parse(text: str) -> FromClient:
    """A text message of the client. Raises BadMessage."""
    if len(text) > MOST_TEXT:
        raise BadMessage("too_big", f"a JSON message may have {MOST_TEXT} characters")
    try:
        message = json.loads(text)
    except (ValueError, RecursionError):
        raise BadMessage("bad_json", "this text message is no JSON") from None
    if not isinstance(message, dict) or not isinstance(message.get("type"), str):
        raise BadMessage("bad_message", 'a message is a JSON object with a "type"')
    match message["type"]:
        case "start":
            return _start(message)
        case "resume":
            return _resume(message)
        case "write":
            return _write(message)
        case "end":
            return End()
    raise BadMessage("unknown_type", 'there are the message types "start", "resume", "write" and "end"')


def _start(message: Mapping[str, object]) -> Start:
    read_tone = message.get("read_tone", False)
    if not isinstance(read_tone, bool):
        raise BadMessage("bad_start", "read_tone is true or false")
    names, caller = _names(message.get("names", [])), caller_key(message.get("caller", ""))
    return Start(
        _rate(message),
        read_tone,
        _latency(message),
        names,
        caller,
        _speed(message.get("speed", 1.0)),
        _operators(message),
    )


def _resume(message: Mapping[str, object]) -> Resume:
    token = message.get("token")
    if not isinstance(token, str) or not 0 < len(token) <= LONGEST_TOKEN:
        raise BadMessage("bad_resume", "resume needs the token that the call gave you last")
    return Resume(token, _rate(message), _latency(message))


def _rate(message: Mapping[str, object]) -> int:
    rate = message.get("rate")
    if isinstance(rate, bool) or rate not in RATES or not isinstance(rate, int):
        raise BadMessage("bad_rate", f"{message['type']} needs a rate, one of {', '.join(map(str, RATES))}")
    return rate


def _latency(message: Mapping[str, object]) -> float:
    given = message.get("latency_ms", 0.0)
    if isinstance(given, bool) or not isinstance(given, int | float) or not 0 <= given <= MOST_LATENCY_MS:
        raise BadMessage(f"bad_{message['type']}", f"latency_ms is a number from 0 to {MOST_LATENCY_MS}")
    return float(given)


def _speed(given: object) -> float:
    if isinstance(given, bool) or not isinstance(given, int | float) or not SLOWEST_SPEED <= given <= FASTEST_SPEED:
        raise BadMessage("bad_start", f"speed is a number from {SLOWEST_SPEED} to {FASTEST_SPEED}")
    return float(given)


def _operators(message: Mapping[str, object]) -> str:
    try:
        return operators_key(message.get("x_caller"))
    except ValueError as error:
        raise BadMessage("bad_start", str(error)) from None


def caller_key(given: object) -> str:
    """The key by which a client's person is known again. Raises BadMessage."""
    if given == "":
        return ""
    if not isinstance(given, str) or not _CALLER.fullmatch(given):
        raise BadMessage(
            "bad_start", "caller is a random key of 22 to 64 letters, digits, - or _: make it once, keep it"
        )
    return given


def _write(message: Mapping[str, object]) -> Write:
    text = message.get("text")
    words = " ".join(whole(text).split()) if isinstance(text, str) else ""
    if not words:
        raise BadMessage("bad_write", "write needs a text")
    return Write(words)


def _names(given: object) -> tuple[str, ...]:
    named = given if isinstance(given, list) else [None]
    names = [name for name in named if isinstance(name, str) and 0 < len(name.strip()) <= LONGEST_NAME]
    if len(names) < len(named) or len(names) > MOST_NAMES:
        raise BadMessage("bad_start", f"names are up to {MOST_NAMES} texts of at most {LONGEST_NAME} characters")
    return tuple(" ".join(whole(name).replace(",", " ").split()) for name in names)


def samples_from(data: bytes) -> Samples:
    """PCM16 little-endian as float32 in [-1, 1). Raises BadMessage."""
    if len(data) > MOST_AUDIO:
        raise BadMessage("too_big", f"an audio message may have {MOST_AUDIO} bytes: send 20 ms at a time")
    if len(data) % 2:
        raise BadMessage("odd_audio", "audio is PCM16, so a message has an even number of bytes")
    return from_pcm16(np.frombuffer(data, "<i2").astype(np.int16))


def bytes_of(samples: Samples) -> bytes:
    """float32 as PCM16 little-endian; what exceeds full scale is clipped."""
    return to_pcm16(samples).astype("<i2").tobytes()


def resumed(read_tone: bool, away_s: float, key: Mapping[str, object], said: Iterable[Said]) -> dict[str, object]:
    """A call was taken up: the token that opens it next, and what was said in it so far."""
    return {
        "type": "resumed",
        "rate": VOICE_RATE,
        "read_tone": read_tone,
        "away_s": round(away_s, 2),
        "resume": dict(key),
        "transcript": transcript(said),
    }


def transcript(said: Iterable[Said]) -> list[dict[str, object]]:
    """What was said so far, as clients are told."""
    return [asdict(one) if one.planned else {"turn": one.turn, "who": one.who, "text": one.text} for one in said]


async def nothing_waits(_: str) -> Seat | None:
    """Where calls do not outlive their connection."""
    return None


def error(code: str, message: str) -> dict[str, object]:
    return {"type": "error", "code": code, "message": message}


def event_messages(event: e.CallEvent) -> tuple[dict[str, object], ...]:
    """How an event is told. ``clear`` follows where our voice was dropped: the client throws away what it has not
    played yet."""
    match event:
        case e.TurnBegan(turn, onset):
            return ({"type": "turn_began", "turn": turn, "at_s": seconds_of(onset)},)
        case e.PartialHeard(turn, text):
            return ({"type": "partial", "turn": turn, "text": text},)
        case e.ToneSoFar():
            return (_tone(event),)
        case e.DraftStarted(turn, end, at):
            return ({"type": "draft_started", "turn": turn, "end_s": seconds_of(end), "at_s": seconds_of(at)},)
        case e.DraftDiscarded(turn, at):
            return {"type": "draft_discarded", "turn": turn, "at_s": seconds_of(at)}, {"type": "clear"}
        case e.TurnScored(turn, score, wait):
            return ({"type": "turn_scored", "turn": turn, "score": score, "wait_s": seconds_of(wait)},)
        case e.Planned():
            return (_planned(event),)
        case e.ReplyReleased(turn, at, ready):
            return ({"type": "reply_released", "turn": turn, "at_s": seconds_of(at), "ready": ready},)
        case e.ReplyBegan(turn, at):
            return ({"type": "reply_began", "turn": turn, "at_s": seconds_of(at)},)
        case e.ReplyText(turn, text, source):
            return ({"type": "reply_text", "turn": turn, "text": text, "source": source},)
        case e.ReplyEnded():
            return (_ended(event),)
        case e.Overlap(action, at, why):
            told = {"type": "overlap", "action": action, "at_s": seconds_of(at), "why": why}
            return (told, {"type": "clear"}) if action == "cancel" else (told,)
        case e.Murmured(turn, text, at):
            return ({"type": "murmured", "turn": turn, "text": text, "at_s": seconds_of(at)},)
        case e.StreamFault(kind, what, at, count):
            fault = {"type": "stream_fault", "kind": kind, "what": what, "at_s": seconds_of(at), "count": count}
            return (fault,)
        case e.SafetyStep(turn, note):
            return (_help(turn, note),)
        case e.Consent(what, given):
            return ({"type": "consent", "what": what, "given": given},)
        case e.Handoff(stage):
            return ({"type": "handoff", "stage": stage},)
        case e.ReportReady(link):
            return ({"type": "report", "url": f"/report#{link}"},)
        case e.Trouble(what):
            return ({"type": "trouble", "what": what},)
        case e.ReadLater():
            return ()  # it shows in the plan of the next turn
        case e.CallOver():
            return ()  # the connection tells it, with the reason


def dump(message: Mapping[str, object]) -> str:
    """JSON that every browser reads: figures that are no numbers become null."""
    return whole(json.dumps(_plain(message), ensure_ascii=False, separators=(",", ":"), allow_nan=False))


def _tone(event: e.ToneSoFar) -> dict[str, object]:
    tone = event.tone
    return {
        "type": "tone",
        "turn": event.turn,
        "at_s": seconds_of(event.at),
        "valence": tone.valence,
        "arousal": tone.arousal,
        "confidence": tone.confidence,
        "events": [found.kind for found in tone.events],
    }


def _planned(event: e.Planned) -> dict[str, object]:
    return {
        "type": "planned",
        "turn": event.turn,
        "words": event.words,
        "tags": tags_view(event.tags) | {"line": tags_line(event.tags)},
        "plan": plan_view(event.plan) | {"line": plan_line(event.plan)},
    }


def _help(turn: int, note: SafetyNote) -> dict[str, object]:
    """The protocol's step, and what to show: figures that can be tapped, with the day they were checked."""
    shown = None if note.card is None else asdict(note.card)
    return {"type": "help", "turn": turn, "step": note.step, "card": shown}


def _ended(event: e.ReplyEnded) -> dict[str, object]:
    return {
        "type": "reply_ended",
        "turn": event.turn,
        "words": event.words,
        "planned": event.planned,
        "heard": event.heard,
        "outcome": event.outcome.name.lower(),
        "stages_ms": dict(event.stages_ms),
        "at_s": seconds_of(event.at),
    }


def _plain(value: object) -> object:
    if isinstance(value, float | np.floating):
        return round(float(value), 4) if math.isfinite(value) else None
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return value
