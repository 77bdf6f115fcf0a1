"""The prior without words: each strategy as often as its share, ideas and small talk only where they are asked for."""

from __future__ import annotations

from collections import Counter

import pytest

from warmline.dialogue.strategy.cues import cues
from warmline.dialogue.strategy.mix import SHARES, mix
from warmline.dialogue.types import Strategy, SupportStage

TOLD = cues("Perdí el trabajo.", "es")
ASKED = cues("Hola, gracias. ¿Qué puedo hacer?", "es")


@pytest.mark.parametrize("stage", SupportStage)
def test_each_strategy_comes_as_often_as_its_share(stage: SupportStage) -> None:
    past: list[tuple[SupportStage, Strategy]] = []
    for _ in range(200):
        chances = mix(stage, past, ASKED)
        assert sum(chances.values()) == pytest.approx(1.0)
        past.append((stage, max(chances, key=lambda strategy: chances[strategy])))
    used = Counter(strategy for _, strategy in past)
    for share, strategy in zip(SHARES[stage], Strategy, strict=True):
        assert used[strategy] / 200 == pytest.approx(share, abs=0.02)


def test_no_ideas_facts_or_small_talk_unless_asked_for() -> None:
    past: list[tuple[SupportStage, Strategy]] = []
    for _ in range(40):
        chances = mix(SupportStage.ACTION, past, TOLD)
        past.append((SupportStage.ACTION, max(chances, key=lambda strategy: chances[strategy])))
    used = {strategy for _, strategy in past}
    assert used == set(Strategy) - {Strategy.SUGGESTION, Strategy.INFORMATION, Strategy.OTHER}
