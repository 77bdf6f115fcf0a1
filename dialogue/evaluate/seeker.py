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
from pathlib import Path

from warmline.dialogue.types import Strategy
from warmline.emotion.types import ParalinguisticTags
from warmline.speech.runtime.errors import UnreadableInput

_LABELS = {"sad": "sad", "angry": "angry", "afraid": "fearful", "upset": "disgusted"}


@dataclass(frozen=True, slots=True)
class Situation:
    name: str
    says: tuple[str, ...]
    voice: tuple[str, ...]


@functools.cache
def situations() -> tuple[Situation, ...]:
    return _situations(_shipped())


@functools.cache
def answers() -> Mapping[Strategy, tuple[str, ...]]:
    return {Strategy[name]: tuple(rows) for name, rows in tomllib.loads(_shipped())["answers"].items()}


def read_situations(path: Path) -> tuple[Situation, ...]:
    """Situations of one's own, from a file like situations.toml. Raises UnreadableInput."""
    try:
        found = _situations(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise UnreadableInput(
            f"cannot read {path}: give [[situation]] tables with name, voice and says, as dialogue/evaluate has them"
        ) from error
    if not found or any(len(one.says) < 2 or not one.voice for one in found):
        raise UnreadableInput(f"{path}: give at least one [[situation]], each with two lines to say and a voice")
    return found


def _situations(text: str) -> tuple[Situation, ...]:
    rows = tomllib.loads(text).get("situation", [])
    return tuple(Situation(row["name"], tuple(row["says"]), tuple(row["voice"])) for row in rows)


def _shipped() -> str:
    return files("warmline.dialogue.evaluate").joinpath("situations.toml").read_text(encoding="utf-8")


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
