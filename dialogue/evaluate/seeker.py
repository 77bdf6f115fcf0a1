"""A simulated caller by rules: tells a situation of ours piece by piece, and answers what was just said to them.

Every second turn goes on with the story; the turns between react to the kind of reply that was given. Once the story is
told it begins again from its middle. Pure: the same seed gives the same caller.
"""

from __future__ import annotations

import functools
import random
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from importlib.resources import files
from typing import Any

from warmline.dialogue.types import Strategy
from warmline.emotion.types import ParalinguisticTags

_LABELS = {"sad": "sad", "angry": "angry", "afraid": "fearful", "upset": "disgusted"}


@dataclass(frozen=True, slots=True)
class Situation:
    name: str
    says: tuple[str, ...]
    voice: tuple[str, ...]


@functools.cache
def situations() -> tuple[Situation, ...]:
    return tuple(Situation(row["name"], tuple(row["says"]), tuple(row["voice"])) for row in _data()["situation"])


@functools.cache
def answers() -> Mapping[Strategy, tuple[str, ...]]:
    return {Strategy[name]: tuple(rows) for name, rows in _data()["answers"].items()}


def _data() -> dict[str, Any]:
    text = files("warmline.dialogue.evaluate").joinpath("situations.toml").read_text(encoding="utf-8")
    data: dict[str, Any] = tomllib.loads(text)
    return data


class Seeker:
    """One caller in one situation. ``seed`` draws the voice and the answers."""

    def __init__(self, situation: Situation, seed: int) -> None:
        self._situation = situation
        self._draw = random.Random(f"{situation.name} {seed}")
        self._told = 0
        self._used: dict[Strategy, int] = {}

    def says(self, turn: int, last: Strategy | None) -> str:
        """The words of turn ``turn`` (from 0); ``last``: the strategy of the reply that they follow."""
        if turn % 2 == 0 or last is None:
            story = self._situation.says
            at = self._told if self._told < len(story) else len(story) // 2 + self._told % (len(story) // 2)
            self._told += 1
            return story[at]
        rows = answers()[last]
        at = self._used.setdefault(last, self._draw.randrange(len(rows)))
        self._used[last] = at + 1
        return rows[at % len(rows)]

    def voice(self) -> ParalinguisticTags:
        """How it is said this time."""
        kind = self._draw.choice(self._situation.voice)
        tags = ParalinguisticTags.unknown()
        if kind == "hiding":
            return replace(tags, valence=-0.4, confidence=0.7, words_disagree=True)
        if kind not in _LABELS:
            return tags
        arousal = 0.4 if kind in ("angry", "afraid") else -0.3
        labels = {label: 0.8 if label == _LABELS[kind] else 0.2 / 7 for label in tags.labels}
        return replace(tags, valence=-0.5, arousal=arousal, labels=labels, confidence=0.7, label=_LABELS[kind])
