"""What crosses the WebSocket: every event has a message, every unusable message has a code."""

from __future__ import annotations

import json
import math
from contextlib import suppress
from dataclasses import replace
from typing import get_args

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from warmline.dialogue.types import (
    NEUTRAL,
    HelpCard,
    Outcome,
    Plan,
    Risk,
    RiskLevel,
    SafetyNote,
    Strategy,
    SupportStage,
)
from warmline.emotion.running import Running
from warmline.emotion.types import ParalinguisticTags, VocalEvent
from warmline.server import events as e
from warmline.server.transport import wire

TAGS = ParalinguisticTags.unknown()
PLAN = Plan(SupportStage.EXPLORATION, Strategy.QUESTION, {Strategy.QUESTION: 1.0}, 3.0, "", NEUTRAL, ("first turn",))

EVENTS: tuple[e.CallEvent, ...] = (
    e.TurnBegan(1, 8_000),
    e.PartialHeard(1, "I feel"),
    e.DraftStarted(1, 16_000, 19_200),
    e.DraftDiscarded(1, 20_000),
    e.TurnScored(1, 0.9, 3_200),
    e.Planned(1, "I feel odd.", TAGS, PLAN),
    e.ReadLater(1, Risk(RiskLevel.L1, ("deep reader (0.98)",))),
    e.ReplyReleased(1, 24_000, True),
    e.ReplyBegan(1, 24_800),
    e.ReplyText(1, "That sounds odd.", "model"),
    e.ReplyEnded(1, "I feel odd.", "That sounds odd.", "That sounds", Outcome.CUT, {"asr": 12.5}, 48_000),
    e.Overlap("duck", 30_000),
    e.Murmured(1, "Mhm.", 31_000),
    e.StreamFault("Gap", "2.00 s: 40 ms were lost and concealed", 32_000, 3),
    e.SafetyStep(3, SafetyNote("line", HelpCard("US", "988", "988", "", "24/7", "911", "911", "", False))),
    e.Consent("tone", True),
    e.Handoff("ringing"),
    e.ReportReady("k" * 43),
    e.Trouble("the voice failed"),
    e.ToneSoFar(1, Running(-0.4, -0.2, 0.1, (VocalEvent("cry", 16_000, 24_000, 0.8),)), 32_000),
)


@pytest.mark.parametrize("event", EVENTS, ids=lambda event: type(event).__name__)
def test_every_event_is_told_as_json(event: e.CallEvent) -> None:
    for message in wire.event_messages(event):
        assert json.loads(wire.dump(message))["type"] == message["type"]


def test_the_events_above_are_all_there_are() -> None:
    assert {type(event) for event in EVENTS} == set(get_args(e.CallEvent)) - {e.CallOver}, (
        "and the end, which the connection tells"
    )


@pytest.mark.parametrize("event", [e.Overlap("cancel", 1), e.DraftDiscarded(1, 1)])
def test_where_our_voice_is_dropped_the_client_is_told_to_clear(event: e.CallEvent) -> None:
    assert wire.event_messages(event)[-1] == {"type": "clear"}


def test_the_report_s_secret_goes_after_the_hash_which_no_server_is_sent() -> None:
    assert wire.event_messages(e.ReportReady("abc")) == ({"type": "report", "url": "/report#abc"},)


@pytest.mark.parametrize("action", ["duck", "hold", "restore"])
def test_what_keeps_the_place_does_not_clear(action: str) -> None:
    assert [message["type"] for message in wire.event_messages(e.Overlap(action, 1))] == ["overlap"]


def test_a_plan_is_told_with_its_strategy_stage_and_reasons() -> None:
    (message,) = wire.event_messages(EVENTS[5])
    plan = json.loads(wire.dump(message))["plan"]
    assert (plan["strategy"], plan["stage"], plan["why"]) == ("Question", "exploration", ["first turn"])


def test_a_fault_of_the_stream_says_what_and_how_often() -> None:
    (message,) = wire.event_messages(e.StreamFault("Gap", "2.00 s: 40 ms were lost and concealed", 32_000, 3))
    assert (message["kind"], message["at_s"], message["count"]) == ("Gap", 2.0, 3)


def test_figures_that_are_no_numbers_become_null() -> None:
    tags = replace(TAGS, valence=math.nan)
    (message,) = wire.event_messages(e.Planned(1, "", tags, PLAN))
    assert json.loads(wire.dump(message))["tags"]["valence"] is None


def test_start_states_rate_and_consent() -> None:
    text = '{"type":"start","rate":48000,"read_tone":true,"latency_ms":30}'
    assert wire.parse(text) == wire.Start(48_000, True, 30.0)


def test_a_lost_call_is_taken_up_by_its_token_which_no_log_shows() -> None:
    found = wire.parse('{"type":"resume","token":"9f-secret","rate":48000,"latency_ms":30}')
    assert found == wire.Resume("9f-secret", 48_000, 30.0)
    assert "9f-secret" not in repr(found)


def test_no_word_about_tone_means_no_consent() -> None:
    assert wire.parse('{"type":"start","rate":16000}') == wire.Start(16_000, read_tone=False)


