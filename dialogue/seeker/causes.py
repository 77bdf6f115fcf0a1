"""The person's own words that carry the reason for how they feel: by the text encoder, then by rules.

The encoder was trained on RECCON's dialogues. On ESConv's annotated causes (250 turns of the valid split) its spans,
with the rules behind them, reach a token-F1 of 0.40, the rules alone 0.12. Where a rule names a part of the span,
that part is the reason. Only the person's own lines are looked at: what we said is no cause that we would repeat to
them. It does not know irony, nor other languages than English.
"""

from __future__ import annotations

from warmline.dialogue.strategy.cause import LONGEST, cause_of
from warmline.emotion.text import inputs
from warmline.emotion.text.reader import Reader, shipped
from warmline.speech.runtime.errors import WeightsError

LEAST = 3
"""Words from which a text is worth asking about, and a span worth keeping is one word shorter."""

BEFORE = 4
"""Earlier lines that are read beside the words of now."""


def cause_in(before: tuple[tuple[bool, str], ...], text: str, reader: Reader | None) -> str:
    """The span of ``text`` that seems to say why, or "". ``before``: earlier lines, oldest first, as (by the person,
    text). ``reader`` None: by rules alone. The span is a substring of ``text``."""
    if reader is not None and len(text.split()) >= LEAST:
        talk = inputs.talk_of([*before[-BEFORE:], (True, text)])
        for cause in reader.causes(talk, len(talk) - 1):
            words = cause.words.split()
            if cause.place == len(talk) - 1 and LEAST - 1 <= len(words) <= LONGEST:
                part = cause_of(cause.words)
                return part if len(part.split()) >= LEAST else cause.words
    return cause_of(text)


def shipped_reader() -> Reader | None:
    """The emotion room's reader; None where its weights are not to be had."""
    try:
        return shipped()
    except WeightsError:
        return None
