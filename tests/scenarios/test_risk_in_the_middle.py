"""Risk raised while a reply is drafted or spoken: the old words stop at once, and the protocol answers."""

from __future__ import annotations

from tests.scenarios.rehearsal import Rehearsal
from tests.scenarios.test_calls import sounding
from warmline.dialogue.types import Outcome
from warmline.server import events as e

OLD = ("One two three four five six seven eight nine ten eleven twelve.", "The model goes on.")


def replies(call: Rehearsal) -> list[e.ReplyEnded]:
    return [event for event in call.of(e.ReplyEnded) if isinstance(event, e.ReplyEnded)]


def sources(call: Rehearsal) -> set[str]:
    return {event.source for event in call.of(e.ReplyText) if isinstance(event, e.ReplyText)}


def test_in_the_middle_of_a_reply_we_are_silent_within_a_fifth_of_a_second() -> None:
    call = Rehearsal(
        speech="0.5-2.0, 4.0-5.5", words="0.5-2.0 I lost my job; 4.0-5.5 I want to kill myself tonight", says=OLD
    )
    recording = call.play(20.0)
    assert sounding(recording.reply, 3.4, 4.0) > 0.8, "we were speaking"
    assert sounding(recording.reply, 4.2, 5.5) == 0.0
    first, second = replies(call)
    assert first.outcome is Outcome.CUT
    assert second.words == "I want to kill myself tonight"
    assert "protocol" in sources(call)
    assert call.model is not None
    asked = " ".join(message.text for prompt in call.model.prompts for message in prompt.messages)
    assert "kill" not in asked, "the model is asked about the first turn only"


def test_in_the_middle_of_a_draft_the_old_words_are_never_heard() -> None:
    call = Rehearsal(
        speech="0.5-1.5, 2.5-4.0",
        words="0.5-1.5 I lost my job and; 2.5-4.0 I want to kill myself tonight",
        scores="0.1, 0.1, 0.95, 0.95",
        says=OLD,
    )
    recording = call.play(20.0)
    assert sounding(recording.reply, 0.0, 4.0) == 0.0
    assert len(call.of(e.DraftDiscarded)) == 1, "a draft was there"
    (ended,) = replies(call)
    assert ended.words == "I lost my job and I want to kill myself tonight"
    assert ended.heard
    assert "protocol" in sources(call)
    assert not {"one", "two", "three"} & set(ended.heard.lower().split())