def test_a_client_may_say_who_calls_by_a_key_that_cannot_be_guessed() -> None:
    key = "4Qm0cV9xT2bLr7Yz1Kp8Ws"
    found = wire.parse(json.dumps({"type": "start", "rate": 16000, "caller": key}))
    assert isinstance(found, wire.Start)
    assert found.caller == key


def test_a_caller_may_choose_how_fast_we_speak() -> None:
    found = wire.parse('{"type":"start","rate":16000,"speed":0.8}')
    assert isinstance(found, wire.Start)
    assert found.speed == 0.8


def test_a_caller_may_say_which_names_to_expect() -> None:
    found = wire.parse('{"type":"start","rate":16000,"names":["Siobhan"," Anne,  Marie "]}')
    assert isinstance(found, wire.Start)
    assert found.names == ("Siobhan", "Anne Marie")


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "bad_json"),
        ('{"type":"start","rate":16000,"speed":2}', "bad_start"),
        ('{"type":"start","rate":16000,"speed":"fast"}', "bad_start"),
        ('{"type":"start","rate":16000,"speed":NaN}', "bad_start"),
        ("{", "bad_json"),
        ("[" * 4_000, "bad_json"),
        ("[]", "bad_message"),
        ("null", "bad_message"),
        ('{"type":1}', "bad_message"),
        ('{"type":"sing"}', "unknown_type"),
        ('{"type":"start"}', "bad_rate"),
        ('{"type":"start","rate":"16000"}', "bad_rate"),
        ('{"type":"start","rate":16000.0}', "bad_rate"),
        ('{"type":"start","rate":true}', "bad_rate"),
        ('{"type":"start","rate":[16000]}', "bad_rate"),
        ('{"type":"start","rate":8001}', "bad_rate"),
        ('{"type":"start","rate":16000,"read_tone":"yes"}', "bad_start"),
        ('{"type":"resume","rate":16000}', "bad_resume"),
        ('{"type":"resume","rate":16000,"token":""}', "bad_resume"),
        ('{"type":"resume","rate":16000,"token":7}', "bad_resume"),
        (json.dumps({"type": "resume", "rate": 16000, "token": "x" * 129}), "bad_resume"),
        ('{"type":"resume","token":"x"}', "bad_rate"),
        ('{"type":"resume","rate":16000,"token":"x","latency_ms":-1}', "bad_resume"),
        ('{"type":"start","rate":16000,"read_tone":1}', "bad_start"),
        ('{"type":"start","rate":16000,"latency_ms":-1}', "bad_start"),
        ('{"type":"start","rate":16000,"latency_ms":NaN}', "bad_start"),
        ('{"type":"start","rate":16000,"latency_ms":1e999}', "bad_start"),
        ('{"type":"start","rate":16000,"latency_ms":null}', "bad_start"),
        ('{"type":"start","rate":16000,"names":"Siobhan"}', "bad_start"),
        ('{"type":"start","rate":16000,"names":[7]}', "bad_start"),
        ('{"type":"start","rate":16000,"names":[" "]}', "bad_start"),
        (json.dumps({"type": "start", "rate": 16000, "names": ["x" * 61]}), "bad_start"),
        ('{"type":"start","rate":16000,"caller":"ada"}', "bad_start"),
        ('{"type":"start","rate":16000,"caller":7}', "bad_start"),
        (json.dumps({"type": "start", "rate": 16000, "caller": "x" * 65}), "bad_start"),
        (json.dumps({"type": "start", "rate": 16000, "caller": "x" * 30 + "'"}), "bad_start"),
        (json.dumps({"type": "start", "rate": 16000, "names": ["x"] * 21}), "bad_start"),
        ('{"type":"end"}' + " " * wire.MOST_TEXT, "too_big"),
    ],
)
def test_an_unusable_message_has_a_code_and_one_line(text: str, code: str) -> None:
    with pytest.raises(wire.BadMessage) as caught:
        wire.parse(text)
    assert caught.value.code == code
    assert str(caught.value)
    assert "\n" not in str(caught.value)


@given(st.text(max_size=200) | st.recursive(st.none() | st.booleans() | st.floats(), st.lists).map(json.dumps))
def test_no_text_can_do_more_than_be_refused(text: str) -> None:
    with suppress(wire.BadMessage):
        assert isinstance(wire.parse(text), wire.Start | wire.Write | wire.End)


def test_audio_comes_and_goes_as_pcm16() -> None:
    samples = np.asarray([0.0, 0.5, -0.5, -1.0], np.float32)
    assert np.array_equal(wire.samples_from(wire.bytes_of(samples)), samples)


@pytest.mark.parametrize(("data", "code"), [(b"\0\0\0", "odd_audio"), (bytes(wire.MOST_AUDIO + 2), "too_big")])
def test_unusable_audio_has_a_code(data: bytes, code: str) -> None:
    with pytest.raises(wire.BadMessage) as caught:
        wire.samples_from(data)
    assert caught.value.code == code
