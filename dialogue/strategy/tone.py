"""How the reply should sound: a pure function of what it is for, how distressed the person is, and how they sounded.

With distress slower, softer, lower and steadier; with hope a little brighter. It never mirrors anger or panic: high
arousal in the person makes our voice calmer, not faster. What each number does to a voice is tts/styling's part.
"""

from __future__ import annotations

from warmline.dialogue.types import Strategy, Style
from warmline.emotion.types import ParalinguisticTags

BASE = {
    Strategy.REFLECTION: Style(warmth=0.4, pace=-0.15, pitch=-0.1, range=-0.1, volume=-0.1, breath=0.15),
    Strategy.SELF_DISCLOSURE: Style(warmth=0.35, pace=-0.1, pitch=0.0, range=0.0, volume=-0.05, breath=0.1),
    Strategy.QUESTION: Style(warmth=0.3, pace=-0.05, pitch=0.05, range=0.05, volume=0.0, breath=0.0),
    Strategy.AFFIRMATION: Style(warmth=0.5, pace=-0.1, pitch=0.05, range=0.1, volume=0.0, breath=0.1),
    Strategy.SUGGESTION: Style(warmth=0.25, pace=0.0, pitch=0.05, range=0.1, volume=0.0, breath=0.0),
    Strategy.RESTATEMENT: Style(warmth=0.3, pace=-0.1, pitch=0.0, range=-0.05, volume=-0.05, breath=0.05),
    Strategy.INFORMATION: Style(warmth=0.2, pace=-0.05, pitch=0.0, range=0.05, volume=0.0, breath=0.0),
    Strategy.OTHER: Style(warmth=0.3, pace=0.0, pitch=0.1, range=0.15, volume=0.0, breath=0.0),
}
SOFTEN = Style(warmth=0.45, pace=-0.45, pitch=-0.35, range=-0.4, volume=-0.35, breath=0.35)
"""Added in full at distress 5, not at all at 2.5 and below."""

BRIGHTEN = Style(warmth=0.05, pace=0.15, pitch=0.25, range=0.35, volume=0.1, breath=0.0)
"""Added in full when the person sounds as glad as can be and distress is slight."""

STEADY = Style(warmth=0.1, pace=-0.2, pitch=-0.15, range=-0.15, volume=-0.1, breath=0.0)
"""Added when the person is agitated (high arousal without gladness)."""


def tone(strategy: Strategy, intensity: float, tags: ParalinguisticTags) -> Style:
    """The style of a reply. ``intensity``: distress in [1, 5]."""
    distress = min(1.0, max(0.0, (intensity - 2.5) / 2.5))
    trust = min(1.0, max(0.0, tags.confidence))
    hope = max(0.0, tags.valence) * trust * max(0.0, 1.0 - (intensity - 1.0) / 2.0)
    agitation = max(0.0, tags.arousal) * trust * (1.0 if tags.valence <= 0.1 else 0.0)
    style = _add(BASE[strategy], SOFTEN, distress)
    style = _add(style, BRIGHTEN, min(1.0, hope))
    return _add(style, STEADY, agitation)


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
