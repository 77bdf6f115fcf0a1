"""Our own words, come back through the microphone: found in what was recognised, by words alone. Pure.

It cannot tell our echo from a person who repeats three of our words in our order; callers of it look only where our
voice can be heard. Recognisers garble an echo, so the order of most words is enough."""

from __future__ import annotations

import re
from collections.abc import Sequence
from difflib import Match, SequenceMatcher
from typing import Final

ECHO_WORDS: Final = 3
"""Fewer words than this prove nothing: a person may well say one of ours."""

GARBLED: Final = 0.75
"""A text of four words or more that ends in ours is all echo when this share of them are ours, in our order."""

_GAP: Final = 2
"""So few words between two echoed runs, or before the first, are the same echo misheard."""

_OWN: Final = frozenset(
    ("i", "i'm", "i've", "i'd", "im", "ive", "my", "me", "yes", "yeah", "yep", "no", "nope", "not", "sometimes")
)
_BEFORE: Final = 3
"""Such a word so shortly before a run of ours, where we had none, makes it an answer in our words: "are you thinking
about leaving?" - "I'm thinking about leaving." To take that for an echo would be not to hear it."""


def without_echo(text: str, ours: str) -> str:
    """``text`` without the runs of our words: "" when nothing else was said."""
    words = text.split()
    heard = [_bare(word) for word in words]
    said = [bare for word in ours.split() if (bare := _bare(word))]
    if len(heard) < ECHO_WORDS or not said:
        return text
    blocks = SequenceMatcher(None, said, heard, autojunk=False).get_matching_blocks()
    whole = [word.endswith((".", "?", "!")) for word in words]  # a sentence of theirs, and then our echo
    runs_of_ours = [block for block in blocks if block.size >= ECHO_WORDS and not (block.b and whole[block.b - 1])]
    if any(_answers(run, said, heard) for run in runs_of_ours):
        return text
    runs = [(block.b, block.b + block.size) for block in blocks if block.size >= ECHO_WORDS]
    ours_at_last = any(block.b + block.size == len(heard) for block in blocks if block.size)
    if len(heard) > ECHO_WORDS and ours_at_last and sum(block.size for block in blocks) >= GARBLED * len(heard):
        return ""  # what a person adds to an echo comes after it
    if not runs:
        return text
    kept = [True] * len(words)
    reach = 0 if runs[0][0] <= _GAP else runs[0][0]
    for start, end in runs:
        first = reach if start - reach <= _GAP else start
        kept[first:end] = [False] * (end - first)
        reach = end
    return " ".join(word for word, keep in zip(words, kept, strict=True) if keep)


def _answers(run: Match, said: Sequence[str], heard: Sequence[str]) -> bool:
    """Do the words before the run speak for the person, other than ours did?"""
    theirs = _OWN.intersection(heard[max(0, run.b - _BEFORE) : run.b])
    return bool(theirs.difference(said[max(0, run.a - _BEFORE) : run.a]))


def is_echo(text: str, ours: str) -> bool:
    """Is ``text`` nothing but our own words?"""
    return bool(text.strip()) and not without_echo(text, ours)


def may_be_answer(text: str, ours: str) -> bool:
    """Are these our own words and yet perhaps the person's: our question without its "you"? An echo brings the whole
    question back; who is asked "are you thinking about leaving?" may say "thinking about leaving"."""
    return is_echo(text, ours) and not {"you", "your", "you're"}.intersection(map(_bare, text.split()))


def is_run_of(text: str, ours: str) -> bool:
    """Do the words of ``text``, be they ever so few, stand in ``ours`` one after the other?"""
    heard, said = (" ".join(map(_bare, part.split())) for part in (text, ours))
    return bool(heard) and f" {heard} " in f" {said} "


def _bare(word: str) -> str:
    return re.sub(r"[^a-z0-9']", "", word.lower().replace("’", "'"))
