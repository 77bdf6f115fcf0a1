"""A language model as one judge among several: it reads the talk and gives each dimension a whole number from 0 to 4.

Such judges are kind to everything (they inflate empathy and safety) and a small one is close to guessing; what they
give is worth as much as its agreement with the others, which stands beside it.
"""

from __future__ import annotations

import re
from contextlib import aclosing

from warmline.dialogue.evaluate.conversation.judges import DIMENSIONS, MEANT
from warmline.dialogue.evaluate.conversation.talk import Talk
from warmline.dialogue.llm.base import Decoding, LanguageModel, Message, Prompt
from warmline.speech.runtime.cancel import CancelFlag
from warmline.speech.runtime.errors import LanguageModelError

LONGEST = 7000
"""Characters of a talk that a small model has room for; of a longer one the beginning and the end are read."""

_LINE = re.compile(r"\b([a-z]+)\b\W{0,5}?[:=]\W{0,4}?([0-4])\b", re.IGNORECASE)


class Unread(Exception):
    """The model gave no scores."""


async def scores(talk: Talk, llm: LanguageModel) -> dict[str, float]:
    """What the model gives, by dimension. Raises LanguageModelError when it cannot be asked, Unread when its answer
    holds fewer than half of the dimensions."""
    decoding = Decoding(12 * len(DIMENSIONS), 0.0, repeat_penalty=1.0, seed=0)
    async with aclosing(llm.generate(prompt(talk), decoding, CancelFlag())) as pieces:
        written = "".join([piece async for piece in pieces])
    found = parsed(written)
    if len(found) < len(DIMENSIONS) / 2:
        raise Unread
    return found


async def reachable(llm: LanguageModel) -> str:
    """Why the model cannot be asked, in one line; "" when it answers."""
    try:
        prompt = Prompt((Message("user", "Answer with the word yes."),))
        async with aclosing(llm.generate(prompt, Decoding(4, 0.0), CancelFlag())) as pieces:
            async for _ in pieces:
                return ""
    except LanguageModelError as error:
        return str(error)
    return "it answers nothing"


def parsed(written: str) -> dict[str, float]:
    """``empathy: 3`` and the like; what is no dimension, or no number of 0-4, does not count."""
    rows = ((match[1].lower(), float(match[2])) for match in _LINE.finditer(written))
    return {name: score for name, score in rows if name in DIMENSIONS}


def prompt(talk: Talk) -> Prompt:
    """The talk, and what is asked about it."""
    lines = [f"Caller: {one.said}\nHelper: {one.reply}" for one in talk.exchanges]
    text = "\n".join(lines)
    if len(text) > LONGEST:
        text = f"{text[: LONGEST // 2]}\n[...]\n{text[-LONGEST // 2 :]}"
    wanted = "\n".join(f"{name}: ({MEANT[name]})" for name in DIMENSIONS)
    return Prompt(
        (
            Message("system", "You judge talks on an emotional support line strictly. 0 is bad, 2 is middling, 4 is "
                    "excellent. Most helpers deserve 1 to 3."),
            Message("user", f"The talk:\n{text}\n\nGive the helper a whole number from 0 to 4 for each of these, one a "
                    f"line as name: number, nothing else.\n{wanted}"),
        )
    )  # fmt: skip
