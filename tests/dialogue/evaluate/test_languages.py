"""Measuring languages: the callers' stories are the same everywhere, and what is counted is what happened."""

from __future__ import annotations

from contextlib import aclosing

import pytest
from virtual_time import virtual_time

from warmline.dialogue.evaluate.languages import Answered, callers, figures, formed, labelled_turns, talk
from warmline.dialogue.language_id import guess
from warmline.dialogue.languages import LANGUAGES
from warmline.dialogue.llm.scripted import ScriptedConfig, ScriptedModel
from warmline.dialogue.safety.screen import Screen
from warmline.dialogue.strategy.planner import Planner
from warmline.dialogue.supporter import Supporter
from warmline.dialogue.types import RiskLevel, Strategy


def test_every_language_has_the_same_stories() -> None:
    by = {code: [one for one in callers() if one.language == code] for code in LANGUAGES}
    assert {code: [len(one.says) for one in own] for code, own in by.items()} == {code: [14, 14] for code in LANGUAGES}
    for one in callers():
        assert guess(" ".join(one.says)).language == one.language
        assert all(Screen().assess(line).level < RiskLevel.L2 for line in one.says)
    assert {label for label, _ in labelled_turns()} == {*LANGUAGES, "other"}


@virtual_time
async def test_a_talk_is_measured_reply_by_reply() -> None:
    model = ScriptedModel(ScriptedConfig((" un peso enorme con todo lo que callas estos días.",)))
    who = Supporter(Planner(), Screen(), model, languages=tuple(LANGUAGES))
    async with aclosing(talk(who, "es", 6)) as turns:
        found = [one async for one in turns]
    assert len(found) == 6
    assert {one.reply_language for one in found} == {"es"}
    counted = figures(found)
    assert counted.right == 1.0
    assert counted.ours == sum("fallback" in one.sources for one in found) / 6
    assert sum(counted.faults.values()) == sum(len(one.faults) for one in found)


def answered(planned: Strategy, reply: str, language: str = "es", sources: tuple[str, ...] = ("model",)) -> Answered:
    return Answered(language, "Hola", planned, reply, language, sources, (), 1.0, 2.0)


@pytest.mark.parametrize(
    ("planned", "reply", "expected"),
    [
        (Strategy.QUESTION, "¿Cómo ha sido para ti?", True),
        (Strategy.QUESTION, "Parece que pesa.", False),
        (Strategy.REFLECTION, "Parece que pesa.", True),
        (Strategy.REFLECTION, "Deberías hablar con ella.", False),
        (Strategy.SUGGESTION, "Podrías hablar con ella.", True),
    ],
)
def test_the_form_of_a_plan(planned: Strategy, reply: str, expected: bool) -> None:
    assert formed(answered(planned, reply)) is expected


def test_a_reply_in_another_language_counts_against_it() -> None:
    wrong = answered(Strategy.REFLECTION, "It seems to weigh on you so much every day.", sources=("model", "fallback"))
    assert figures([wrong, answered(Strategy.REFLECTION, "Parece que esto te pesa mucho.")]).right == 0.5
    assert figures([wrong]).ours == 1.0
