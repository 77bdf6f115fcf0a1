"""The official openai client, unmodified, against a running server with scripted conversations."""

from __future__ import annotations

import base64
from collections.abc import Iterator

import numpy as np
import pytest
from openai import OpenAI
from openai.resources.realtime.realtime import RealtimeConnection
from openai.types.realtime import RealtimeServerEvent

RATE = 24_000

pytestmark = pytest.mark.filterwarnings("ignore:connect\\(\\) must be used:DeprecationWarning")
"""The client's own way of opening a socket, which its websocket library has come to dislike."""


@pytest.fixture
def connection(address: str) -> Iterator[RealtimeConnection]:
    client = OpenAI(base_url=f"http://{address}/v1", websocket_base_url=f"ws://{address}/v1", api_key="none")
    with client, client.realtime.connect(model="warmline") as opened:
        yield opened


def speak(connection: RealtimeConnection, seconds_s: float, level: float = 0.5) -> None:
    wave = level * np.sin(2 * np.pi * 200.0 * np.arange(round(seconds_s * RATE)) / RATE)
    audio = base64.b64encode((wave * 32_767).astype("<i2").tobytes()).decode()
    connection.input_audio_buffer.append(audio=audio)


def until(connection: RealtimeConnection, kind: str, most: int = 600) -> list[RealtimeServerEvent]:
    """Every event up to the first of ``kind``."""
    seen: list[RealtimeServerEvent] = []
    for _ in range(most):
        seen.append(connection.recv())
        if seen[-1].type == kind:
            return seen
    raise AssertionError(f"no {kind} among {[event.type for event in seen]}")


def test_a_spoken_turn_is_heard_and_answered_aloud(connection: RealtimeConnection) -> None:
    first = connection.recv()
    assert first.type == "session.created"
    connection.session.update(session={"type": "realtime", "instructions": "Be kind."})
    assert until(connection, "session.updated")[-1].session.model == "warmline"  # type: ignore[union-attr]
    speak(connection, 0.6)
    events = until(connection, "response.done")
    (heard,) = [e for e in events if e.type == "conversation.item.input_audio_transcription.completed"]
    assert heard.transcript == "I failed my exam."
    voice = b"".join(base64.b64decode(e.delta) for e in events if e.type == "response.output_audio.delta")
    assert 1.9 < len(voice) / 2 / RATE < 2.1, "two pieces of a second each"
    done = events[-1]
    assert done.type == "response.done"
    assert done.response.status == "completed"
    assert done.response.output is not None
    said = done.response.output[0].content[0].transcript  # type: ignore[union-attr, index]
    assert said == "That sounds heavy. What hurts most?"


def test_what_is_written_is_answered(connection: RealtimeConnection) -> None:
    item = {"type": "message", "role": "user", "content": [{"type": "input_text", "text": "I failed."}]}
    connection.conversation.item.create(item=item)  # type: ignore[arg-type]
    connection.response.create()
    events = until(connection, "response.done")
    kinds = [event.type for event in events]
    assert "conversation.item.added" in kinds
    assert "response.output_audio.delta" in kinds
    assert "input_audio_buffer.speech_started" not in kinds


def test_an_interruption_cancels_the_reply(connection: RealtimeConnection) -> None:
    speak(connection, 0.6)
    until(connection, "response.output_audio.delta")
    speak(connection, 1.0)
    done = until(connection, "response.done")[-1]
    assert done.type == "response.done"
    assert done.response.status == "cancelled"


def test_a_client_can_cancel_and_truncate(connection: RealtimeConnection) -> None:
    speak(connection, 0.6)
    delta = until(connection, "response.output_audio.delta")[-1]
    assert delta.type == "response.output_audio.delta"
    connection.response.cancel()
    done = until(connection, "response.done")[-1]
    assert done.type == "response.done"
    assert done.response.status_details is not None
    assert done.response.status_details.reason == "client_cancelled"
    connection.conversation.item.truncate(item_id=delta.item_id, content_index=0, audio_end_ms=100)
    assert until(connection, "conversation.item.truncated")[-1].item_id == delta.item_id  # type: ignore[union-attr]


def test_an_event_that_cannot_be_used_is_told_and_the_call_goes_on(connection: RealtimeConnection) -> None:
    connection.send({"type": "input_audio_buffer.commit", "event_id": "mine"})
    error = until(connection, "error")[-1]
    assert error.type == "error"
    assert error.error.event_id == "mine"
    speak(connection, 0.6)
    assert until(connection, "response.done")


def test_the_older_names_are_spoken_where_the_client_asks_for_them(address: str) -> None:
    client = OpenAI(base_url=f"http://{address}/v1", websocket_base_url=f"ws://{address}/v1", api_key="none")
    headers = {"OpenAI-Beta": "realtime=v1"}
    with client, client.realtime.connect(model="warmline", extra_headers=headers) as connection:
        speak(connection, 0.6)
        kinds = {event.type for event in until(connection, "response.done")}
    assert "response.audio.delta" in kinds
    assert not {kind for kind in kinds if "output_audio" in kind}
