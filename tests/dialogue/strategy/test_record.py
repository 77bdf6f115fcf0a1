"""A plan survives being kept: whole, rounded, without its words, and from an older or newer Warmline."""

from __future__ import annotations

import json
import math
from dataclasses import fields
from types import MappingProxyType

import pytest
from hypothesis import given
from hypothesis import strategies as st

from warmline.dialogue.strategy.planner import Planner, PlanningState
from warmline.dialogue.strategy.record import VERSION, plan_of, record
from warmline.dialogue.types import Heard, Plan, Purpose, Risk, RiskLevel, Strategy, Style, SupportStage
from warmline.speech.runtime.errors import UnreadableInput

unit = st.floats(-1.0, 1.0)
shares = st.dictionaries(st.sampled_from(Strategy), st.floats(0.0, 1.0)).map(MappingProxyType)
plans = st.builds(
    Plan,
    stage=st.sampled_from(SupportStage),
    strategy=st.sampled_from(Strategy),
    distribution=shares,
    intensity=st.floats(1.0, 5.0),
    cause=st.text(max_size=40),
    style=st.builds(Style, unit, unit, unit, unit, unit, unit),
    why=st.lists(st.text(max_size=20), max_size=4).map(tuple),
    risk=st.builds(Risk, st.sampled_from(RiskLevel), st.lists(st.text(max_size=9), max_size=2).map(tuple)),
    then=st.none() | st.sampled_from(Strategy),
    purpose=st.none() | st.sampled_from(Purpose),
    heard=st.builds(
        Heard, st.floats(1, 5), st.none() | st.floats(1, 5), st.text(max_size=9), st.booleans(), st.text(max_size=9)
    ),
    expected=shares,
    memory=st.lists(st.text(max_size=20), max_size=3).map(tuple),
    language=st.sampled_from(["en", "es", "de", "zh"]),
)


@given(plans)
def test_a_plan_comes_back_as_it_was(plan: Plan) -> None:
    assert plan_of(json.loads(json.dumps(record(plan)))) == plan


def test_a_real_plan_comes_back_too() -> None:
    plan = Planner().plan(PlanningState((), "I lost my job because the shop closed"))
    assert plan_of(json.loads(json.dumps(record(plan)))) == plan


def test_every_field_of_a_plan_is_in_its_record() -> None:
    plan = Planner().plan(PlanningState((), "hello"))
    assert {item.name for item in fields(Plan)} <= set(record(plan))


def test_without_the_words_the_rest_is_read() -> None:
    plan = Planner().plan(PlanningState((), "I lost my job because the shop closed"))
    kept = {key: value for key, value in record(plan).items() if key not in ("cause", "memory")}
    found = plan_of(kept)
    assert (found.cause, found.memory) == ("", ())
    assert found.why == plan.why
    assert math.isclose(sum(found.distribution.values()), 1.0)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"version": VERSION + 1}, "newer"),
        ({"strategy": "Dancing"}, "no plan"),
        ({"distribution": [1, 2]}, "no plan"),
        ({"intensity": "high"}, "no plan"),
        ({"stage": None}, "no plan"),
        ({"why": "a text"}, "no plan"),
        ({"heard": 3}, "no plan"),
    ],
)
def test_what_is_no_plan_is_refused_in_words(change: dict[str, object], said: str) -> None:
    kept = record(Planner().plan(PlanningState((), "hello")))
    with pytest.raises(UnreadableInput, match=said):
        plan_of({**kept, **change})
