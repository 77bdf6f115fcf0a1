"""How the reply should sound: a pure function of what it is for, how distressed the person is, how they sounded, and
how we sounded a turn ago.

With every step of distress slower, softer, lower and steadier; with hope a little brighter. It never mirrors anger or
panic: high arousal in the person makes our voice calmer, not faster. From turn to turn it changes by limited steps,
towards calm quicker than away from it.

That arousal raises pitch, range, rate and loudness, so that less of each is heard as calm: Scherer 2003, "Vocal
communication of emotion". That high, loud speech of counsellors goes with lower ratings of empathy: Xiao et al. 2014,
"Modeling therapist empathy through prosody". That a listener's arousal follows the speaker's, so that calm is offered
and not demanded: Imel et al. 2014, "The association of therapist empathy and synchrony in vocally encoded arousal".
That empathy is carried by prosody which stays continuous with the turn before: Weiste and Peräkylä 2014. The numbers
are ours, tried on the embedded voice. What each does to a voice is tts/styling's part; how one person takes it nobody
knows.
"""

from __future__ import annotations

import math
from dataclasses import fields
from typing import Final

from warmline.dialogue.types import Strategy, Style
from warmline.emotion.types import ParalinguisticTags

BASE: Final = {
    Strategy.REFLECTION: Style(warmth=0.4, pace=-0.15, pitch=-0.1, range=-0.1, volume=-0.1, breath=0.15),
    Strategy.SELF_DISCLOSURE: Style(warmth=0.35, pace=-0.1, pitch=0.0, range=0.0, volume=-0.05, breath=0.1),
    Strategy.QUESTION: Style(warmth=0.3, pace=-0.05, pitch=0.05, range=0.05, volume=0.0, breath=0.0),
    Strategy.AFFIRMATION: Style(warmth=0.5, pace=-0.1, pitch=0.05, range=0.1, volume=0.0, breath=0.1),
    Strategy.SUGGESTION: Style(warmth=0.25, pace=0.0, pitch=0.05, range=0.1, volume=0.0, breath=0.0),
    Strategy.RESTATEMENT: Style(warmth=0.3, pace=-0.1, pitch=0.0, range=-0.05, volume=-0.05, breath=0.05),
    Strategy.INFORMATION: Style(warmth=0.2, pace=-0.05, pitch=0.0, range=0.05, volume=0.0, breath=0.0),
    Strategy.OTHER: Style(warmth=0.3, pace=0.0, pitch=0.1, range=0.15, volume=0.0, breath=0.0),
}
SOFTEN: Final = Style(warmth=0.45, pace=-0.5, pitch=-0.45, range=-0.45, volume=-0.5, breath=0.35)
"""Added in full at distress 5, not at all at 1."""

BRIGHTEN: Final = Style(warmth=0.05, pace=0.15, pitch=0.25, range=0.35, volume=0.1, breath=0.0)
"""Added in full when the person sounds as glad as can be and distress is slight."""

STEADY: Final = Style(warmth=0.1, pace=-0.2, pitch=-0.15, range=-0.15, volume=-0.1, breath=0.0)
"""Added when the person is agitated (high arousal without gladness)."""


CALM_STEP: Final = 0.35
"""The most that a field moves in one turn towards calm: lower, slower, softer, steadier, warmer."""

BRIGHT_STEP: Final = 0.2
"""The most that it moves the other way: who was just in distress is not answered brightly at once."""

_CALMER_UP: Final = frozenset({"warmth", "breath"})


def tone(strategy: Strategy, intensity: float, tags: ParalinguisticTags, before: Style | None = None) -> Style:
    """The style of a reply. ``intensity``: distress in [1, 5]. ``before``: the style of the reply before it; None
    where there was none."""
    distress = 2.0 if math.isnan(intensity) else min(5.0, max(1.0, intensity))
    trust = min(1.0, max(0.0, tags.confidence))
    hope = max(0.0, tags.valence) * trust * max(0.0, 1.0 - (distress - 1.0) / 2.0)
    agitation = max(0.0, tags.arousal) * trust * (1.0 if tags.valence <= 0.1 else 0.0)
    style = _add(BASE[strategy], SOFTEN, (distress - 1.0) / 4.0)
    style = _add(style, BRIGHTEN, min(1.0, hope))
    style = _add(style, STEADY, agitation)
    return style if before is None else smoothed(before, style)


def style_for_distress(level: float) -> Style:
    """The style of a reflection for distress 1 (slight) to 5 (overwhelming) of somebody who has not been heard yet."""
    return tone(Strategy.REFLECTION, level, ParalinguisticTags.unknown())


def smoothed(before: Style, wanted: Style) -> Style:
    """``wanted``, or as far towards it as one turn may go from ``before``."""
    return Style(**{item.name: _stepped(item.name, before, wanted) for item in fields(Style)})


def _stepped(name: str, before: Style, wanted: Style) -> float:
    own, other = float(getattr(before, name)), float(getattr(wanted, name))
    calmer_down = name not in _CALMER_UP
    down = CALM_STEP if calmer_down else BRIGHT_STEP
    up = BRIGHT_STEP if calmer_down else CALM_STEP
    return round(min(own + up, max(own - down, other)), 3)


def _add(style: Style, other: Style, share: float) -> Style:
    def mix(own: float, extra: float) -> float:
        return round(min(1.0, max(-1.0, own + share * extra)), 3)

    return Style(
        warmth=mix(style.warmth, other.warmth),
        pace=mix(style.pace, other.pace),
        pitch=mix(style.pitch, other.pitch),
        range=mix(style.range, other.range),
        volume=mix(style.volume, other.volume),
        breath=mix(style.breath, other.breath),
    )
