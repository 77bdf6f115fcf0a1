"""Moments of talks to write replies for: what was said, what is planned, and how the product would begin the reply.

Taken from talks of our own and, of a corpus, from its callers' lines alone: nothing of its supporters is learnt.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from warmline.dialogue.llm.base import Message
from warmline.dialogue.prompt.wording import opening
from warmline.dialogue.training.chat import Encoder, prompt_of
from warmline.dialogue.training.talk import KINDS, Exchange, Talk

VOICES = ("", "", "", "sad", "sad", "afraid", "angry", "upset", "hiding")
PLANNED = ("reflect", "restate", "ask", "affirm", "normalise", "suggest", "inform")
_NAMES = {"greet": "GREET", "goodbye": "GOODBYE"}


@dataclass(frozen=True, slots=True)
class Moment:
    """``talk``: past exchanges and the last, whose reply is to be written. ``start``: how it begins already."""

    talk: Talk
    start: str = ""

    @property
    def last(self) -> Exchange:
        return self.talk[-1]

    def row(self, encoder: Encoder, examples: Sequence[Message] | None) -> dict[str, Any]:
        """As JSON, with the prompt in tokens. ``examples``: as for ``prompt_of``."""
        return {
            "kind": self.last.kind, "voice": self.last.voice, "words": self.last.words, "start": self.start,
            "history": [[one.words, one.reply] for one in self.talk[:-1]],
            "ids": encoder.prompt(prompt_of(self.talk, examples, self.start)), "shared": encoder.shared(examples),
        }  # fmt: skip


def of_corpus(talks: Sequence[Talk], count: int, draw: random.Random) -> list[Moment]:
    """Moments of a corpus with a plan drawn evenly, replies of earlier turns as they were."""
    made: list[Moment] = []
    pool = [talk for talk in talks if len(talk) > 3]
    while pool and len(made) < count:
        talk = draw.choice(pool)
        at = draw.randrange(0, min(len(talk) - 1, 12))
        if 4 <= len(talk[at].words.split()) <= 80:
            past = voiced(talk[max(0, at - 4) : at], draw)
            kind = PLANNED[len(made) % len(PLANNED)]
            made.append(Moment((*past, Exchange(talk[at].words, kind, draw.choice(VOICES), "", False))))
    return made


def of_ours(talks: Sequence[Talk], count: int, draw: random.Random, *, as_written: bool = False) -> list[Moment]:
    """Moments of our own talks: each with its own plan, or with one drawn evenly."""
    places = [(talk, at) for talk in talks for at in range(len(talk)) if len(talk) == 1 or at > 0]
    made = []
    for number, (talk, at) in enumerate(draw.sample(places, min(count, len(places)))):
        one = talk[at]
        kind = one.kind if as_written or one.kind in _NAMES else PLANNED[number % len(PLANNED)]
        made.append(Moment((*talk[max(0, at - 8) : at], replace(one, kind=kind, reply="", learn=False))))
    return made


def begun(moments: Sequence[Moment], draw: random.Random, shares: tuple[float, float] = (0.5, 0.25)) -> list[Moment]:
    """The same with beginnings as the product gives them. ``shares``: of those with the spoken clause and the words
    that lead on to the plan, and of those with the clause alone; the rest begin with nothing."""
    made = []
    for one in moments:
        name = _NAMES.get(one.last.kind, KINDS[one.last.kind].name)
        found = opening(name, [past.reply for past in one.talk[:-1]], one.last.words)
        chance = draw.random()
        start = f"{found.lead} {found.steer}".strip() if chance < shares[0] else found.lead
        made.append(replace(one, start=start if chance < sum(shares) else ""))
    return made


def voiced(talk: Talk, draw: random.Random) -> Talk:
    """The talk with voices drawn for it."""
    return tuple(replace(one, voice=draw.choice(VOICES)) for one in talk)
