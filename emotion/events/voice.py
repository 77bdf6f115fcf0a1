"""Events in the voice itself, from its pitch and energy: today only the whisper. Pure.

A whisper is speech without voice: frames that carry speech, hardly any of them periodic. The rule was tuned on speech
whose voice was replaced by noise (emotion/training/vocal_sounds.py), not on people who whisper; noise is kept out only
where somebody else says that it is speech.

Not detected here: a shaky voice. Trembling speech made from real speech (0.9 semitones, a quarter of the level, 4-8 Hz)
was told from the same speech untouched with an AUC of 0.65 only: intonation moves at the same rate.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from warmline.emotion.events.pauses import FRAME
from warmline.emotion.pitch import Frames
from warmline.emotion.types import VocalEvent

LEAST_FRAMES = 50
MOST_VOICED = 0.35
PERIODIC = 0.47
"""Mean strength of the autocorrelation below which the stretch as a whole has no voice."""


def whisper(frames: Frames, spoken: NDArray[np.bool_], start: int, speech: float) -> tuple[VocalEvent, ...]:
    """The whole stretch as one "whisper", or nothing. ``speech``: how sure an audio tagger is that somebody talks."""
    count = int(spoken.sum())
    if count < LEAST_FRAMES or speech < 0.6:
        return ()
    voiced = float((frames.voiced & spoken).sum()) / count
    strength = float(frames.strength[spoken].mean())
    if voiced > MOST_VOICED or strength > PERIODIC:
        return ()
    at = np.flatnonzero(spoken)
    sure = min(speech, 0.5 + 2.0 * (PERIODIC - strength))
    return (VocalEvent("whisper", start + int(at[0]) * FRAME, start + (int(at[-1]) + 1) * FRAME, round(sure, 3)),)
