"""Pauses and broken speech: silences inside the speech, fillers and repairs among the words. Pure.

"long pause": silence of at least 1.0 s between two stretches of speech. "filled pause": uh, um and the like. "repair":
a word or two said again, or taken back ("I mean", "no wait"). The last two come from the recognised words; small
recognisers drop many of them, so a low count means little.
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
_TAKEN_BACK = (("i", "mean"), ("no", "wait"), ("or", "rather"), ("sorry", "i"), ("let", "me", "start", "again"))
_SAID_TWICE_ON_PURPOSE = frozenset(
    {"no", "yes", "yeah", "very", "so", "really", "please", "never", "bye", "ha", "that", "had", "okay", "ok", "long"}
    | {"far", "too", "much", "many", "more", "again", "over", "on", "there", "now", "well", "hey", "oh", "come", "help"}
)
"""Emphasis ("very very") and grammar ("that that", "had had") repeat these without a slip."""


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
        if (bare := _bare(word)) and bare not in _ASSENT and _FILLED.match(bare)
    )


def repairs(words: Sequence[Word]) -> tuple[VocalEvent, ...]:
    """Words begun anew: one or two words said twice in a row, fillers between them not counted, and phrases that take
    back what was said. Each spans from the first try to the second, with the lesser of the recogniser's confidences."""
    said = [(word, bare) for word in words if (bare := _bare(word)) and not _FILLED.match(bare)]
    found: list[VocalEvent] = []
    place = 0
    while place < len(said):
        length = _again(said, place)
        if length:
            span = [word for word, _ in said[place : place + length]]
            sure = min(word.confidence for word in span)
            found.append(VocalEvent("repair", span[0].start, span[-1].end, sure))
        place += max(1, length)
    return tuple(found)


def _again(said: Sequence[tuple[Word, str]], place: int) -> int:
    """How many words from ``place`` on are one repair; 0 for none."""
    text = [bare for _, bare in said[place : place + 4]]
    for size in (2, 1):
        first, second = text[:size], text[size : 2 * size]
        if len(second) == size and first == second and not (set(first) & _SAID_TWICE_ON_PURPOSE):
            return 2 * size
    for phrase in _TAKEN_BACK:
        if place and tuple(text[: len(phrase)]) == phrase and said[place - 1][0].text.rstrip()[-1:] in {",", "-", "…"}:
            return len(phrase)
    return 0


def _bare(word: Word) -> str:
    return word.text.strip(" .,!?…-—\"'").lower()
