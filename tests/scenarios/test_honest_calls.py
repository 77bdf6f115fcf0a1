"""In whole calls: the AI notice is heard or said again, comes back in time, and consent to tone is asked and kept."""

from __future__ import annotations

import pytest
from scenarios.rehearsal import Rehearsal

from warmline.server import events as e
from warmline.server.audit.chain import Entry

GREETING = "Hello there, and thank you so much for calling us today. I'm an AI, not a person. What's on your mind?"


def texts(call: Rehearsal, source: str = "notice") -> list[str]:
    return [event.text for event in call.of(e.ReplyText) if isinstance(event, e.ReplyText) and event.source == source]


def planned(call: Rehearsal) -> list[e.Planned]:
    return [event for event in call.of(e.Planned) if isinstance(event, e.Planned)]


def test_a_greeting_that_was_heard_is_notice_enough() -> None:
    call = Rehearsal(speech="8.0-9.5", words="8.0-9.5 I lost my job", greeting=GREETING)
    call.play(16.0)
    assert texts(call) == [GREETING]


def test_a_greeting_cut_before_the_notice_is_made_good_in_the_next_reply() -> None:
    call = Rehearsal(speech="1.0-4.0", words="1.0-4.0 I lost my job and I do not know what to do", greeting=GREETING)
    call.play(14.0)
    ended = [event for event in call.of(e.ReplyEnded) if isinstance(event, e.ReplyEnded)]
    assert "AI" not in ended[0].heard
    assert any("AI" in text for text in texts(call)[1:])
    assert "AI" in ended[-1].heard
    assert ended[-1].planned.count("AI") == 1


def test_the_notice_comes_back_in_time() -> None:
    spoken = "8.0-9.5, 30.0-31.5, 66.0-67.5"
    words = "8.0-9.5 I lost my job; 30.0-31.5 it was last week; 66.0-67.5 I am so tired"
    call = Rehearsal(speech=spoken, words=words, greeting=GREETING, notice_every_h=20.0 / 3600.0)
    call.play(76.0)
    assert sum("AI" in text for text in texts(call)) == 3


def test_without_a_greeting_nothing_is_added() -> None:
    call = Rehearsal(speech="1.0-2.5", words="1.0-2.5 I lost my job")
    call.play(8.0)
    assert texts(call) == []


@pytest.mark.parametrize(("answer", "given", "says"), [("yes", True, "take that back"), ("no", False, "words alone")])
def test_consent_is_asked_and_the_answer_holds(answer: str, given: bool, says: str) -> None:
    words = f"14.0-14.6 {answer}; 26.0-27.5 I lost my job"
    call = Rehearsal(
        speech="14.0-14.6, 26.0-27.5", words=words, greeting=GREETING, tone_consent="ask", tones=("sad", "sad")
    )
    call.play(36.0)
    assert "listen to how you sound" in texts(call)[0]
    assert texts(call)[0].count("?") == 1
    assert any(says in text for text in texts(call)[1:])
    assert [event.given for event in call.of(e.Consent) if isinstance(event, e.Consent)] == [given]
    assert (planned(call)[-1].tags.confidence > 0) is given


def test_a_first_answer_that_is_no_answer_counts_as_no_and_is_answered() -> None:
    call = Rehearsal(
        speech="14.0-16.0", words="14.0-16.0 I lost my job today", greeting=GREETING, tone_consent="ask", tones=("sad",)
    )
    call.play(24.0)
    assert planned(call)[-1].tags.confidence == 0
    assert [event.given for event in call.of(e.Consent) if isinstance(event, e.Consent)] == [False]
    assert texts(call, "model") or texts(call, "fallback")


def test_danger_is_answered_before_consent_and_notice() -> None:
    call = Rehearsal(
        speech="1.0-3.0",
        words="1.0-3.0 I am going to kill myself tonight",
        greeting=GREETING,
        tone_consent="ask",
        country="GB",
    )
    call.play(14.0)
    first = texts(call, "protocol")
    assert any("nine, nine, nine" in text for text in first)
    assert len(texts(call)) == 1
    steps = [event for event in call.of(e.SafetyStep) if isinstance(event, e.SafetyStep)]
    assert steps[0].note.step == "urgent"
    assert steps[0].note.card is not None
    assert steps[0].note.card.country == "GB"


def test_a_call_at_risk_leaves_its_decisions_in_the_audit_and_no_words() -> None:
    written: list[Entry] = []
    call = Rehearsal(
        speech="1.0-3.0, 24.0-25.0",
        words="1.0-3.0 I am going to kill myself tonight; 24.0-25.0 no",
        country="US",
        audit=written.append,
    )
    call.play(40.0)
    found = [(entry.kind, entry.level, entry.step) for entry in written]
    assert found == [("risk", 3, "urgent"), ("risk", 3, "distance")]
    assert written[0].referral
    assert len({entry.call for entry in written}) == 1
    assert "tonight" not in str(written)
