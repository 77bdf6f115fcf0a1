"""Valid frames of every wire: what a fuzzer starts from. Shapes by the protocols' own documentation."""

from __future__ import annotations

import struct
from random import Random
from typing import Final

from warmline.server.bench.fuzz_frames import Make, audio, encoded
from warmline.server.transport import wire
from warmline.server.transport.telephony import audiosocket as a
from warmline.server.transport.telephony.asterisk import FORMATS

TEXTS: Final = ("Hello.", "é" * 30, "I failed my exam.", "0") * 8 + ("", " ", "a" * 5_000)


def _rate(random: Random) -> int:
    """Mostly our own: a change of rate costs a thousand frames' time to set up."""
    return random.choice(wire.RATES) if random.random() < 0.2 else wire.RATES[0]


def _call_start(random: Random) -> object:
    return {
        "type": "start",
        "rate": _rate(random),
        "read_tone": random.random() < 0.5,
        "latency_ms": random.choice((0, 0.0, 80, 999.5)),
        "speed": random.choice((1, 1.0, 0.9)),
        "names": random.choice(([], ["Ana"], ["A", "B"])),
        "caller": random.choice(("", "c" * 30)),
    }


def resume(token: str) -> Make:
    """A client that takes up the call of ``token``."""

    def make(random: Random) -> object:
        fields = {"rate": _rate(random), "latency_ms": 20, "token": token or "t" * 32}
        return {"type": "resume", **fields}

    return make


CALL: Final[tuple[Make, ...]] = (
    _call_start,
    *([lambda random: {"type": "write", "text": random.choice(TEXTS[:4])}] * 40),
    lambda random: {"type": "write", "text": random.choice(TEXTS)},
    audio,
    *([lambda random: random.randbytes(640)] * 4),
    lambda random: {"type": "end"} if random.random() < 0.01 else {"type": "write", "text": "Yes."},
)

_ITEM: Final = ("item_1", "item_x", "", "a" * 200)


def _session(random: Random) -> object:
    other = random.choice(({"type": "audio/pcmu"}, {"type": "audio/pcma"}))
    form = other if random.random() < 0.05 else {"type": "audio/pcm", "rate": 24_000}
    return {
        "type": "session.update",
        "event_id": random.choice(("e1", "")),
        "session": {
            "type": "realtime",
            "instructions": "Be kind.",
            "output_modalities": ["audio"],
            "audio": {
                "input": {
                    "format": form,
                    "transcription": {"model": "x"},
                    "turn_detection": {"type": "server_vad", "threshold": 0.5, "silence_duration_ms": 500},
                },
                "output": {"format": form, "voice": "v", "speed": 1.0},
            },
            "tools": [],
            "tool_choice": "auto",
            "x_warmline": {"read_tone": True, "names": ["Ana"]},
        },
    }


def _message(random: Random) -> object:
    content = [{"type": "input_text", "text": random.choice(TEXTS)}]
    return {"type": "conversation.item.create", "item": {"type": "message", "role": "user", "content": content}}


def _append(random: Random) -> object:
    return {"type": "input_audio_buffer.append", "audio": encoded(random)}


REALTIME: Final[tuple[Make, ...]] = (
    *([_session] * 10),
    *([_message] * 30),
    *([_append] * 15),
    *([lambda random: {"type": "input_audio_buffer.clear"}] * 30),
    lambda random: {"type": "input_audio_buffer.clear"},
    lambda random: {"type": "input_audio_buffer.commit"},
    lambda random: {"type": "conversation.item.retrieve", "item_id": random.choice(_ITEM)},
    lambda random: {"type": "conversation.item.delete", "item_id": random.choice(_ITEM)},
    lambda random: {
        "type": "conversation.item.truncate",
        "item_id": random.choice(_ITEM),
        "content_index": 0,
        "audio_end_ms": 120,
    },
    lambda random: {"type": "response.create", "response": {}},
    lambda random: {"type": "response.cancel", "response_id": random.choice(("", "resp_1"))},
    lambda random: {"type": "output_audio_buffer.clear"},
)


def _twilio_start(random: Random) -> object:
    form = {"encoding": "audio/x-mulaw", "sampleRate": 8_000, "channels": 1}
    start = {"streamSid": "MZ1", "accountSid": "AC1", "callSid": "CA1", "tracks": ["inbound"], "mediaFormat": form}
    return {"event": "start", "sequenceNumber": "1", "streamSid": "MZ1", "start": start}


