"""Simulated openings: the callers keep to their script, the figures count what they say, and the bars hold."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from calls import plan_of

from warmline.dialogue.evaluate.openings import Opener, Reply, measured, openings, problems
from warmline.dialogue.evaluate.realise import first_move
from warmline.dialogue.safety.screen import Screen
from warmline.dialogue.strategy.cues import cues
from warmline.dialogue.strategy.planner import Planner, PlanningState
from warmline.dialogue.types import Plan, Purpose, RiskLevel, Strategy, SupportStage, Turn
from warmline.emotion.types import ParalinguisticTags
from warmline.server.cli import main

S = Strategy


@pytest.fixture(scope="module")
def replies() -> list[Reply]:
    planner = Planner()

    def assess(text: str, tags: ParalinguisticTags, turns: tuple[Turn, ...]) -> Plan:
        return planner.plan(PlanningState(turns, text, tags, Screen().assess(text, turns, tags)))

    return list(openings(assess, 40, 8, seed=3))


def test_the_bars_hold_on_callers_of_every_kind(replies: list[Reply]) -> None:
    found = measured(replies)
    assert (found.openings, found.n) == (40, 320)
    assert found.early_suggestions == 0.0
    assert found.unwished > 60
    assert found.unwished_suggestions == 0.0
    assert found.wished_suggestions > 0.1, "who asks for ideas must get some"
    assert found.in_a_row == 0.0
    assert found.reflections_per_question >= 1.0
    assert found.largest_share <= 0.35


def test_a_long_talk_has_no_favourite() -> None:
    planner = Planner()
    long = list(openings(lambda text, tags, turns: planner.plan(PlanningState(turns, text, tags)), 3, 60, seed=1))
    found = measured(long)
    assert found.largest_in_a_talk <= 0.35
    late = {one.plan.strategy for one in long if one.turn > 30}
    assert {S.QUESTION, S.REFLECTION, S.AFFIRMATION} <= late
    assert {one.plan.stage for one in long if one.turn > 30} == set(SupportStage)


def test_callers_are_repeatable_and_keep_to_their_wish() -> None:
    def said(wants: str, seed: int = 1) -> list[str]:
        opener = Opener(problems()[0], 3, wants, False, seed)
        return [opener.says(turn, plan_of() if turn else None) for turn in range(8)]

    assert said("advice") == said("advice")
    for seed in range(10):
        assert any(cues(words).wants_advice for words in said("advice", seed))
        assert any(cues(words).refuses_advice for words in said("none", seed))
        assert not any(cues(words).wants_advice for words in said("", seed))


def test_no_line_of_a_caller_is_a_sign_of_risk() -> None:
    screen = Screen()
    for distress in range(1, 6):
        for seed, problem in enumerate(problems()):
            opener = Opener(problem, distress, "advice", True, seed)
            for turn in range(10):
                assert screen.assess(opener.says(turn, plan_of() if turn else None)).level is RiskLevel.L0


def test_an_offer_is_answered_and_consent_ends() -> None:
    offer = replace(plan_of(S.QUESTION), purpose=Purpose.OFFER)
    welcome = []
    for seed in range(30):
        opener = Opener(problems()[0], 2, "", False, seed)
        opener.says(0, None)
        opener.says(1, offer)
        welcome.append(opener.welcome)
        for turn in range(2, 6):
            opener.says(turn, plan_of())
        assert not opener.welcome
    assert 0 < sum(welcome) < 30


def reply(turn: int, plan: Plan, *, distress: int = 2, welcome: bool = False, opening: int = 0) -> Reply:
    return Reply(opening, turn, "x", distress, welcome, "words", plan)


def test_what_would_break_the_bars_is_counted() -> None:
    advice = plan_of(S.SUGGESTION)
    second = replace(plan_of(S.REFLECTION), then=S.SUGGESTION)
    asking = plan_of(S.QUESTION)
    found = measured(
        [
            reply(1, advice),
            reply(2, plan_of()),
            reply(3, second, distress=5),
            reply(4, replace(advice, intensity=4.2)),
            reply(5, advice, distress=5, welcome=True),
            reply(6, asking),
            reply(7, replace(plan_of(), then=S.QUESTION)),
            reply(8, plan_of()),
        ]
    )
    assert found.early_suggestions == pytest.approx(2 / 3)
    assert (found.unwished, found.unwished_suggestions) == (2, 1.0)
    assert found.wished_suggestions == 1.0
    assert found.in_a_row == pytest.approx(1 / 6)
    assert found.entropy_bits == pytest.approx(3.0)
    assert (found.largest, found.largest_share) == ("REFLECTION", 0.5)


def test_the_command_prints_one_object(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["eval", "openings", "--n", "4", "--turns", "4", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    keys = ("early_suggestions", "unwished_suggestions", "in_a_row", "entropy_bits", "bias_to_model", "plan_ms")
    assert all(key in found for key in (*keys, "n", "version", "hardware", "by_stage"))
    assert found["n"] == 16
    assert main(["eval", "openings", "--n", "4", "--turns", "4"]) == 0
    assert "suggestions in the first three" in capsys.readouterr().out
    assert main(["eval", "openings", "--n", "0"]) == 2


def test_of_a_reply_with_two_moves_the_first_sentence_is_judged() -> None:
    both = replace(plan_of(S.REFLECTION), then=S.QUESTION)
    said = "You seem worn out by it. What weighs on you most?"
    assert first_move(both, said) == "You seem worn out by it."
    assert first_move(plan_of(S.REFLECTION), said) == said
