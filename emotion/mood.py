"""Mood over a call: a running estimate from the tags of each turn, with how sure it is. Pure.

Each axis is a scalar Kalman filter (Kalman 1960): mood drifts a little from turn to turn, and a turn's tags count as
much as their confidence allows. Turns that claim nothing move nothing, they only let doubt grow. It does not know
why a mood changed, and takes the tagger's confidence at its word.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from warmline.emotion.types import ParalinguisticTags

DRIFT = 0.02
"""Variance that a turn adds: about 0.14 on an axis of [-1, 1]."""

NOISE = 0.10
"""Variance of one fully confident observation."""

PRIOR = 0.25
"""Variance before anything was heard."""

LEAST = 0.01
"""Below this confidence tags claim nothing."""

EASING = 0.15
"""A change of valence since the anchor that is named."""


@dataclass(frozen=True, slots=True)
class Mood:
    """``valence``, ``arousal``, ``dominance`` in [-1, 1]; ``variance`` of each; ``turns`` heard.

    ``anchor`` is the valence from which a change is named and ``since`` the turn at which it was set.
    """

    valence: float = 0.0
    arousal: float = 0.0
    dominance: float = 0.0
    variance: float = PRIOR
    turns: int = 0
    anchor: float = 0.0
    since: int = 0

    @property
    def confidence(self) -> float:
        """0 before anything was heard, towards 1 as turns agree to be heard clearly."""
        return max(0.0, min(1.0, 1.0 - self.variance / PRIOR))

    @property
    def change(self) -> str:
        """ "easing", "worsening" or "steady" since turn :attr:`since`; "steady" while in doubt."""
        if self.confidence < 0.3 or abs(self.valence - self.anchor) < EASING:
            return "steady"
        return "easing" if self.valence > self.anchor else "worsening"


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
    return _anchored(mood, moved)


def _anchored(before: Mood, after: Mood) -> Mood:
    """Set the anchor once the first estimate stands, and anew when the direction turns round."""
    if before.confidence < 0.3 <= after.confidence:
        return replace(after, anchor=after.valence, since=after.turns)
    turned = {before.change, after.change} == {"easing", "worsening"}
    return replace(after, anchor=before.valence, since=after.turns) if turned else after
