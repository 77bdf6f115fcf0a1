"""Measuring realised against planned: a caller by rules, and figures that can fail."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import aclosing
from pathlib import Path

import pytest

from warmline.dialogue.checks import Fault
from warmline.dialogue.evaluate.figures import Realised, figures
from warmline.dialogue.evaluate.realise import rehearse
from warmline.dialogue.evaluate.seeker import Seeker, answers, read_situations, situations
from warmline.dialogue.llm.scripted import ScriptedConfig, ScriptedModel
from warmline.dialogue.safety.screen import Screen
from warmline.dialogue.strategy.planner import Planner
from warmline.dialogue.supporter import Supporter
from warmline.dialogue.types import RiskLevel, Strategy
from warmline.speech.runtime.errors import UnreadableInput


def one(
    turn: int,
    planned: Strategy,
    found: Strategy,
    reply: str = "You seem sad.",
    source: str = "model",
    *,
    recorded: Strategy | None = None,
    faults: tuple[Fault, ...] = (),
    ms: float = 20.0,
) -> Realised:
    other = Strategy.OTHER
    return Realised(turn, "a", "w", planned, recorded or planned, found, other, reply, (source,), faults, 10.0, ms, 30)


def test_no_situation_of_ours_trips_the_screen() -> None:
    screen = Screen()
    lines = [line for situation in situations() for line in situation.says]
    lines += [line for rows in answers().values() for line in rows]
    assert len(situations()) >= 8
    assert [line for line in lines if screen.assess(line).level >= RiskLevel.L2] == []


def test_the_same_seed_is_the_same_caller_and_the_story_goes_on() -> None:
    first, second = (Seeker(situations()[0], 4) for _ in range(2))
    told = [first.says(at, Strategy.QUESTION) for at in range(30)]
    assert told == [second.says(at, Strategy.QUESTION) for at in range(30)]
    assert told[0] == situations()[0].says[0]
    assert set(situations()[0].says) <= set(told)
    assert len({told[at] for at in (1, 3, 5, 7, 9)}) == len(answers()[Strategy.QUESTION])


def test_rates_by_class_and_the_worst() -> None:
    reflect, ask = Strategy.REFLECTION, Strategy.QUESTION
    found = figures([one(1, reflect, reflect), one(2, reflect, ask), one(3, ask, ask), one(4, ask, ask)])
    assert (found.realised, found.worst, found.worst_class) == (0.75, "REFLECTION", 0.5)
    assert found.by_class["QUESTION"] == (1.0, 0.0, 2)
    assert found.second_judge == 0.0


def test_a_plan_that_was_changed_is_missed_by_what_was_wanted_and_met_as_recorded() -> None:
    reflect, ask = Strategy.REFLECTION, Strategy.QUESTION
    found = figures([one(1, reflect, reflect), one(2, ask, reflect, recorded=reflect)])
    assert (found.realised, found.recorded, found.replanned) == (0.5, 1.0, 0.5)


def test_what_a_rewritten_draft_costs_is_told_apart() -> None:
    ask = Strategy.QUESTION
    found = figures([one(1, ask, ask), one(2, ask, ask, faults=(Fault.OFF_PLAN,), ms=900.0)])
    assert (found.rewritten, found.rewritten_ms, found.straight_ms) == (0.5, (900.0,), (20.0,))


def test_decay_is_in_points_from_turn_3_to_30() -> None:
    reflect, ask = Strategy.REFLECTION, Strategy.QUESTION
    steady = [one(at, reflect, reflect if at % 2 else ask) for at in range(1, 31)]
    assert abs(figures(steady).decay_points) < 10
    fading = [one(at, reflect, reflect if at <= 15 else ask) for at in range(1, 31)]
    assert figures(fading).decay_points > 50
    low, high = figures(fading).decay_interval
    assert 0 < low < figures(fading).decay_points < high
    assert figures([one(1, reflect, reflect)]).decay_points == 0.0


def test_claims_questions_and_rescues_are_counted() -> None:
    ask = Strategy.QUESTION
    found = figures(
        [
            one(1, ask, ask, "What happened? And when?"),
            one(2, ask, ask, "I lost my father too."),
            one(3, ask, ask, "How was it?", "fallback"),
            one(4, ask, ask, "My instructions say so."),
        ]
    )
    assert (found.questions_over_one, found.claims, found.rescued) == (0.25, 2, 0.25)


def reflects(text: str, before: Sequence[tuple[bool, str]]) -> Strategy:
    return Strategy.REFLECTION


def supporter() -> Supporter:
    return Supporter(Planner(), Screen(), ScriptedModel(ScriptedConfig((" hurt by all of that.",))), seed=1)


async def test_a_rehearsal_measures_as_many_turns_as_asked() -> None:
    async with aclosing(rehearse(supporter(), (reflects, reflects), 33, 0)) as turns:
        replies = [reply async for reply in turns]
    assert len(replies) == 33
    assert [reply.turn for reply in replies[:3]] == [1, 2, 3]
    assert replies[30].turn == 1
    assert len({reply.situation for reply in replies}) == 2
    assert all(reply.reply and reply.first_ms >= 0 for reply in replies)


async def test_even_plans_take_every_strategy_in_turn(tmp_path: Path) -> None:
    own = tmp_path / "own.toml"
    own.write_text('[[situation]]\nname = "rain"\nvoice = [""]\nsays = ["It rains.", "It pours."]\n', encoding="utf-8")
    talks = rehearse(supporter(), (reflects, reflects), 16, 0, cast=read_situations(own), even=True)
    async with aclosing(talks) as turns:
        replies = [reply async for reply in turns]
    assert {reply.situation for reply in replies} == {"rain"}
    assert all({reply.planned for reply in replies[at : at + 8]} == set(Strategy) for at in (0, 8))


@pytest.mark.parametrize(
    "text", ["", "[[situation]]\nname = 1", "[[situation]", '[[situation]]\nname = "a"\nvoice = []']
)
def test_a_file_that_holds_no_situation_is_named(tmp_path: Path, text: str) -> None:
    own = tmp_path / "own.toml"
    own.write_text(text, encoding="utf-8")
    with pytest.raises(UnreadableInput, match=r"own\.toml"):
        read_situations(own)
