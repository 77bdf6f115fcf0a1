"""Which memory may stand beside what a person says now, as words for the prompt. Pure but for the encoder.

At most one, of at most :data:`MOST_WORDS` words, not in two turns running and not twice in a call; an event that has
come only beside a greeting. English only, since
the encoder knows no other language.
"""

from __future__ import annotations

import datetime as dt
from typing import Final

from warmline.dialogue.memory.items import Item, Mood
from warmline.dialogue.memory.making import sentences
from warmline.dialogue.memory.people import cast_of
from warmline.dialogue.memory.recall import CHOSEN, Index
from warmline.dialogue.memory.sentences import Embeds
from warmline.dialogue.memory.timeline import day_of, worth_a_word
from warmline.dialogue.seeker.when import when_in
from warmline.dialogue.types import Turn

MOST_WORDS: Final = 15
LEAST_WORDS: Final = 4
"""Words that a person must have said before anything can come to mind."""


class Notes:
    """The memories of a caller's earlier calls, for one call. ``last_call``: when the last of them was, seconds since
    1970. Blocking, about 10 ms."""

    def __init__(self, index: Index, embed: Embeds, now: float, last_call: float) -> None:
        self._index = index
        self._embed = embed
        self._cast = cast_of(index.items)
        self._now = now
        self._due = worth_a_word(index.items, now, last_call)

    def beside(self, text: str, mood: Mood, turns: tuple[Turn, ...]) -> tuple[str, ...]:
        """The memory to go beside ``text``, or ()."""
        if not self._index.items or len(text.split()) < LEAST_WORDS or (turns and turns[-1].plan.memory):
            return ()
        used = {words for turn in turns for words in turn.plan.memory}
        found = self._index.find(self._embed.vector(self._cast.plain(text)), mood, self._now, most=1)
        if found and found[0].meaning >= CHOSEN.least:
            words = clipped(as_of(found[0].item, self._now))
            return () if words in used else (words,)
        if self._due is not None and not turns and not sentences(text):
            return (clipped(as_of(self._due, self._now)),)
        return ()


def as_of(item: Item, now: float) -> str:
    """What was said, with its day as it stands now: "the exam is on Friday" becomes "the exam is 3 days ago"."""
    when = when_in(item.text) if item.due else None
    if when is None:
        return item.text
    days = (dt.date.fromisoformat(item.due) - day_of(now)).days
    near = {0: "today", 1: "tomorrow", -1: "yesterday"}
    stands = near.get(days, f"in {days} days" if days > 0 else f"{-days} days ago")
    return f"{item.text[: when.start]}{stands}{item.text[when.end :]}"


def clipped(text: str) -> str:
    """At most :data:`MOST_WORDS` words of a sentence."""
    words = text.rstrip(" .!").split(" ")
    return " ".join(words) if len(words) <= MOST_WORDS else " ".join(words[:MOST_WORDS]).rstrip(" ,;:") + "…"
