"""Loops, invented words and endless text are caught; what people say when they are upset is not."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from warmline.speech.asr.guards import (
    Draft,
    Guard,
    Voice,
    doubtful,
    is_silent,
    once,
    repeats,
    suspicion,
    token_cap,
    unlooped,
    verdict,
)

CLEAR = Voice(2.0, 0.7)


def draft(text: str, log_prob: float = -0.2, no_speech: float = 0.01, *, capped: bool = False) -> Draft:
    return Draft(text, log_prob, no_speech, capped)


@pytest.mark.parametrize(
    "text",
    [
        "That gives us a chance. That gives us a chance.",
        "let's just let's just let's just",
        "Yes, yes, yes, yes, yes.",
        "5 5 5 5 5 5",
        "So God bless him. I hope so. God bless him. I hope so.",
    ],
)
def test_a_loop_repeats(text: str) -> None:
    assert repeats(text)
    assert suspicion(draft(text))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "No, no, no, please don't.",
        "I know, I know. I should have called.",
        "It was the best of times, it was the worst of times.",
        "He said that that was fine, and and then he left.",
    ],
)
def test_ordinary_speech_does_not(text: str) -> None:
    assert not repeats(text)
    assert not suspicion(draft(text))


@given(st.lists(st.sampled_from(["a", "b", "c"]), min_size=4, max_size=7), st.integers(2, 4))
def test_any_phrase_of_four_words_said_twice_is_seen(phrase: list[str], times: int) -> None:
    assert repeats(" ".join(["well", *phrase * times, "so"]))


def test_text_without_spaces_is_seen_by_its_compression() -> None:
    assert suspicion(draft("A" + "H" * 80))
    assert verdict(draft("A" + "H" * 80), CLEAR) is Guard.LOOP


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("Sunday is the best day. Sunday is the best day. Sunday is the", "Sunday is the best day."),
        ("Well, no no no no no no.", "Well, no no"),
        ("let's just let's just let's just let's", "let's just"),
        ("I know, I know. I should have called.", "I know, I know. I should have called."),
        ("She said it was over now. She said it was over now. And I left.", "She said it was over now. And I left."),
        ("", ""),
    ],
)
def test_a_loop_is_cut_to_its_first_round(text: str, kept: str) -> None:
    assert unlooped(text) == kept


@given(st.lists(st.sampled_from(["a", "b", "c"]), max_size=30))
def test_what_was_cut_loops_no_more(words: list[str]) -> None:
    kept = unlooped(" ".join(words))
    assert not repeats(kept)
    assert set(kept.split()) <= set(words)


def test_a_loop_said_once_is_no_loop() -> None:
    heard = once(draft("I am so tired today. " * 6, capped=True))
    assert heard == draft("I am so tired today.")
    assert verdict(heard, CLEAR) is None
    assert once(draft("on and on", capped=True)).capped


def test_a_clear_sentence_is_taken_without_asking_for_a_voice() -> None:
    said = draft("I have not slept for three nights.")
    assert not doubtful(said)
    assert verdict(said) is None


@pytest.mark.parametrize(
    ("said", "voice", "guard"),
    [
        (draft(" ..."), None, Guard.NO_SPEECH),
        (draft("you", -1.6, 0.99), None, Guard.NO_SPEECH),
        (draft("Thank you.", -0.9, 0.5), None, Guard.NO_SPEECH),
        (draft("Thank you!", -0.56, 0.17), Voice(0.4, 0.08), Guard.NO_SPEECH),
        (draft("Yes, yes, yes.", -0.37, 0.19), Voice(0.0, 0.0), Guard.NO_SPEECH),
        (draft("I'm a man-lady", -1.95, 0.07), Voice(1.0, 0.2), Guard.LOW_CONFIDENCE),
        (draft("Oh", -2.6, 0.13), CLEAR, Guard.LOW_CONFIDENCE),
        (draft("Help.", -1.01, 0.25), Voice(0.3, 0.5, 0.93), None),
        (draft("That was good!", -1.14, 0.25), Voice(0.64, 0.59, 0.88), Guard.NO_SPEECH),
        (draft("Here.", -1.09, 0.16), Voice(0.22, 0.44, 0.69), Guard.NO_SPEECH),
        (draft("five five", -1.25, 0.39), Voice(0.7, 0.48), None),
        (draft("on and on", capped=True), CLEAR, Guard.LOOP),
        (draft("2.30 PM", -0.86, 0.23), Voice(1.4, 0.9), None),
        (draft("No.", -0.6, 0.3), Voice(0.3, 0.4), None),
    ],
)
def test_verdicts(said: Draft, voice: Voice | None, guard: Guard | None) -> None:
    assert verdict(said, voice) is guard


def test_the_detectors_answer_is_summed_up() -> None:
    assert Voice.of([0.9, 0.1, 0.8, 0.7], 0.032) == Voice(3 * 0.032, 0.75, 0.7)
    assert Voice.of([], 0.032) == Voice(0.0, 0.0, 0.0)


def test_the_cap_grows_with_the_audio() -> None:
    assert token_cap(0.0) == 10
    assert token_cap(10.0) == 80


def test_silence_is_below_80_db() -> None:
    assert is_silent(0.0)
    assert not is_silent(0.001)
