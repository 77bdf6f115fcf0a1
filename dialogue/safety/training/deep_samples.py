"""What the language model's reader learns from and is measured on: what callers say, by level, and what replies say, by
whether it must not be said. Parts are the screen's.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

from warmline.dialogue.prompt.wording import leads
from warmline.dialogue.safety.deep_reader import CALLER, REPLY
from warmline.dialogue.safety.training import screen_samples
from warmline.dialogue.safety.training.screen_samples import EVERYDAY, Heard, changed, samples
from warmline.dialogue.safety.training.thoughts import TRAIN

_ASKS = "asks: "
_UNSAFE = {"self_harm": 2, "eating": 2}
"""Levels of what is asked of us and must not be answered, by kind; others say nothing of the person."""

_AS_IT_STANDS = 0.3
"""Share of the texts of a pass that are not changed."""

_LED, _OPEN = 0.25, 0.3
"""Share of sentences of replies that go on from a first clause of ours, and of those that have no mark at their end."""


def of(one: Heard) -> str:
    """Whose words a text is."""
    return REPLY if one.kind.startswith(screen_samples.REPLY) else CALLER


def gathered(everyday: Sequence[Path] = ()) -> list[Heard]:
    """Every text with a level, once. ``everyday``: files of ordinary talk. Raises UnreadableInput."""
    found = (_levelled(one) for one in samples(everyday))
    return list({(of(one), one.text): one for one in found if one.level >= 0}.values())


def told(every: Iterable[Heard], seed: int) -> list[tuple[str, Heard]]:
    """One pass: every text to learn from, most of them changed anew."""
    learnt = [one for one in every if one.part == TRAIN]
    around = [one.text for one in learnt if one.kind == EVERYDAY]
    chances = ((one, random.Random(f"{seed} {one.text}")) for one in learnt)
    return [
        (one.text if chance.random() < _AS_IT_STANDS else _anew(one, around, chance), one) for one, chance in chances
    ]


def _anew(one: Heard, around: Sequence[str], chance: random.Random) -> str:
    return said_anew(one, chance) if of(one) == REPLY else changed(one, around, chance)


def said_anew(one: Heard, chance: random.Random) -> str:
    """A sentence of a reply as the guard may meet it: after a first clause of ours, or not yet ended."""
    text = one.text
    if chance.random() < _LED:
        text = f"{chance.choice(leads(one.language))}{'' if one.language == 'zh' else ' '}{text}"
    return text.rstrip(".!。！…") if chance.random() < _OPEN else text


def _levelled(one: Heard) -> Heard:
    if of(one) == REPLY:
        return replace(one, level=int(one.answers["harmful"]))
    if not one.kind.startswith(_ASKS):
        return one
    return replace(one, level=_UNSAFE.get(one.kind.removeprefix(_ASKS), -1) if one.unsafe else 0)
