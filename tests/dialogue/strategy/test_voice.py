"""What the voice brings over a call: mood, the person's own usual, and the doubt that keeps both silent."""

from __future__ import annotations

from dataclasses import replace

import pytest
from calls import heard_as, plan_of, turn

from warmline.dialogue.strategy.planner import Planner, PlanningState
from warmline.dialogue.strategy.voice import voice_of
from warmline.dialogue.types import Plan, Strategy, Turn
from warmline.emotion.types import ParalinguisticTags, Prosody

PLANNER = Planner()
WORDS = ("we moved in May", "the flat is near the park", "my sister came by", "we cooked together", "then she left")


def prosody(f0_hz: float = 120.0, rate: float = 4.5, pauses: float = 0.1) -> Prosody:
    return Prosody(f0_hz, 6.0, 0.0, -24.0, 12.0, rate, pauses, 0.3, 0.01, 0.05, -8.0, 0.6, 12.0, 0.0)


def sounding(tags: ParalinguisticTags, sound: Prosody | None = None) -> ParalinguisticTags:
    return replace(tags, prosody=sound or prosody())


def past(*tags: ParalinguisticTags) -> tuple[Turn, ...]:
    return tuple(
        replace(turn(number, WORDS[number % len(WORDS)], "That matters to you.", plan_of()), tags=one)
        for number, one in enumerate(tags)
    )


def plan(turns: tuple[Turn, ...], tags: ParalinguisticTags) -> Plan:
    return PLANNER.plan(PlanningState(turns, "and now I sit in the kitchen", tags))


STEADY = [sounding(heard_as(0.1, 0.0, 0.7))] * 4
SINKING = [sounding(heard_as(valence, -0.2, 0.7)) for valence in (0.2, 0.1, -0.4, -0.6)]


def test_a_voice_that_gets_heavier_changes_the_plan_and_its_reasons() -> None:
    now = sounding(heard_as(-0.6, -0.1, 0.7))
    sinking, alike = plan(past(*SINKING), now), plan(past(*[now] * 4), now)
    assert sinking.heard.mood == "worsening"
    assert sinking.heard.since == 3
    assert "getting worse" in sinking.heard.manner
    assert sinking.intensity > alike.intensity
    assert "worsening since turn 3" in sinking.why[0]
    assert "the voice gets heavier from turn to turn: stay with it" in sinking.why
    assert dict(sinking.distribution) != dict(alike.distribution)
    assert alike.heard.mood == ""


def test_slower_than_usual_for_them_is_noticed_and_said() -> None:
    tags = heard_as(-0.1, 0.0, 0.7)
    usual = past(*[sounding(tags)] * 5)
    slow = plan(usual, sounding(tags, prosody(rate=2.2, pauses=0.5)))
    same = plan(usual, sounding(tags))
    assert "than usual" in slow.heard.manner
    assert any("than usual for them" in reason for reason in slow.why)
    assert slow.intensity > same.intensity
    assert slow.distribution[Strategy.QUESTION] < same.distribution[Strategy.QUESTION]
    assert not any("than usual" in reason for reason in same.why)


@pytest.mark.parametrize("confidence", [0.0, 0.2, 0.34])
def test_a_voice_in_doubt_changes_nothing(confidence: float) -> None:
    gloomy = sounding(heard_as(-0.9, 0.8, confidence), prosody(rate=3.4))
    found = voice_of(past(*STEADY), gloomy)
    assert (found.usual, found.change, found.strain) == ((), "", 0.0)
    assert plan(past(*STEADY), replace(gloomy, prosody=prosody())).why[1:] == plan(past(*STEADY), gloomy).why[1:]


def test_what_is_plain_to_hear_is_told_even_where_the_tagger_abstains_and_adds_no_distress() -> None:
    odd = sounding(heard_as(0.0, 0.0, 0.0), prosody(rate=2.0, pauses=0.7))
    steady = past(*[sounding(heard_as(0.0, 0.0, 0.0))] * 5)
    found, same = plan(steady, odd), plan(steady, sounding(heard_as(0.0, 0.0, 0.0)))
    assert "than usual" in found.heard.manner
    assert any("than usual for them" in reason for reason in found.why)
    assert found.intensity == same.intensity
    assert voice_of(past(*STEADY[:2]), odd).usual == (), "two turns are no usual"


def test_turns_in_doubt_never_make_a_mood() -> None:
    doubtful = [replace(one, confidence=0.05) for one in SINKING]
    assert voice_of(past(*doubtful), sounding(heard_as(-0.6, 0.0, 0.1))).change == ""


def test_without_consent_to_be_read_nothing_is_said_of_the_voice() -> None:
    silent = ParalinguisticTags.unknown()
    found = plan(past(*[silent] * 5), silent)
    assert found.heard.manner == ""
    assert found.heard.voice is None
    assert found.why[0].endswith("voice not used)")


def test_a_change_is_news_for_a_few_turns_only() -> None:
    low = sounding(heard_as(-0.6, -0.2, 0.7))
    assert voice_of(past(*SINKING), low).change == "worsening"
    assert voice_of(past(*SINKING, *[low] * 6), low).change == ""


def test_easing_lightens() -> None:
    rising = [sounding(heard_as(valence, 0.0, 0.7)) for valence in (-0.6, -0.5, 0.1, 0.3)]
    found = voice_of(past(*rising), sounding(heard_as(0.4, 0.1, 0.7)))
    assert found.change == "easing"
    assert found.strain < 0.0
