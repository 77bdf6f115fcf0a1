"""What the language model's risk reader learns from and is measured on: the screen's own sentences, by level."""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

from warmline.dialogue.safety.training.screen_samples import EVERYDAY, Heard, changed, samples
from warmline.dialogue.safety.training.thoughts import TRAIN

_ASKS = "asks: "
_UNSAFE = {"self_harm": 2, "eating": 2}
"""Levels of what is asked of us and must not be answered, by kind; others say nothing of the person."""

_AS_IT_STANDS = 0.3
"""Share of the texts of a pass that are not changed."""


def gathered(everyday: Sequence[Path] = ()) -> list[Heard]:
    """Every text with a level, once. ``everyday``: files of ordinary talk. Raises UnreadableInput."""
    found = (_levelled(one) for one in samples(everyday))
    return list({one.text: one for one in found if one.level >= 0}.values())


def told(every: Iterable[Heard], seed: int) -> list[tuple[str, Heard]]:
    """One pass: every text to learn from, most of them changed anew."""
    learnt = [one for one in every if one.part == TRAIN]
    around = [one.text for one in learnt if one.kind == EVERYDAY]
    chances = ((one, random.Random(f"{seed} {one.text}")) for one in learnt)
    return [
        (one.text if chance.random() < _AS_IT_STANDS else changed(one, around, chance), one) for one, chance in chances
    ]


def _levelled(one: Heard) -> Heard:
    if not one.kind.startswith(_ASKS):
        return one
    return replace(one, level=_UNSAFE.get(one.kind.removeprefix(_ASKS), -1) if one.unsafe else 0)
