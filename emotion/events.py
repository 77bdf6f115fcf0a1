"""What is heard between and around the words: only what can be told honestly by plain measurement today.

Detected: "long pause" (silence of at least 1.0 s between two stretches of speech) and "filled pause" (uh, um and the
like, from the recognised words; small recognisers drop many of them, so a low count means little).

Not detected here: sighs, breaths, laughing, sobbing and crying, whispering, coughs, a shaky voice. No labelled sound
of these was at hand to measure a detector on, and a guess would be worse than silence.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from warmline.emotion.types import VocalEvent
from warmline.speech.types import Word, samples_of

LONG_PAUSE_S = 1.0
FRAME = samples_of(0.01)

_FILLED = re.compile(r"^(?:u+h+|u+m+|e+rm*|a+h+m*|h+m+|m+h+m*|uh-huh|mm+)$", re.IGNORECASE)
_ASSENT = frozenset({"mhm", "mmhm", "uh-huh"})


def long_pauses(spoken: NDArray[np.bool_], start: int = 0) -> tuple[VocalEvent, ...]:
    """Pauses inside the speech; ``spoken``: bool[T] at 100 frames a second, the first at stream index ``start``."""
    at = np.flatnonzero(spoken)
    gaps = np.diff(at) - 1
    found = []
    for index in np.flatnonzero(gaps * FRAME >= samples_of(LONG_PAUSE_S)):
        first, last = int(at[index]) + 1, int(at[index + 1])
        # certain at 1.5 s; near the bound the gate may have missed a soft word
        sure = min(1.0, 0.5 + (last - first) / 100.0 - LONG_PAUSE_S)
        found.append(VocalEvent("long pause", start + first * FRAME, start + last * FRAME, sure))
    return tuple(found)


def filled_pauses(words: Sequence[Word]) -> tuple[VocalEvent, ...]:
    """Fillers among the words, each with the recogniser's own confidence; "mhm" is assent and no filler."""
    return tuple(
        VocalEvent("filled pause", word.start, word.end, word.confidence)
        for word in words
        if (bare := word.text.strip(" .,!?…-").lower()) and bare not in _ASSENT and _FILLED.match(bare)
    )