def _telnyx_start(random: Random) -> object:
    form = {"encoding": random.choice(("PCMU", "PCMA", "L16")), "sample_rate": 8_000, "channels": 1}
    return {"event": "start", "stream_id": "32D", "start": {"call_control_id": "v2:x", "media_format": form}}


def _plivo_start(random: Random) -> object:
    form = {"encoding": random.choice(("audio/x-mulaw", "audio/x-l16")), "sampleRate": random.choice((8_000, 16_000))}
    start = {"callId": "c", "streamId": "876", "accountId": "MA", "tracks": ["inbound"], "mediaFormat": form}
    return {"event": "start", "sequenceNumber": 1, "start": start, "extra_headers": ""}


def _media(random: Random) -> object:
    track = random.choice(("inbound", "inbound", "outbound"))
    media = {"track": track, "chunk": "1", "timestamp": "5", "payload": encoded(random)}
    return {"event": "media", "sequenceNumber": "3", "media": media}


def _digit(random: Random) -> object:
    return {"event": "dtmf", "dtmf": {"track": "inbound_track", "digit": random.choice("0123456789*#ABCDE")}}


_STREAM: Final[tuple[Make, ...]] = (
    *([_media] * 2),
    _digit,
    lambda random: {"event": "connected", "protocol": "Call", "version": "1.0.0"},
    lambda random: {"event": "mark", "mark": {"name": str(random.randrange(60))}},
    lambda random: {"event": "playedStream", "streamId": "876", "name": str(random.randrange(60))},
    lambda random: (
        {"event": "stop", "stop": {"callSid": "CA1"}} if random.random() < 0.01 else {"event": "clearedAudio"}
    ),
)
TWILIO: Final[tuple[Make, ...]] = (_twilio_start, *_STREAM)
TELNYX: Final[tuple[Make, ...]] = (_telnyx_start, *_STREAM)
PLIVO: Final[tuple[Make, ...]] = (_plivo_start, *_STREAM)


def asterisk_start(random: Random) -> object:
    """MEDIA_START in either form."""
    name, size = random.choice(list(FORMATS)), random.choice((160, 320, 240, 640, 0))
    fields = {"connection_id": "e2", "channel": "WebSocket/w", "channel_id": "1.9", "format": name}
    if random.random() < 0.5:
        words = " ".join(f"{key}:{value}" for key, value in fields.items())
        return f"MEDIA_START {words} optimal_frame_size:{size} ptime:20"
    return {"event": "MEDIA_START", **fields, "optimal_frame_size": size, "ptime": 20, "channel_variables": {"A": "b"}}


def _told(random: Random) -> object:
    """Something that the channel tells, in either form."""
    event, fields = random.choice(
        (
            ("DTMF_END", {"digit": random.choice("0123456789*#ABCDE")}),
            ("MEDIA_XOFF", {}),
            ("MEDIA_XON", {}),
            ("MEDIA_MARK_PROCESSED", {"correlation_id": str(random.randrange(60))}),
            ("QUEUE_DRAINED", {}),
            ("STATUS", {"queue_length": 43, "queue_full": False}),
        )
    )
    if random.random() < 0.5:
        return " ".join([event, *(f"{key}:{value}" for key, value in fields.items())])
    return {"event": event, **fields}


ASTERISK: Final[tuple[Make, ...]] = (asterisk_start, *([_told] * 6), *([audio] * 3))


def _framed(kind: int, payload: bytes) -> bytes:
    return struct.pack(">BH", kind, len(payload)) + payload


AUDIOSOCKET: Final[tuple[Make, ...]] = (
    lambda random: _framed(a.ID, random.randbytes(16)),
    *([lambda random: _framed(0x10, audio(random))] * 2),
    lambda random: _framed(random.choice(list(a.RATES)), audio(random)),
    lambda random: _framed(a.KEY, random.choice((b"0", b"5", b"", b"\xff", b"00"))),
    lambda random: _framed(random.randrange(256), random.randbytes(random.randrange(20))),
    lambda random: _framed(a.HANGUP, b"") if random.random() < 0.01 else _framed(0x10, bytes(320)),
)
