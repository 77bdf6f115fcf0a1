"""Openings of calls, planned only: is there advice too early, or to somebody in distress who never asked for any?

Callers by rules tell a problem at a level of distress from 1 to 5, some in a voice that fits, some ask for advice or
refuse it, some answer an offer of ideas. What a caller wished for is known from the script and not from the planner's
reading of it. Replies are sentences of ours of the planned kind: no language model is needed, and none is judged.
"""

from __future__ import annotations

import functools
import itertools
import random
import tomllib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from importlib.resources import files
from typing import Any, Final

import numpy as np

from warmline.dialogue.evaluate.seeker import answers
from warmline.dialogue.prompt import wording
from warmline.dialogue.prompt.cue import kind
from warmline.dialogue.types import Outcome, Plan, Purpose, Strategy, Turn
from warmline.emotion.types import ParalinguisticTags
from warmline.speech.types import AudioChunk, Utterance

LEVELS: Final = (1, 2, 3, 4, 5)
HOLDS: Final = 2
"""Further replies for which a caller who wished for ideas still does."""

Assess = Callable[[str, ParalinguisticTags, tuple[Turn, ...]], Plan]


@dataclass(frozen=True, slots=True)
class Problem:
    name: str
    says: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Reply:
    """One planned reply. ``turn`` from 1. ``distress``: the caller's level by the script. ``welcome``: ideas were asked
    for or agreed to in the script, now or a moment ago."""

    opening: int
    turn: int
    problem: str
    distress: int
    welcome: bool
    words: str
    plan: Plan


class Opener:
    """A caller. ``wants``: "advice", "none" or "" (says nothing of it). ``voiced``: their voice may be read."""

    def __init__(self, problem: Problem, distress: int, wants: str, voiced: bool, seed: int) -> None:
        self._problem = problem
        self._distress = distress
        self._wants = wants
        self._voiced = voiced
        self._draw = random.Random(f"{problem.name} {distress} {wants} {seed}")
        self._greets = self._draw.random() < 0.3
        self._asks_at = self._draw.randrange(4)
        self._told = 0
        self._welcome = 0

    @property
    def welcome(self) -> bool:
        """Whether ideas are welcome in answer to what was said last."""
        return self._welcome > 0

    def says(self, turn: int, last: Plan | None) -> str:
        """The words of turn ``turn`` (from 0) after the reply ``last``."""
        self._welcome = max(0, self._welcome - 1)
        if turn == 0 and self._greets:
            return self._line("greets")
        if last is not None and last.purpose is Purpose.OFFER and self._draw.random() < 0.7:
            if self._wants != "none" and self._draw.random() < 0.6:
                self._welcome = HOLDS + 1
                return self._line("agrees")
            return self._line("declines")
        wish = turn >= self._asks_at and (turn - self._asks_at) % 5 == 0
        if wish and self._wants == "advice":
            self._welcome = HOLDS + 1
            return f"{self._story(last)} {self._line('asks')}"
        if wish and self._wants == "none":
            return f"{self._story(last)} {self._line('refuses')}"
        return self._story(last)

    def voice(self) -> ParalinguisticTags:
        """How it is said."""
        tags = ParalinguisticTags.unknown()
        if not self._voiced:
            return tags
        label = "calm" if self._distress <= 2 else self._draw.choice(("sad", "fearful"))
        labels = {each: 0.8 if each == label else 0.2 / 7 for each in tags.labels}
        valence = 0.15 - 0.22 * (self._distress - 1) + self._draw.uniform(-0.1, 0.1)
        arousal = self._draw.choice((-0.3, 0.4)) if self._distress >= 3 else 0.0
        return replace(tags, valence=valence, arousal=arousal, labels=labels, confidence=0.7, label=label)

    def _story(self, last: Plan | None) -> str:
        """The next fact with how bad it is; once all is told, what one says to such a reply."""
        says = self._problem.says
        if self._told < len(says) or last is None:
            plain = says[self._told % len(says)]
            self._told += 1
        else:
            plain = self._draw.choice(answers()[last.strategy])
        felt = self._draw.choice(_data()["distress"][str(self._distress)])
        return f"{plain} {felt}" if self._draw.random() < 0.75 or self._told == 1 else plain

    def _line(self, name: str) -> str:
        line: str = self._draw.choice(_data()["lines"][name])
        return line


@functools.cache
def problems() -> tuple[Problem, ...]:
    return tuple(Problem(row["name"], tuple(row["says"])) for row in _data()["problem"])


