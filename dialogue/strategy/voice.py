"""What the voice tells over a call: the running mood, what differs from the person's own usual, and both in words.

Pure; made anew from the turns, so there is no state to keep or to forget. Each reading stands behind its own doubt:
below it the voice says nothing here, and plans go by the words. Where the tagger abstains, what was measured against
the person's own usual may still be told if it is plain to hear. It does not know why a voice changed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from warmline.dialogue.strategy.facts import TRUSTED
from warmline.dialogue.types import Turn
from warmline.emotion import baseline, mood
from warmline.emotion.describe import describe
from warmline.emotion.mood import Mood
from warmline.emotion.types import ParalinguisticTags

TURNS = 60
"""Turns of a call that are looked back on."""

FRESH = 4
"""Turns for which a change of mood is news; later it is how things are."""

CLEAR = 2.5
"""Spreads from the usual that count where the tagger itself is in doubt."""

RISE, FALL, UNUSUAL = 0.4, -0.2, 0.2
"""What a worsening mood, an easing one, and a strained voice unlike the person's own add to the distress."""

HEAVIER = frozenset({"slower", "quieter", "flatter", "with more pauses", "lower", "rougher"})
TENSER = frozenset({"faster", "louder", "higher", "tenser"})


@dataclass(frozen=True, slots=True)
class Voice:
    """``mood``: over the turns with this one. ``usual``: how this turn differs from the person's usual, in words, the
    clearest first. ``manner``: how it sounds, as a listener would note it. ``change``: "worsening" or "easing" while
    that is news and sure, else "". ``strain``: what all this adds to the distress."""

    mood: Mood
    usual: tuple[str, ...]
    manner: str
    change: str
    strain: float


def voice_of(turns: Sequence[Turn], tags: ParalinguisticTags) -> Voice:
    """``turns``: past exchanges, oldest first; ``tags``: of the words now."""
    before = turns[-TURNS:]
    running = mood.over([*(turn.tags for turn in before), tags])
    change = _news(running) if tags.confidence >= TRUSTED else ""
    usual = _unlike(before, tags)
    manner = describe(tags, running if change else None, usual)
    if usual and not manner:
        manner = f"voice: {' and '.join(usual)} than usual"
    return Voice(running, usual, manner, change, _strain(change, usual, tags))


def _news(running: Mood) -> str:
    recent = running.turns - running.since < FRESH
    return running.change if running.since and recent and running.confidence >= mood.SURE else ""


def _unlike(before: Sequence[Turn], tags: ParalinguisticTags) -> tuple[str, ...]:
    if tags.prosody is None:
        return ()
    usual = baseline.learnt(turn.tags.prosody for turn in before[-baseline.REMEMBERED :])
    found = baseline.against(usual, tags.prosody)
    if tags.confidence < TRUSTED:
        found = {name: one for name, one in found.items() if abs(one.z) >= CLEAR}
    return baseline.plain(found)


def _strain(change: str, usual: tuple[str, ...], tags: ParalinguisticTags) -> float:
    value = RISE if change == "worsening" else FALL if change == "easing" else 0.0
    if tags.valence < 0.0 and set(usual) & (HEAVIER | TENSER):
        value += UNUSUAL
    return value
