"""A talk as the product's prompt and its replies, in tokens: what is read, and what is learnt.

Rendered by the product's own code (prompt/render.py, llm/template.py), so that training and use agree to the token.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import numpy as np

from warmline.dialogue.llm.base import Message, Prompt
from warmline.dialogue.llm.template import chatml, plain
from warmline.dialogue.prompt.cue import cue
from warmline.dialogue.prompt.render import closed, fixed
from warmline.dialogue.prompt.wording import table
from warmline.dialogue.training.talk import KINDS, Exchange, Talk
from warmline.dialogue.types import NEUTRAL, Outcome, Plan, Purpose, SupportStage, Turn
from warmline.emotion.types import ParalinguisticTags
from warmline.speech.types import AudioChunk, Utterance

_AFFECTS = {
    "sad": "sad",
    "angry": "angry",
    "afraid": "fearful",
    "happy": "happy",
    "upset": "disgusted",
    "shaken": "surprised",
}
_PURPOSES = {"greet": Purpose.GREET, "goodbye": Purpose.GOODBYE}


@dataclass(frozen=True, slots=True)
class Lesson:
    """``ids`` of a whole talk; ``learn``: True where the token is to be predicted; ``shared``: so many of the first ids
    other lessons begin with too, none of them learnt."""

    ids: list[int]
    learn: list[bool]
    shared: int = 0


@dataclass(frozen=True, slots=True)
class Pair:
    """Two replies to one moment, the first to be preferred."""

    good: Lesson
    bad: Lesson


def plan_of(exchange: Exchange) -> Plan:
    strategy = KINDS[exchange.kind]
    sure = MappingProxyType({strategy: 1.0})
    purpose = _PURPOSES.get(exchange.kind)
    return Plan(SupportStage.EXPLORATION, strategy, sure, 2.0, "", NEUTRAL, (), purpose=purpose)


def tags_of(exchange: Exchange) -> ParalinguisticTags:
    even = ParalinguisticTags.unknown()
    label = _AFFECTS.get(exchange.voice)
    return ParalinguisticTags(
        0.0, 0.0, 0.0, even.labels, 0.6 if label else 0.0, (0, 0), label, words_disagree=exchange.voice == "hiding"
    )


def turns_of(talk: Sequence[Exchange]) -> tuple[Turn, ...]:
    """Exchanges as past turns, each heard to its end."""
    turns = []
    for at, one in enumerate(talk):
        heard = Utterance(at, one.words, (), AudioChunk(np.zeros(0, np.float32)))
        turns.append(Turn(at, heard, tags_of(one), plan_of(one), one.reply, one.reply, Outcome.SPOKEN))
    return tuple(turns)


def prompt_of(talk: Sequence[Exchange], shown: Sequence[Message] | None = None, start: str = "") -> Prompt:
    """The product's prompt for the last exchange's reply. ``shown``: examples in place of the fixed ones."""
    last = talk[-1]
    prompt = closed(turns_of(talk[:-1]), last.words, plan_of(last), tags_of(last), start)
    if shown is None:
        return prompt
    known = fixed()
    return Prompt((known[0], *shown, *prompt.messages[len(known) :]), assistant_start=start)


def shown(examples: Sequence[Talk]) -> tuple[Message, ...]:
    """Examples as past exchanges, as the product shows them."""
    messages: list[Message] = []
    for (one,) in examples:
        messages += [Message("user", f"{one.words} {cue(plan_of(one), tags_of(one))}"), Message("assistant", one.reply)]
    return tuple(messages)


class Encoder:
    """Prompts and talks in tokens. ``tokenizer``: of the GGUF file (``GgufModel.tokenizer``)."""

    def __init__(self, tokenizer: Any) -> None:
        self._tokenizer = tokenizer

    def ids(self, text: str) -> list[int]:
        found: list[int] = self._tokenizer.encode(text, add_special_tokens=False).ids
        return found

    def text(self, ids: Sequence[int]) -> str:
        return str(self._tokenizer.decode(list(ids), skip_special_tokens=True))

    def prompt(self, prompt: Prompt) -> list[int]:
        return self.ids(chatml(prompt))

    def shared(self, examples: Sequence[Message] | None) -> int:
        """Tokens of what stands before any caller's words. ``examples``: as for :func:`prompt_of`."""
        known = fixed() if examples is None else (fixed()[0], *examples)
        return len(self.ids("".join(f"<|im_start|>{one.role}\n{plain(one.text)}<|im_end|>\n" for one in known)))

    def lesson(self, talk: Talk, examples: Sequence[Message] | None, draw: random.Random, leads: float) -> Lesson:
        """A whole talk with every reply worth learning marked. ``leads``: share of replies that go on from a clause
        that the product has spoken already; that clause is read, not learnt."""
        led = [_led(one, draw) if one.learn and draw.random() < leads else ("", one.reply) for one in talk]
        heard = tuple(
            Exchange(one.words, one.kind, one.voice, f"{lead} {rest}".strip(), one.learn)
            for one, (lead, rest) in zip(talk, led, strict=True)
        )
        prompt = prompt_of(heard, examples)
        ids = self.prompt(Prompt(prompt.messages[: len(prompt.messages) - 2 * (len(talk) - 1)]))
        learn = [False] * len(ids)
        for at, (one, (lead, _)) in enumerate(zip(heard, led, strict=True)):
            if at:
                said = f"{plain(one.words)} {cue(plan_of(one), tags_of(one))}"
                more = self.ids(f"<|im_start|>user\n{said}<|im_end|>\n<|im_start|>assistant\n")
                ids, learn = ids + more, learn + [False] * len(more)
            given = len(self.ids(plain(lead)))
            reply = self.ids(f"{plain(one.reply)}<|im_end|>")
            ids += [*reply, *self.ids("\n")]
            learn += [False] * given + [one.learn] * (len(reply) - given) + [False]
        return Lesson(ids, learn, self.shared(examples))


def _led(one: Exchange, draw: random.Random) -> tuple[str, str]:
    """A clause of the product's own that this reply can go on from, and the reply after it."""
    name = {"greet": "GREET", "goodbye": "GOODBYE"}.get(one.kind, KINDS[one.kind].name)
    row = draw.choice(table("openings")[name])
    head, comma, _ = row.rpartition(",")
    reply = one.reply.removeprefix("So ")
    first = reply.split(" ", 1)[0]
    if (
        not comma
        or (first.startswith(("I'", "I")) and first in ("I", "I'm", "I'll", "I'd"))
        or one.kind in ("chat", "greet", "goodbye")
    ):
        return "", one.reply
    return head + comma, reply[:1].lower() + reply[1:]
