"""What a client may send: read, or refused with the field that is wrong; never anything else."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from warmline.server.transport.realtime import beta
from warmline.server.transport.realtime import messages as m
from warmline.server.transport.realtime.session import FORMATS, PCM, Session, updated

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
KINDS = st.sampled_from([*m._KINDS, "response.audio", ""])
FIELDS = ["session", "audio", "item", "item_id", "content_index", "audio_end_ms", "response_id", "event_id", "response"]
EVENTS = st.builds(lambda kind, rest: {"type": kind, **rest}, KINDS, st.dictionaries(st.sampled_from(FIELDS), JSON))
SESSION_FIELDS = ["type", "model", "output_modalities", "audio", "x_warmline", "instructions", "tools"]
SESSIONS = st.dictionaries(st.sampled_from(SESSION_FIELDS), JSON)


@given(EVENTS)
def test_an_event_of_any_shape_is_read_or_refused(event: Mapping[str, object]) -> None:
    with suppress(m.BadEvent):
        assert m.parse(json.dumps(event)).event_id in (None, event.get("event_id"))


@given(st.text(max_size=60))
def test_a_text_of_any_kind_is_read_or_refused(text: str) -> None:
    with pytest.raises(m.BadEvent):
        m.parse(text)


@given(SESSIONS, st.booleans())
def test_a_session_of_any_shape_is_set_or_refused(patch: Mapping[str, object], old: bool) -> None:
    session = Session("sess_1")
    with suppress(m.BadEvent):
        assert json.dumps(updated(session, beta.asked(patch) if old else patch, begun=False).view())


@pytest.mark.parametrize(
    ("event", "code", "param"),
    [
        ({"type": "input_audio_buffer.append", "audio": "%%%"}, "invalid_value", "audio"),
        ({"type": "input_audio_buffer.append"}, "invalid_value", "audio"),
        ({"type": "conversation.item.create", "item": {"type": "function_call"}}, "unsupported_item", "item.type"),
        ({"type": "conversation.item.truncate", "item_id": "a", "audio_end_ms": True}, "invalid_value", "audio_end_ms"),
        ({"type": "no.such.event"}, "unknown_event", "type"),
        ({"type": ["session.update"]}, "unknown_event", "type"),
    ],
)
def test_what_is_wrong_is_named(event: dict[str, object], code: str, param: str) -> None:
    with pytest.raises(m.BadEvent) as refused:
        m.parse(json.dumps({**event, "event_id": "mine"}))
    assert (refused.value.code, refused.value.param, refused.value.event_id) == (code, param, "mine")


def test_audio_in_base64_is_read() -> None:
    sent = {"type": "input_audio_buffer.append", "audio": base64.b64encode(b"\0\1").decode()}
    assert m.parse(json.dumps(sent)).event == m.Append(b"\0\1")


def test_written_parts_are_one_text() -> None:
    content = [{"type": "input_text", "text": "I failed"}, {"type": "input_text", "text": " my  exam. "}]
    item = {"type": "message", "role": "user", "id": "mine", "content": content}
    received = m.parse(json.dumps({"type": "conversation.item.create", "item": item}))
    assert received.event == m.Write("I failed my exam.", "mine")


@pytest.mark.parametrize("kind", list(FORMATS))
def test_a_telephones_formats_are_taken_both_ways(kind: str) -> None:
    side = {"format": {"type": kind}}
    session = updated(Session("s"), {"type": "realtime", "audio": {"input": side, "output": side}}, begun=False)
    assert session.heard is session.said is FORMATS[kind]
    tone = PCM.decode(PCM.encode(FORMATS["audio/pcm"].decode(b"\0\x10" * 80)))
    assert abs(float(session.said.decode(session.said.encode(tone)).mean()) - 0.125) < 0.01


@pytest.mark.parametrize(
    ("patch", "code"),
    [
        ({"audio": {"input": {"turn_detection": None}}}, "unsupported_turn_detection"),
        ({"output_modalities": ["text"]}, "unsupported_modality"),
        ({"audio": {"input": {"format": {"type": "audio/pcm", "rate": 16_000}}}}, "unsupported_format"),
        ({"type": "transcription"}, "unsupported_session"),
        ({"x_warmline": {"read_tone": "yes"}}, "invalid_value"),
    ],
)
def test_what_we_cannot_do_is_refused_and_not_pretended(patch: dict[str, object], code: str) -> None:
    with pytest.raises(m.BadEvent) as refused:
        updated(Session("s"), patch, begun=False)
    assert refused.value.code == code


def test_consent_is_no_unless_given_and_stands_once_the_call_runs() -> None:
    session = Session("s")
    assert not session.read_tone
    agreed = updated(session, {"x_warmline": {"read_tone": True}}, begun=False)
    assert agreed.read_tone
    with pytest.raises(m.BadEvent):
        updated(agreed, {"x_warmline": {"read_tone": False}}, begun=True)


def test_a_callers_key_is_taken_and_never_shown() -> None:
    key = "4Qm0cV9xT2bLr7Yz1Kp8Ws"
    session = updated(Session("s"), {"x_warmline": {"caller": key}}, begun=False)
    assert session.caller == key
    assert key not in json.dumps(session.view())
    assert key not in repr(session)
    with pytest.raises(m.BadEvent) as refused:
        updated(Session("s"), {"x_warmline": {"caller": "guess"}}, begun=False)
    assert refused.value.param == "session.x_warmline.caller"


def test_speed_is_followed_as_far_as_our_voices_go_and_stands_once_the_call_runs() -> None:
    fast = updated(Session("s"), {"audio": {"output": {"speed": 1.5}}}, begun=False)
    assert fast.speed == 1.25
    assert updated(fast, {"audio": {"output": {"speed": 1.0}}}, begun=True).speed == 1.25
    with pytest.raises(m.BadEvent):
        updated(Session("s"), {"audio": {"output": {"speed": 9}}}, begun=False)


def test_instructions_are_echoed_and_said_to_be_ignored() -> None:
    view = updated(Session("s"), {"instructions": "Be a pirate."}, begun=False).view()
    assert view["instructions"] == "Be a pirate."
    assert "instructions" in view["x_warmline"]["ignored"]  # type: ignore[index]


def test_the_betas_flat_session_is_understood_and_told() -> None:
    flat = {"modalities": ["text", "audio"], "input_audio_format": "g711_ulaw", "output_audio_format": "pcm16"}
    session = updated(Session("s"), beta.asked(flat), begun=False)
    told = beta.told({"type": "session.updated", "session": session.view()})
    assert told is not None
    assert told["session"]["input_audio_format"] == "g711_ulaw"  # type: ignore[index]
    assert told["session"]["output_audio_format"] == "pcm16"  # type: ignore[index]
    renamed = beta.told({"type": "response.output_audio.delta"})
    assert renamed == {"type": "response.audio.delta"}
