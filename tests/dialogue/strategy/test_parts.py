"""The planner's pure parts, one by one: cues, distress, stage, cause, tone."""

from __future__ import annotations

import pytest
from calls import heard_as

from warmline.dialogue.strategy.cause import cause_of
from warmline.dialogue.strategy.cues import agrees, cues, declines, offered
from warmline.dialogue.strategy.intensity import estimate, of_voice, of_words
from warmline.dialogue.strategy.stage import step
from warmline.dialogue.types import SupportStage
from warmline.emotion.types import ParalinguisticTags

EXPLORE, COMFORT, ACT = SupportStage.EXPLORATION, SupportStage.COMFORTING, SupportStage.ACTION
SILENT = ParalinguisticTags.unknown()


@pytest.mark.parametrize(
    ("text", "cue"),
    [
        ("Hi there", "greeting"),
        ("hello how are you", "greeting"),
        ("okay I have to go, bye", "farewell"),
        ("thank you so much", "thanks"),
        ("what should I do", "wants_advice"),
        ("any advice?", "wants_advice"),
        ("I don't want advice", "refuses_advice"),
        ("I just need someone to listen", "refuses_advice"),
        ("do you think he is angry", "question"),
    ],
)
def test_cues_are_heard(text: str, cue: str) -> None:
    assert getattr(cues(text), cue) is True


def test_ordinary_words_are_no_cues() -> None:
    plain = cues("my mother is ill and I take care of her every night")
    assert not (plain.greeting)
    assert not (plain.farewell)
    assert not (plain.wants_advice)
    assert not (plain.refuses_advice)


def test_offers_and_answers() -> None:
    assert offered("Would it help to think about what to do?")
    assert not offered("What happened next?")
    assert agrees("yes please")
    assert not agrees("no thanks")
    assert declines("not really")


@pytest.mark.parametrize(
    ("lighter", "heavier"),
    [
        ("I had a nice day", "I had a hard day"),
        ("I'm a bit worried", "I'm terrified and I can't cope"),
        ("I am sad", "I am so devastated, everything is falling apart"),
        ("I'm not depressed", "I'm depressed"),
    ],
)
def test_heavier_words_mean_more_distress(lighter: str, heavier: str) -> None:
    assert of_words(lighter) < of_words(heavier)


def test_distress_stays_on_its_scale() -> None:
    assert of_words("hopeless desperate devastated " * 50) == 5.0
    assert of_words("great happy relieved " * 50) == 1.0


def test_the_voice_counts_by_its_confidence() -> None:
    assert of_voice(SILENT) is None
    flat = estimate("it was okay", heard_as(-0.8, 0.5, 0.2))
    sure = estimate("it was okay", heard_as(-0.8, 0.5, 0.9))
    assert sure.value > flat.value > of_words("it was okay")


def test_a_rise_is_believed_at_once_and_a_fall_by_half() -> None:
    heavy = "I can't cope, it's unbearable"
    assert estimate(heavy, SILENT, [2.0]).value == pytest.approx(of_words(heavy), abs=0.01)
    assert 2.5 < estimate("okay", SILENT, [4.0]).value < 4.0
    plain = estimate("My sister came by on Tuesday with the car.", SILENT, [4.5])
    relieved = estimate("I feel better now, it really helped to talk.", SILENT, [4.5])
    assert relieved.value < plain.value < 4.5
    assert plain.value >= 3.5, "who stops speaking of pain is not yet out of it"


def test_stages_go_forward_one_by_one() -> None:
    past: list[tuple[SupportStage, float]] = []
    seen = []
    for _ in range(8):
        now = step(past, 2.0, cause_known=True, wants_advice=False).stage
        seen.append(now)
        past.append((now, 2.0))
    assert seen == [EXPLORE] * 3 + [COMFORT] * 2 + [ACT] * 3


def test_rising_distress_goes_back() -> None:
    assert step([(EXPLORE, 2.0), (ACT, 2.0)], 3.0, cause_known=True, wants_advice=False).stage is COMFORT
    assert step([(EXPLORE, 2.0), (COMFORT, 2.0)], 3.0, cause_known=True, wants_advice=False).stage is EXPLORE


def test_high_distress_never_moves_on_to_action() -> None:
    assert step([(COMFORT, 4.0)] * 5, 4.0, cause_known=True, wants_advice=False).stage is COMFORT


@pytest.mark.parametrize(
    ("text", "cause"),
    [
        ("I feel terrible because my boss humiliated me", "my boss humiliated me"),
        ("ever since my dad died I can't sleep", "my dad died I can't sleep"),
        ("I'm so sad. My girlfriend broke up with me yesterday.", "My girlfriend broke up with me yesterday"),
        ("hello there", ""),
        ("", ""),
        ("I feel bad", ""),
    ],
)
def test_causes_are_spans_of_the_words(text: str, cause: str) -> None:
    assert cause_of(text) == cause
    assert cause_of(text) in text
