"""How a call is told in the Realtime protocol's events."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping
from typing import Any

import pytest
from fake_call import PLAN, TAGS

from warmline.dialogue.types import Outcome
from warmline.emotion.running import Running
from warmline.server import events as e
from warmline.server.transport.realtime.narrator import Narrator

Check = Callable[[Mapping[str, Any]], None]

TURN = (
    e.TurnBegan(1, 16_000),
    e.PartialHeard(1, "I failed"),
    e.ToneSoFar(1, Running(-0.4, -0.2, 0.6), 24_000),
    e.DraftStarted(1, 32_000, 35_200),
    e.Planned(1, "I failed my exam.", TAGS, PLAN),
    e.ReplyText(1, "That sounds heavy.", "model"),
    e.ReplyReleased(1, 40_000, True),
    e.ReplyText(1, "What hurts most?", "model"),
)


def narrator() -> Narrator:
    count = itertools.count(1)
    return Narrator(lambda prefix: f"{prefix}_{next(count)}")


def told(told_by: Narrator, *events: e.CallEvent) -> list[dict[str, Any]]:
    return [dict(message) for event in events for message in told_by.event(event)]


def ended(outcome: Outcome, heard: str) -> e.ReplyEnded:
    planned = "That sounds heavy. What hurts most?"
    return e.ReplyEnded(1, "I failed my exam.", planned, heard, outcome, {"asr": 1.0}, 64_000)


def test_a_turn_and_its_reply_come_in_the_protocols_order(official: Check) -> None:
    events = told(narrator(), *TURN, ended(Outcome.SPOKEN, "That sounds heavy. What hurts most?"))
    for event in events:
        official(event)
    transcription = "conversation.item.input_audio_transcription"
    assert [event["type"] for event in events] == [
        "input_audio_buffer.speech_started",
        "x_emotion.user",
        "input_audio_buffer.speech_stopped",
        "input_audio_buffer.committed",
        "conversation.item.added",
        "conversation.item.done",
        f"{transcription}.delta",
        f"{transcription}.completed",
        "x_warmline.plan",
        "response.created",
        "response.output_item.added",
        "conversation.item.added",
        "response.content_part.added",
        "response.output_audio_transcript.delta",
        "response.output_audio_transcript.delta",
        "response.output_audio.done",
        "response.output_audio_transcript.done",
        "response.content_part.done",
        "response.output_item.done",
        "conversation.item.done",
        "response.done",
    ]
    started, stopped = events[0], events[2]
    assert (started["audio_start_ms"], stopped["audio_end_ms"]) == (1_000, 2_000)
    completed = events[7]
    assert completed["transcript"] == "I failed my exam."
    assert completed["x_emotion"]["label"] == "sad"
    assert "".join(e["delta"] for e in events[13:15]) == "That sounds heavy. What hurts most?"
    assert events[-1]["response"]["status"] == "completed"
    assert {event["item_id"] for event in (started, stopped, completed)} == {events[4]["item"]["id"]}


def test_words_that_come_after_the_turn_was_let_go_are_told_then(official: Check) -> None:
    talk = narrator()
    told(talk, e.TurnBegan(1, 0), e.DraftStarted(1, 8_000, 9_000), e.ReplyReleased(1, 16_000, False))
    events = told(talk, e.Planned(1, "I failed my exam.", TAGS, PLAN))
    for event in events:
        official(event)
    assert [event["type"].rsplit(".", 1)[-1] for event in events] == ["delta", "completed", "plan"]


def test_a_cut_reply_holds_what_was_heard_of_it(official: Check) -> None:
    events = told(narrator(), *TURN, ended(Outcome.CUT, "That sounds"))
    official(events[-1])
    response = events[-1]["response"]
    assert response["status"] == "cancelled"
    assert response["status_details"]["reason"] == "turn_detected"
    assert response["output"][0]["content"] == [{"type": "output_audio", "transcript": "That sounds"}]


def test_a_reply_that_the_client_stopped_says_so() -> None:
    talk = narrator()
    told(talk, *TURN)
    talk.stopping()
    events = told(talk, ended(Outcome.CUT, ""))
    assert events[-1]["response"]["status_details"]["reason"] == "client_cancelled"


def test_a_draft_that_was_never_let_out_is_never_told() -> None:
    talk = narrator()
    events = told(talk, *TURN[:6], e.DraftDiscarded(1, 36_000))
    assert {event["type"] for event in events} == {"input_audio_buffer.speech_started", "x_emotion.user"}
    again = told(talk, e.Planned(1, "I failed my exam, and", TAGS, PLAN), e.ReplyReleased(1, 50_000, True))
    texts = [event["delta"] for event in again if event["type"].endswith("audio_transcript.delta")]
    assert texts == []


def test_a_reply_taken_back_leaves_nothing_and_the_turn_goes_on(official: Check) -> None:
    talk = narrator()
    first = told(talk, *TURN)
    taken = told(talk, e.Overlap("withdraw", 44_000), e.DraftDiscarded(1, 44_000))
    for event in taken:
        official(event)
    items = {event["item"]["id"] for event in first if event["type"] == "conversation.item.added"}
    assert {event["item_id"] for event in taken if event["type"] == "conversation.item.deleted"} == items
    assert all(talk.item(item) is None for item in items)
    assert taken[-1]["type"] == "input_audio_buffer.speech_started"
    assert taken[-1]["item_id"] not in items


def test_a_greeting_is_a_response_without_a_turn_of_the_person(official: Check) -> None:
    events = told(narrator(), e.ReplyReleased(0, 0, False), e.ReplyText(0, "Hello.", "notice"))
    for event in events:
        official(event)
    assert events[0]["type"] == "response.created"


def test_audio_belongs_to_the_running_response_or_to_none(official: Check) -> None:
    talk = narrator()
    assert talk.audio("AAAA") is None
    told(talk, *TURN)
    delta = talk.audio("AAAA")
    assert delta is not None
    official(delta)
    assert delta["response_id"] == talk.responding
    told(talk, ended(Outcome.SPOKEN, ""))
    assert talk.audio("AAAA") is None


def test_a_noise_that_was_no_turn_is_stopped_when_the_next_voice_comes() -> None:
    events = told(narrator(), e.TurnBegan(1, 0), e.DraftDiscarded(1, 9_000), e.TurnBegan(2, 32_000))
    kinds = [event["type"].rsplit(".", 1)[-1] for event in events]
    assert kinds == ["speech_started", "speech_stopped", "speech_started"]


def test_written_words_are_an_item_of_the_user(official: Check) -> None:
    events = narrator().wrote("I failed my exam.", "")
    for event in events:
        official(event)
    assert events[0]["item"] == {
        "object": "realtime.item",
        "type": "message",
        "status": "completed",
        "id": "item_1",
        "role": "user",
        "content": [{"type": "input_text", "text": "I failed my exam."}],
    }


@pytest.mark.parametrize("event", [e.TurnScored(1, 0.5, 3_200), e.ReplyBegan(1, 1), e.StreamFault("Gap", "x", 1, 1)])
def test_what_the_protocol_has_no_word_for_is_not_told(event: e.CallEvent) -> None:
    assert narrator().event(event) == []
