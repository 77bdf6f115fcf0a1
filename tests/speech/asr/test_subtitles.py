"""Subtitles: how words are grouped, and the two formats to the letter."""

from __future__ import annotations

import itertools

from hypothesis import given
from hypothesis import strategies as st

from warmline.speech.asr.subtitles import LETTERS, LONGEST, cues, srt, vtt
from warmline.speech.types import Word, samples_of


def words(text: str, start_s: float = 0.0, each_s: float = 0.3) -> list[Word]:
    said = text.split()
    return [
        Word(w, samples_of(start_s + i * each_s), samples_of(start_s + (i + 1) * each_s)) for i, w in enumerate(said)
    ]


def test_a_sentence_is_a_cue_and_a_pause_breaks_it() -> None:
    found = cues([*words("I could not sleep last night. And"), *words("then it rained", 4.0)])
    assert [cue.text for cue in found] == ["I could not sleep last night.", "And", "then it rained"]
    assert (found[2].start, found[2].end) == (samples_of(4.0), samples_of(4.9))


@given(st.lists(st.tuples(st.text("ab.", min_size=1, max_size=30), st.integers(0, 40_000)), max_size=40))
def test_cues_hold_every_word_once_in_order_without_overlap(said: list[tuple[str, int]]) -> None:
    given_words, at = [], 0
    for text, length in said:
        given_words.append(Word(text, at, at + length))
        at += length
    found = cues(given_words)
    assert " ".join(cue.text for cue in found) == " ".join(word.text for word in given_words)
    assert all(len(cue.text) <= LETTERS or " " not in cue.text for cue in found)
    assert all(cue.end - cue.start <= LONGEST or " " not in cue.text for cue in found)
    assert all(one.start <= one.end <= two.start for one, two in itertools.pairwise(found))


def test_the_formats_to_the_letter() -> None:
    found = cues(
        [Word("<Hello>", samples_of(3661.5), samples_of(3662.25)), Word("you.", samples_of(3664), samples_of(3665))]
    )
    assert srt(found) == "1\n01:01:01,500 --> 01:01:02,250\n<Hello>\n\n2\n01:01:04,000 --> 01:01:05,000\nyou.\n"
    assert vtt(found[:1]) == "WEBVTT\n\n01:01:01.500 --> 01:01:02.250\n&lt;Hello&gt;\n"
    assert (srt(()), vtt(())) == ("", "WEBVTT\n\n")
