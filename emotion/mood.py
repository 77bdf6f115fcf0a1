"""Mood over a call: a running estimate from the tags of each turn, how sure it is, and when it changed. Pure.

Each axis is a scalar Kalman filter (Kalman 1960): mood drifts a little from turn to turn, and a turn's tags count as
much as their confidence allows. Turns that claim nothing move nothing, they only let doubt grow. A change of valence is
found by two cumulative sums against the level before it (Page 1954), which also say at which turn it began. It does not
know why a mood changed, and takes the tagger's confidence at its word.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from warmline.emotion.types import ParalinguisticTags

DRIFT = 0.02
"""Variance that a turn adds: about 0.14 on an axis of [-1, 1]."""

NOISE = 0.10
"""Variance of one fully confident observation."""

PRIOR = 0.25
"""Variance before anything was heard."""

LEAST = 0.01
"""Below this confidence tags claim nothing."""

SURE = 0.3
"""Confidence from which a level stands and changes from it are looked for."""

SLACK = 0.15
"""A difference of valence from the level that is no change."""

ENOUGH = 0.35
"""The summed difference beyond the slack that makes a change: about two clear turns."""


@dataclass(frozen=True, slots=True)
class Drift:
    """A cumulative sum to one side: ``total`` so far and the turn ``since`` which it has been above 0."""

    total: float = 0.0
    since: int = 0

    def plus(self, difference: float, turn: int) -> Drift:
        total = max(0.0, self.total + difference)
        if total <= 0.0:
            return Drift()
        return Drift(total, self.since if self.total > 0.0 else turn)


@dataclass(frozen=True, slots=True)
class Mood:
    """``valence``, ``arousal``, ``dominance`` in [-1, 1]; ``variance`` of each; ``turns`` heard.

    ``anchor`` is the level of valence, once sure, from which a change is looked for. ``change``:
    "easing", "worsening" or "steady"; ``since``: the turn, from 1, at which it began (0 where nothing changed yet).
    """

    valence: float = 0.0
    arousal: float = 0.0
    dominance: float = 0.0
    variance: float = PRIOR
    turns: int = 0
    anchor: float = 0.0
    change: str = "steady"
    since: int = 0
    rising: Drift = field(default=Drift())
    falling: Drift = field(default=Drift())

    @property
    def confidence(self) -> float:
        """0 before anything was heard, towards 1 as turns agree to be heard clearly."""
        return max(0.0, min(1.0, 1.0 - self.variance / PRIOR))


def step(mood: Mood, tags: ParalinguisticTags) -> Mood:
    """The mood after one more turn."""
    prior = min(PRIOR, mood.variance + DRIFT)
    turn = mood.turns + 1
    if tags.confidence < LEAST:
        return replace(mood, variance=prior, turns=turn)
    noise = NOISE / min(1.0, tags.confidence) ** 2
    weight = prior / (prior + noise)
    moved = replace(
        mood,
        valence=mood.valence + weight * (tags.valence - mood.valence),
        arousal=mood.arousal + weight * (tags.arousal - mood.arousal),
        dominance=mood.dominance + weight * (tags.dominance - mood.dominance),
        variance=(1.0 - weight) * prior,
        turns=turn,
    )
    return _watched(mood, moved, tags)


def over(tags: Iterable[ParalinguisticTags]) -> Mood:
    """The mood after these turns, oldest first."""
    mood = Mood()
    for one in tags:
        mood = step(mood, one)
    return mood


def _watched(before: Mood, after: Mood, tags: ParalinguisticTags) -> Mood:
    """Set the level once the first estimate stands; then sum what lies beyond the slack on either side of it."""
    if after.confidence < SURE:
        return after
    if before.confidence < SURE and not before.since and before.rising == before.falling == Drift():
        return replace(after, anchor=after.valence)
    share = min(1.0, tags.confidence)
    away = tags.valence - after.anchor
    rising = before.rising.plus(share * (away - SLACK), after.turns)
    falling = before.falling.plus(share * (-away - SLACK), after.turns)
    if rising.total >= ENOUGH:
        return _changed(after, "easing", rising.since)
    if falling.total >= ENOUGH:
        return _changed(after, "worsening", falling.since)
    return replace(after, rising=rising, falling=falling)


def _changed(mood: Mood, change: str, since: int) -> Mood:
    """A change that goes on in the same direction keeps the turn at which it began."""
    first = mood.since if mood.change == change else since
    return replace(mood, anchor=mood.valence, change=change, since=first, rising=Drift(), falling=Drift())
