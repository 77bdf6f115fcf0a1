"""What stops us and what does not."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from warmline.dialogue.overlap import Evidence, Verdict, judge
from warmline.speech.types import samples_of

OURS = "Underneath it all, you sound worn out. What was the hardest part?"


def heard(text: str | None, seconds_s: float = 0.4, **more: object) -> Verdict:
    return judge(Evidence(samples_of(seconds_s), text, **more))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "text",
    ["Mm-hm.", "mhm", "Yeah.", "Uh-huh, yeah.", "Okay.", "I see.", "Oh, right.", "Hmm", "Mm. Yeah. Right."],
)
def test_a_listener_s_noises_let_us_go_on(text: str) -> None:
    assert heard(text) is Verdict.BACKCHANNEL
    assert heard(text, paused=False) is Verdict.BACKCHANNEL


@pytest.mark.parametrize(
    "text",
    [
        "Stop.",
        "Wait.",
        "No.",
        "Yeah but that's not it",
        "Yeah, but",
        "Can I say something?",
        "okay so what about my sister",
        "Sorry?",
        "yeah yeah yeah yeah yeah",
    ],
)
def test_words_take_the_floor(text: str) -> None:
    assert heard(text) is Verdict.SPEECH


@pytest.mark.parametrize("text", ["Stop", "wait", "no", "hold on", "yeah but", "my sister"])
def test_some_words_take_it_before_they_are_over(text: str) -> None:
    assert heard(text, paused=False) is Verdict.SPEECH


def test_one_other_word_may_still_be_half_a_nod() -> None:
    assert heard("Uh", paused=False) is Verdict.UNSURE
    assert heard("Sister", 0.8, paused=False) is Verdict.SPEECH
    assert heard("Sister") is Verdict.SPEECH


def test_a_word_that_the_recogniser_only_guessed_is_a_noise() -> None:
    assert heard("you", confidence=0.2) is Verdict.NOISE
    assert heard("stop", confidence=0.2) is Verdict.SPEECH, "but nobody who says stop is talked over"


def test_a_click_holds_no_word() -> None:
    assert heard("No.", 0.08) is Verdict.NOISE


def test_no_words_are_no_claim_while_they_may_still_come() -> None:
    assert heard("") is Verdict.UNSURE
    assert heard("", 0.15) is Verdict.NOISE
    assert heard("", speech=0.3) is Verdict.NOISE, "no word, and hardly like speech"
    assert heard("", speech=0.5) is Verdict.UNSURE
    assert heard("", speech=0.05) is Verdict.NOISE
    assert heard("", paused=False) is Verdict.UNSURE
    assert heard("", 1.0, paused=False, speech=0.05) is Verdict.NOISE


@pytest.mark.parametrize(("kind", "verdict"), [("sob", Verdict.SOB), ("cough", Verdict.COUGH), ("sigh", Verdict.SOB)])
def test_vocal_events_are_no_claim(kind: str, verdict: Verdict) -> None:
    assert heard("", events={kind: 0.8}) is verdict
    assert heard("you", events={kind: 0.8}) is verdict, "a recogniser hears a word in a cough"
    assert heard("please stop", events={kind: 0.8}) is Verdict.SPEECH
    assert heard("I can't do this", events={kind: 0.9}) is Verdict.SPEECH, "who speaks through tears speaks"
    assert heard("oh my oh my", events={kind: 0.8}, speech=0.05) is verdict, "words that nobody spoke"
    assert heard("", events={kind: 0.1}) is Verdict.UNSURE


def test_somebody_else_does_not_hold_the_floor() -> None:
    assert heard("and now the weather for tomorrow", 1.2, caller=0.05) is Verdict.OTHER
    assert heard("and now the weather for tomorrow", 1.2, level_db=-25.0) is Verdict.OTHER
    assert heard("and now the weather for tomorrow", 1.2, caller=0.6, level_db=-25.0) is Verdict.SPEECH
    assert heard("wait please", 1.2, level_db=-25.0) is Verdict.SPEECH, "a whispered wait is heard"


def test_an_answer_to_our_question_is_no_nod() -> None:
    assert heard("Yes.", answering=True) is Verdict.SPEECH
    assert heard("Mm.", 0.4) is Verdict.BACKCHANNEL


def test_our_own_words_come_back_are_no_claim_to_the_floor() -> None:
    assert heard("you sound worn out what", 1.0, ours=OURS) is Verdict.ECHO
    assert heard("worn out", ours=OURS) is Verdict.SPEECH, "too few words to tell"
    assert heard("worn out", ours=OURS, level_db=-12.0) is Verdict.ECHO, "two, but faint"
    assert heard("you sound like my mother", 1.0, ours=OURS) is Verdict.SPEECH


def test_speech_over_our_echo_is_speech() -> None:
    assert heard("you sound worn out wait no", 1.5, ours=OURS) is Verdict.SPEECH
    assert heard("you sound worn out mm-hm", 1.5, ours=OURS) is Verdict.BACKCHANNEL


@given(
    st.text(max_size=40),
    st.integers(0, samples_of(5.0)),
    st.booleans(),
    st.one_of(st.none(), st.floats(0, 1)),
    st.one_of(st.none(), st.floats(-60, 20)),
)
def test_any_evidence_has_a_verdict(
    text: str, voiced: int, paused: bool, caller: float | None, db: float | None
) -> None:
    verdict = judge(Evidence(voiced, text, paused=paused, caller=caller, level_db=db, ours=OURS))
    assert verdict is not Verdict.UNSURE or not paused or not any(letter.isalnum() for letter in text)


@given(st.sampled_from(["stop", "wait", "no", "hold on", "stop it please"]), st.floats(0, 1), st.floats(-60, 20))
def test_nothing_makes_a_caller_s_stop_unheard(text: str, confidence: float, db: float) -> None:
    evidence = Evidence(samples_of(0.3), text, confidence, level_db=db, events={"cough": 1.0, "sob": 1.0}, ours=OURS)
    assert judge(evidence) is Verdict.SPEECH
