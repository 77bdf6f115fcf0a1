"""What was said over our reply: a listener's noise, or somebody who wants the floor? Pure; words and length only."""

from __future__ import annotations

import re

from warmline.speech.types import samples_of

_BACKCHANNELS = re.compile(
    r"(?:m+|mm+-?\s?hm+|m+-?hm+|mhm+|uh-?\s?huh|ah+|oh+|ooh|aha|hm+|huh|yeah|yep|yes|yup|ok|okay|right|sure|true|"
    r"i see|i know|exactly|of course|thanks|thank you|wow|really|good)(?:[\s,.!]+|$)",
    re.IGNORECASE,
)

SHORTEST_WORD = samples_of(0.12)
"""A voice shorter than this held no word: a click, a breath."""


ECHO_WORDS = 3
"""Fewer words than this prove nothing: a person may well say one of ours."""


def is_echo(text: str, ours: str) -> bool:
    """Is ``text`` our own reply, come back through the microphone? True when it is a run of its words."""
    heard, said = (f" {' '.join(re.findall(r'[a-z0-9]+', part.lower()))} " for part in (text, ours))
    return len(heard.split()) >= ECHO_WORDS and heard in said


def takes_floor(text: str, voiced: int) -> bool:
    """True when ``text``, recognised in ``voiced`` samples of voice over our reply, should stop us.

    No words (a cough, a laugh, a noise) and up to three backchannels in a row do not.
    """
    rest = re.sub(r"[^\w\s'-]", " ", text).strip()
    if not rest or voiced < SHORTEST_WORD:
        return False
    for _ in range(3):
        match = _BACKCHANNELS.match(rest)
        if match is None:
            return True
        rest = rest[match.end() :].strip()
        if not rest:
            return False
    return True
