"""What a tuned model wrote for moments kept apart, in figures. Pure."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from warmline.dialogue.speakable import words_of
from warmline.dialogue.training.talk import KINDS
from warmline.dialogue.types import Strategy


@dataclass(frozen=True, slots=True)
class Shown:
    """A reply ``by`` base, tuned or preferred; ``way``: begun as the product begins replies, or plain."""

    by: str
    way: str
    kind: str
    words: str
    reply: str
    fault: str
    loose: tuple[str, ...]


def figures(shown: Sequence[Shown], best: Callable[[str, Sequence[tuple[bool, str]]], Strategy]) -> dict[str, Any]:
    """Per way: the share that does what was planned by ``best``, that has a fault, that says nothing nobody has said;
    the median of words, and the share of replies that begin like no other."""
    made = {}
    for way in sorted({one.way for one in shown}):
        rows = [one for one in shown if one.way == way]
        begins = [" ".join(words_of(one.reply)[:4]) for one in rows]
        made[way] = {
            "n": len(rows),
            "realised": _share([best(one.reply, [(True, one.words)]) is KINDS[one.kind] for one in rows]),
            "faults": _share([bool(one.fault) for one in rows]),
            "grounded": _share([not one.loose for one in rows]),
            "words": statistics.median(len(words_of(one.reply)) for one in rows),
            "distinct": len(set(begins)) / len(begins),
        }
    return made


def _share(flags: Sequence[bool]) -> float:
    return round(sum(flags) / max(1, len(flags)), 3)
