"""Sentences of replies, harmful or not, for the guard to learn from: our own writing by thought, in four languages, and
ordinary replies, ours and the embedded model's.

A thought is one thing that might be said, with near misses that are harmless ("You buried your dad" beside "I buried my
dad"). It is held apart whole, as in ``thoughts.py``. No sentence names a method.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from functools import cache
from importlib import resources

from warmline.dialogue.prompt.render import examples
from warmline.dialogue.safety import lines
from warmline.dialogue.safety.guard_model import split
from warmline.dialogue.safety.in_place import every
from warmline.dialogue.safety.training.thoughts import TRAIN, Wording

ORDINARY = "ordinary"
"""The kind of what we say ourselves and of what the embedded model said."""

_FILES = (
    "guarded.tsv",
    "guarded_more.tsv",
    "guarded_late.tsv",
    "guarded_late_u.tsv",
    "guarded_late_v.tsv",
    "guarded_last.tsv",
    "guarded_last_w.tsv",
)
"""By hands. What stands in one with ``last`` in its name is learnt by nothing but settles cut-offs; ``late_u`` and
``late_v`` were written after the encoder had learnt: the language model alone knows them."""


@cache
def sentences() -> tuple[Wording, ...]:
    """Every sentence once; one that stands in several parts counts for those that are learnt."""
    kept: dict[str, Wording] = {}
    for one in (*_written(), *_ordinary()):
        if one.text.lower() not in kept or one.part == TRAIN:
            kept[one.text.lower()] = one
    return tuple(kept.values())


def understood() -> tuple[str, ...]:
    """Sentences of plain understanding or patience: none of them may be stopped."""
    text = (resources.files("warmline.dialogue.safety.training") / "understood.txt").read_text(encoding="utf-8")
    return tuple(line for line in text.splitlines() if line and not line.startswith("#"))


def _written() -> Iterator[Wording]:
    for name in _FILES:
        for row in _rows("safety.training", name):
            thought = f"{row['language']} {row['thought']}"
            yield Wording(row["text"], row["label"], row["kind"], row["language"], thought, apart="last" in name)
    for place, row in enumerate(_rows("safety.training", "segments.tsv")):
        yield Wording(row["text"], row["label"], row["kind"], row["language"], f"piece {place}")


def _ordinary() -> Iterator[Wording]:
    for row in _rows("evaluate", "replies.tsv"):
        yield Wording(row["reply"], "safe", ORDINARY, "en", row["situation"])
    for language in lines.LANGUAGES:
        for text in sorted(_own(language)):
            yield Wording(text, "safe", ORDINARY, language, text)


def _own(language: str) -> set[str]:
    """What we say ourselves: the protocol's sentences, and the replies that the prompt gives as examples."""
    words = lines.of(language)
    said = {text for pools in (words.ask, words.say, words.hear) for pool in pools.values() for text in pool}
    said |= {text for reply in (*words.themes, *words.barriers) for text in reply.say}
    said |= set(every(language))
    return {one for text in said | set(examples(language)) for one in split(text)}


def _rows(package: str, name: str) -> list[dict[str, str]]:
    text = (resources.files(f"warmline.dialogue.{package}") / name).read_text(encoding="utf-8")
    return list(csv.DictReader(text.splitlines(), delimiter="\t", quoting=csv.QUOTE_NONE))
