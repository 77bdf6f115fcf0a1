"""What the providers' streams say, by the shapes that they document; and whatever else comes."""

from __future__ import annotations

import base64
import json
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from warmline.server.transport.telephony import dialects as d

ULAW = base64.b64encode(b"\xff" * 160).decode()

STARTS = {
    "twilio": {
        "event": "start",
        "sequenceNumber": "1",
        "streamSid": "MZ1",
        "start": {
            "streamSid": "MZ1",
            "accountSid": "AC1",
            "callSid": "CA1",
            "tracks": ["inbound"],
            "customParameters": {},
            "mediaFormat": {"encoding": "audio/x-mulaw", "sampleRate": 8000, "channels": 1},
        },
    },
    "telnyx": {
        "event": "start",
        "sequence_number": "1",
        "stream_id": "32D",
        "start": {
            "call_control_id": "v2:x",
            "client_state": "",
            "media_format": {"encoding": "PCMU", "sample_rate": 8000, "channels": 1},
        },
    },
    "plivo": {
        "event": "start",
        "sequenceNumber": 1,
        "start": {
            "callId": "c",
            "streamId": "876",
            "accountId": "MA",
            "tracks": ["inbound"],
            "mediaFormat": {"encoding": "audio/x-mulaw", "sampleRate": 8000},
        },
        "extra_headers": "",
    },
}


@pytest.mark.parametrize(("provider", "stream"), [("twilio", "MZ1"), ("telnyx", "32D"), ("plivo", "876")])
def test_a_stream_begins_as_documented(provider: str, stream: str) -> None:
    assert d.DIALECTS[provider].heard(json.dumps(STARTS[provider])) == d.Started(stream, "pcmu", 8_000)


@pytest.mark.parametrize("provider", list(d.DIALECTS))
def test_audio_keys_and_the_end_are_heard(provider: str) -> None:
    heard = d.DIALECTS[provider].heard
    assert heard(json.dumps({"event": "media", "media": {"track": "inbound", "payload": ULAW}})) == d.Media(
        b"\xff" * 160
    )
    assert heard(json.dumps({"event": "dtmf", "dtmf": {"track": "inbound_track", "digit": "0"}})) == d.Digit("0")
    assert heard(json.dumps({"event": "stop", "stop": {}})) == d.Stopped()
    assert heard(json.dumps({"event": "mark", "mark": {"name": "x"}})) == d.Noted()
    assert heard(json.dumps({"event": "mark", "mark": {"name": "12"}})) == d.Played(12)
    assert heard(json.dumps({"event": "playedStream", "streamId": "876", "name": "12"})) == d.Played(12)
    assert heard(json.dumps({"event": "connected", "protocol": "Call", "version": "1.0.0"})) == d.Noted()


@pytest.mark.parametrize("provider", list(d.DIALECTS))
def test_our_own_voice_in_a_stream_of_both_tracks_is_not_heard(provider: str) -> None:
    message = {"event": "media", "media": {"track": "outbound", "payload": ULAW}}
    assert d.DIALECTS[provider].heard(json.dumps(message)) == d.Noted()


def test_what_we_send_is_spelt_as_each_documents_it() -> None:
    audio = b"\xff" * 160
    assert d.Twilio().media("MZ1", audio) == {"event": "media", "streamSid": "MZ1", "media": {"payload": ULAW}}
    assert d.Twilio().clear("MZ1") == {"event": "clear", "streamSid": "MZ1"}
    assert d.Telnyx().media("32D", audio) == {"event": "media", "media": {"payload": ULAW}}
    assert d.Telnyx().clear("32D") == {"event": "clear"}
    media = {"contentType": "audio/x-mulaw", "sampleRate": 8000, "payload": ULAW}
    assert d.Plivo().media("876", audio) == {"event": "playAudio", "media": media}
    assert d.Plivo().clear("876") == {"event": "clearAudio", "streamId": "876"}
    assert d.Twilio().mark("MZ1", 7) == {"event": "mark", "streamSid": "MZ1", "mark": {"name": "7"}}
    assert d.Telnyx().mark("32D", 7) == {"event": "mark", "mark": {"name": "7"}}
    assert d.Plivo().mark("876", 7) == {"event": "checkpoint", "streamId": "876", "name": "7"}


@pytest.mark.parametrize(
    "message",
    [
        {"event": "media"},
        {"event": "media", "media": {"payload": "%%"}},
        {"event": "start"},
        {"event": 1},
        {},
    ],
)
@pytest.mark.parametrize("provider", list(d.DIALECTS))
def test_what_is_wrong_is_refused(provider: str, message: dict[str, object]) -> None:
    with pytest.raises(d.BadStream):
        d.DIALECTS[provider].heard(json.dumps(message))


def test_a_rate_that_the_encoding_does_not_have_is_refused() -> None:
    start = json.loads(json.dumps(STARTS["twilio"]))
    start["start"]["mediaFormat"]["sampleRate"] = 16_000
    with pytest.raises(d.BadStream):
        d.Twilio().heard(json.dumps(start))


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=6),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=6,
)
FIELDS = st.sampled_from(["start", "media", "dtmf", "streamSid", "stream_id", "stop", "mark"])
MESSAGES = st.builds(
    lambda event, rest: json.dumps({"event": event, **rest}),
    st.sampled_from(["start", "media", "dtmf", "stop", "mark", "x"]),
    st.dictionaries(FIELDS, JSON),
)


@given(MESSAGES | st.text(max_size=40), st.sampled_from(list(d.DIALECTS)))
def test_whatever_comes_is_read_or_refused(text: str, provider: str) -> None:
    with suppress(d.BadStream):
        assert isinstance(d.DIALECTS[provider].heard(text), d.Heard)
