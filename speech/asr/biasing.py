"""Hot words: names and rare words put before the decoder, and the guard against their coming back unsaid.

Whisper reads what stands before its start token as the text that came before, and spells what it hears alike. In
doubt it also repeats it: so a text that looks like the list is compared with what is heard without the list. Pure.
It knows no sounds: likeness is of letters.
"""

from __future__ import annotations

import difflib
import itertools
from collections.abc import Sequence

from warmline.speech.asr.agreement import bare

LIMIT = 60
"""Tokens of hot words that are used: more push the audio's own words aside (Whisper was trained with up to 223)."""

_ALIKE = 0.5


def prompt(hotwords: Sequence[str]) -> str:
    """The text that stands before the decoder's start; "" for no hot words. Words that hold none are left out."""
    kept = (" ".join(word.split()) for word in hotwords)
    said = [word for word in dict.fromkeys(kept) if any(letter.isalnum() for letter in word)]
    return f" {', '.join(said)}." if said else ""


def echoes(text: str, hotwords: Sequence[str]) -> bool:
    """Whether the text may be the list read back: it is made of hot words only, or has two of them side by side as
    the list has. A person may say such things, so this is a reason to listen without the list, no more."""
    listed = [[bare(part) for part in word.split()] for word in hotwords]
    single = {part for parts in listed for part in parts}
    said = [bare(word) for word in text.split()]
    if said and all(word in single for word in said):
        return True
    joints = ([*one, *other] for one, other in itertools.pairwise(listed))
    return any(_holds(said, joint) for joint in joints if joint)


def alike(one: str, other: str) -> bool:
    """Whether two texts could be spellings of one thing: about half of their letters in the same order."""
    first, second = ("".join(bare(word) for word in text.split()) for text in (one, other))
    return bool(first and second) and difflib.SequenceMatcher(None, first, second, False).ratio() >= _ALIKE


def _holds(words: list[str], phrase: list[str]) -> bool:
    return any(words[at : at + len(phrase)] == phrase for at in range(len(words) - len(phrase) + 1))
