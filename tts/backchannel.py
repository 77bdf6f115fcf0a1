"""When to say "mm-hm" while somebody tells something: pure decisions from their prosody and the state of the call.

The cue is that of Ward and Tsukahara 2000, "Prosodic features which cue back-channel responses in English and
Japanese": a region of low pitch, below the 26th percentile of the speaker's own, of at least 110 ms, after at least 700
ms of speech. They answer 700 ms later whatever the speaker does; we answer only into a pause, because nothing of ours
may fall into a word. Then it is rare, never twice the same, never close to a reply of ours, and never where there is
any sign of danger or of crying: those are answered with words, or with silence.

It does not know what was said, and cannot tell whether a pause will be a long one: who goes on is given way to at once.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, fields, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from warmline.dialogue.types import RiskLevel, Style
from warmline.speech.types import Samples, samples_of

TEXTS: Final = ("Mhm.", "I see.", "Uh-huh.")
"""What is said, in turn. Not "mm-hm": the embedded voice makes a word of it."""

LEVEL: Final = Style(warmth=0.2, volume=-0.6)
"""Added to the style of the call: a listener's sounds are softer than their speech."""


@dataclass(frozen=True, slots=True)
class Rules:
    """Lengths in samples at 16 kHz. ``low``: percentile of the speaker's pitch. ``low_for``: how long the region is.
    ``speech_before``: speech of this turn so far. ``after``: silence before we sound; ``latest``: later it would be out
    of place. ``apart``: between two of them, and after a reply of ours; with it there are at most three a minute.
    ``before_reply``: so long before our turn would come we say nothing."""

    low: float = 26.0
    low_for: int = samples_of(0.11)
    speech_before: int = samples_of(2.5)
    after: int = samples_of(0.45)
    latest: int = samples_of(1.2)
    apart: int = samples_of(22.0)
    before_reply: int = samples_of(0.7)


@dataclass(frozen=True, slots=True)
class Listener:
    """``last``: when we last sounded, murmur or reply. ``told``: murmurs so far. ``cued``: the end of the voice whose
    last words were a cue, None where there was none."""

    last: int = 0
    told: int = 0
    cued: int | None = None


@dataclass(frozen=True, slots=True)
class Moment:
    """A pause of the person's: it is ``at`` on the stream clock, their voice ended at ``paused``, of their turn they
    have spoken ``spoken`` samples. ``reply_at``: when our turn would begin, None while nobody knows. ``risk``: of this
    turn and of the call so far, None while nobody knows. ``crying``: lately."""

    at: int
    paused: int
    spoken: int
    reply_at: int | None
    risk: RiskLevel | None
    crying: bool = False


def due(listener: Listener, moment: Moment, rules: Rules = Rules()) -> bool:
    """Say it now?"""
    silence = moment.at - moment.paused
    return (
        listener.cued == moment.paused
        and rules.after <= silence <= rules.latest
        and moment.spoken >= rules.speech_before
        and moment.at - listener.last >= rules.apart
        and moment.risk is RiskLevel.L0
        and not moment.crying
        and moment.reply_at is not None
        and moment.reply_at - moment.at >= rules.before_reply
    )


def sounded(listener: Listener, at: int) -> Listener:
    """We murmured at ``at``."""
    return replace(listener, last=at, told=listener.told + 1, cued=None)


def is_cue(f0_hz: NDArray[np.float32], frame: int, rules: Rules = Rules()) -> bool:
    """Does the voice end low? ``f0_hz``: float32[T], nan where unvoiced, one value every ``frame`` samples, up to the
    last voiced sample."""
    voiced = f0_hz[~np.isnan(f0_hz)]
    if len(voiced) * frame < samples_of(0.7):
        return False
    needed = math.ceil(rules.low_for / frame)
    end = f0_hz[-3 * needed :]
    low = end < np.percentile(voiced, rules.low)  # nan is never low
    run = longest = 0
    for each in low:
        run = run + 1 if each else 0
        longest = max(longest, run)
    return longest >= needed


@dataclass(frozen=True, slots=True)
class ListenerSound:
    """A murmur spoken beforehand: float32[n] at VOICE_RATE, in ``style``."""

    text: str
    style: Style
    audio: Samples


def chosen(sounds: tuple[ListenerSound, ...], style: Style, told: int) -> ListenerSound | None:
    """The next text, in the style nearest to ``style``; None without sounds."""
    if not sounds:
        return None
    texts = list(dict.fromkeys(sound.text for sound in sounds))
    text = texts[told % len(texts)]
    return min((sound for sound in sounds if sound.text == text), key=lambda sound: _distance(sound.style, style))


def softened(style: Style) -> Style:
    """The style of a murmur in a call that sounds like ``style``."""
    return replace(style, warmth=min(1.0, style.warmth + LEVEL.warmth), volume=max(-1.0, style.volume + LEVEL.volume))


def _distance(one: Style, other: Style) -> float:
    mine, theirs = ([float(getattr(style, item.name)) for item in fields(Style)] for style in (one, other))
    return math.dist(mine, theirs)
