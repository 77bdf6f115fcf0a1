"""SSML: what each tag asks for, what is let through, and what is refused."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from warmline.dialogue.types import NEUTRAL, Style
from warmline.speech.runtime.errors import UsageError
from warmline.tts.ssml import LONGEST_BREAK_S, Break, Say, pieces


def said(markup: str) -> list[Say]:
    return [piece for piece in pieces(markup, NEUTRAL) if isinstance(piece, Say)]


def test_text_without_tags_is_one_piece_in_the_given_style() -> None:
    warm = Style(warmth=0.5)
    assert pieces("I hear you &amp; I stay.", warm) == (Say("I hear you & I stay.", warm),)


@pytest.mark.parametrize(
    ("tag", "seconds_s"),
    [
        ('<break time="500ms"/>', 0.5),
        ('<break time="1.5s"/>', 1.5),
        ('<break strength="strong"/>', 0.7),
        ("<break/>", 0.4),
        ('<break time="99s"/>', LONGEST_BREAK_S),
    ],
)
def test_a_break_is_silence_between_two_pieces(tag: str, seconds_s: float) -> None:
    assert pieces(f"One.{tag}Two.", NEUTRAL) == (Say("One.", NEUTRAL), Break(seconds_s), Say("Two.", NEUTRAL))


def test_emphasis_marks_its_words_and_keeps_the_sentence_whole() -> None:
    assert said("You did <emphasis>not</emphasis> fail.") == [Say("You did not fail.", NEUTRAL, ("not",))]
    assert said('It is <emphasis level="none">so</emphasis>.') == [Say("It is so.", NEUTRAL)]


@pytest.mark.parametrize(
    ("attribute", "field", "sign"),
    [
        ('rate="slow"', "pace", -1),
        ('rate="120%"', "pace", 1),
        ('rate="-10%"', "pace", -1),
        ('pitch="+2st"', "pitch", 1),
        ('pitch="low"', "pitch", -1),
        ('pitch="+10%"', "pitch", 1),
        ('volume="-3dB"', "volume", -1),
        ('volume="loud"', "volume", 1),
        ('range="high"', "range", 1),
    ],
)
def test_prosody_moves_its_field_and_only_inside(attribute: str, field: str, sign: int) -> None:
    before, inside, after = said(f"One. <prosody {attribute}>Two.</prosody> Three.")
    assert before.style == after.style == NEUTRAL
    assert sign * getattr(inside.style, field) > 0.1
    assert sum(getattr(inside.style, name) != 0 for name in ("pace", "pitch", "volume", "range")) == 1


def test_prosody_inside_prosody_adds_up_within_bounds() -> None:
    markup = '<prosody rate="x-slow"><prosody rate="x-slow" pitch="+1st">low</prosody></prosody>'
    (inner,) = said(markup)
    assert inner.style.pace == -1.0
    assert inner.style.pitch > 0


@pytest.mark.parametrize(
    ("markup", "text"),
    [
        ('<say-as interpret-as="telephone">116 123</say-as>', "one one six, one two three"),
        ('<say-as interpret-as="digits">988</say-as>', "nine eight eight"),
        ('<say-as interpret-as="characters">NHS</say-as>', "N, H, S"),
        ('<say-as interpret-as="date">May 3rd</say-as>', "May 3rd"),
        ('<sub alias="World Wide Web">WWW</sub>', "World Wide Web"),
        ("<speak><p><s>I am here.</s></p></speak>", "I am here."),
        ('<speak xmlns="http://www.w3.org/2001/10/synthesis"><sub alias="hello">hi</sub></speak>', "hello"),
    ],
)
def test_what_is_said(markup: str, text: str) -> None:
    assert [piece.text for piece in said(markup)] == [text]


@pytest.mark.parametrize(
    "markup",
    [
        "<speak>open",
        "a & b",
        '<!DOCTYPE x [<!ENTITY a "aaaa">]><speak>&a;</speak>',
        '<prosody rate="quickly">x</prosody>',
        '<prosody pitch="5">x</prosody>',
        '<prosody volume="+10%">x</prosody>',
        '<break time="soon"/>',
    ],
)
def test_what_is_refused_is_told(markup: str) -> None:
    with pytest.raises(UsageError):
        pieces(markup, NEUTRAL)


@given(st.text(max_size=60))
def test_any_text_gives_pieces_or_one_clear_error(text: str) -> None:
    try:
        found = pieces(text, NEUTRAL)
    except UsageError:
        return
    assert all(isinstance(piece, Say | Break) for piece in found)