def openings(assess: Assess, count: int, turns: int, seed: int) -> Iterator[Reply]:
    """Every planned reply of ``count`` openings of ``turns`` turns; levels of distress, wishes and voices in turn."""
    cast = problems()
    for number in range(count):
        distress = LEVELS[number % len(LEVELS)]
        wants = ("", "advice", "", "none")[number // len(LEVELS) % 4]
        opener = Opener(cast[(number + seed) % len(cast)], distress, wants, number % 2 == 0, seed + number)
        past: tuple[Turn, ...] = ()
        for at in range(turns):
            words = opener.says(at, past[-1].plan if past else None)
            tags = opener.voice()
            plan = assess(words, tags, past)
            yield Reply(number, at + 1, cast[(number + seed) % len(cast)].name, distress, opener.welcome, words, plan)
            past = (*past, answered(at + 1, words, tags, plan, past))


def answered(id: int, words: str, tags: ParalinguisticTags, plan: Plan, past: tuple[Turn, ...]) -> Turn:
    """The exchange, with a reply of ours of the planned kind."""
    earlier = tuple(turn.heard for turn in past)
    said = wording.fallback(kind(plan), "", earlier)
    if plan.then is not None:
        said = f"{said} {wording.fallback(plan.then.name, '', earlier)}"
    return Turn(
        id, Utterance(id, words, (), AudioChunk(np.zeros(0, np.float32))), tags, plan, said, said, Outcome.SPOKEN
    )


@dataclass(frozen=True, slots=True)
class OpeningFigures:
    """Rates in 0-1. ``early_suggestions``: of the first three replies; ``early_information`` too. ``unwished``: replies
    to callers at distress 4 and 5 (by the script, or by the planner's reading) who did not wish for ideas;
    ``unwished_suggestions``: of them, those that suggest something. ``in_a_row``: replies with a question right after
    one, from the third on. ``entropy_bits``: mean of the plans. ``largest_share``: of one strategy over all replies;
    ``largest_in_a_talk``: the worst talk's. ``reflections_per_question``: restatements count as reflections."""

    n: int
    openings: int
    early_suggestions: float
    early_information: float
    unwished: int
    unwished_suggestions: float
    wished_suggestions: float
    offers: float
    in_a_row: float
    second_moves: float
    reflections_per_question: float
    entropy_bits: float
    largest_share: float
    largest: str
    largest_in_a_talk: float
    by_stage: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    stages: Mapping[str, int] = field(default_factory=dict)


def measured(replies: list[Reply]) -> OpeningFigures:
    """The figures of some replies, which must not be empty."""
    early = [one for one in replies if one.turn <= 3]
    unwished = [one for one in replies if max(one.distress, one.plan.intensity) >= 4 and not one.welcome]
    wished = [one for one in replies if one.welcome and one.turn > 3]
    shares = _shares(replies)
    largest = max(shares, key=lambda name: shares[name])
    talks = [[one for one in replies if one.opening == number] for number in {one.opening for one in replies}]
    asked = sum(_asks(one.plan) for one in replies)
    stages = {stage: [one for one in replies if one.plan.stage.value == stage] for stage in _stages(replies)}
    return OpeningFigures(
        n=len(replies),
        openings=len(talks),
        early_suggestions=_share(early, _suggests),
        early_information=_share(early, lambda one: one.plan.strategy is Strategy.INFORMATION),
        unwished=len(unwished),
        unwished_suggestions=_share(unwished, _suggests),
        wished_suggestions=_share(wished, _suggests),
        offers=_share(replies, lambda one: one.plan.purpose is Purpose.OFFER),
        in_a_row=_in_a_row(talks),
        second_moves=_share(replies, lambda one: one.plan.then is not None),
        reflections_per_question=_share(replies, _reflects) * len(replies) / max(1, asked),
        entropy_bits=float(np.mean([_entropy(one.plan) for one in replies])),
        largest_share=shares[largest],
        largest=largest,
        largest_in_a_talk=max(max(_shares(talk).values()) for talk in talks),
        by_stage={stage: _shares(rows) for stage, rows in stages.items()},
        stages={stage: len(rows) for stage, rows in stages.items()},
    )


def _suggests(one: Reply) -> bool:
    return Strategy.SUGGESTION in (one.plan.strategy, one.plan.then)


def _reflects(one: Reply) -> bool:
    return one.plan.strategy in (Strategy.REFLECTION, Strategy.RESTATEMENT)


def _asks(plan: Plan) -> bool:
    return Strategy.QUESTION in (plan.strategy, plan.then)


def _share(rows: list[Reply], holds: Callable[[Reply], bool]) -> float:
    return sum(map(holds, rows)) / len(rows) if rows else 0.0


def _shares(rows: list[Reply]) -> dict[str, float]:
    used = [one.plan.strategy for one in rows]
    return {strategy.name: used.count(strategy) / max(1, len(used)) for strategy in Strategy}


def _stages(rows: list[Reply]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(one.plan.stage.value for one in rows))


def _in_a_row(talks: list[list[Reply]]) -> float:
    pairs = [
        _asks(one.plan) and _asks(two.plan) for talk in talks for one, two in itertools.pairwise(talk) if two.turn > 2
    ]
    return sum(pairs) / len(pairs) if pairs else 0.0


def _entropy(plan: Plan) -> float:
    shares = np.array([share for share in plan.distribution.values() if share > 0.0])
    return float(-(shares * np.log2(shares)).sum())


@functools.cache
def _data() -> dict[str, Any]:
    text = files("warmline.dialogue.evaluate").joinpath("openings.toml").read_text(encoding="utf-8")
    data: dict[str, Any] = tomllib.loads(text)
    return data
