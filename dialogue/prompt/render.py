"""The prompt of a turn: what never changes first, then the talk as it was heard, then the words, then the plan.

Token-stable on purpose: an open prompt (the person still speaks) is a prefix of the closed one wherever the words
agree, and an exchange keeps its exact text in later turns, so the language model's cache stays valid. Pure but for
reading the package's own files once. Knows nothing about tokens; it estimates them.
"""

from __future__ import annotations

import functools
import json
import re
from collections.abc import Iterable

from warmline.dialogue.languages import ENGLISH, joined
from warmline.dialogue.llm.base import Message, Prompt
from warmline.dialogue.memory.summary import summary
from warmline.dialogue.prompt.cue import cue
from warmline.dialogue.prompt.folder import folder_of
from warmline.dialogue.types import Plan, Turn
from warmline.emotion.types import ParalinguisticTags

HISTORY_TOKENS = 1800
"""Estimated tokens of past exchanges kept in the prompt."""

DROP = 6
"""Exchanges dropped at once when there are too many: dropping one a turn would re-read the history at every turn."""

CARRIED = 2
"""Exchanges that a change of language carries over: the rest would have to be read at once."""

LONG_TURN = 400
"""Words of one turn beyond which its middle is left out."""

_HEAD, _STEP = 100, 100
_CONTROL = re.compile(r"[\[\]{}<>|`]")
_SPACES = re.compile(r"\s+")
_LAST_MARKS = re.compile(r"[\s.,;:!?…\-–—]+$")


@functools.cache
def fixed(language: str = ENGLISH) -> tuple[Message, ...]:
    """The part that no turn changes: who speaks, what the notes mean, and examples of our own as past exchanges."""
    folder = folder_of(language)
    system = folder.joinpath("system.md").read_text(encoding="utf-8").strip()
    messages = [Message("system", _SPACES.sub(" ", system))]
    for example in json.loads(folder.joinpath("examples.json").read_text(encoding="utf-8"))["examples"]:
        messages += [Message("user", f"{example['words']} {example['cue']}"), Message("assistant", example["reply"])]
    return tuple(messages)


@functools.cache
def examples(language: str = ENGLISH) -> tuple[str, ...]:
    """The replies of the examples: a reply to a person must not copy them."""
    return tuple(message.text for message in fixed(language) if message.role == "assistant")


def opening(turns: tuple[Turn, ...], partial: str, language: str = ENGLISH, memory: tuple[str, ...] = ()) -> Prompt:
    """What can be read while the person still speaks: ``partial`` is their words so far, whole words only; ``memory``
    what of earlier calls stands beside them."""
    before, pending = _history(turns, language)
    words = _LAST_MARKS.sub("", " ".join((*pending, partial)))
    shared = not before and not words and not memory
    return Prompt(
        (*fixed(language), *before, Message("user", recalled(memory) + clip(words))), open=True, shared=shared
    )


def closed(
    turns: tuple[Turn, ...], text: str, plan: Plan, tags: ParalinguisticTags, assistant_start: str = ""
) -> Prompt:
    """The whole prompt of a turn, in the plan's language: ``text`` is what the person said, the plan's note comes
    last."""
    before, pending = _history(turns, plan.language)
    words = clip(" ".join((*pending, text))) or "..."
    user = f"{recalled(plan.memory)}{words} {cue(plan, tags)}"
    messages = (*fixed(plan.language), *before, Message("user", user))
    return Prompt(messages, assistant_start=assistant_start)


def recalled(memory: tuple[str, ...]) -> str:
    """The note before the words: what the person said in an earlier call. It costs nothing after the turn's end, since
    it is read while they speak."""
    return "".join(f"[earlier: {clip(words)}] " for words in memory)


def clip(text: str) -> str:
    """One line without control marks; of a very long turn the beginning and the end, cut in steps of 100 words (of
    Chinese, characters)."""
    line = " ".join(_SPACES.sub(" ", _CONTROL.sub("", text)).split())
    chinese = sum(1 for char in line if ord(char) > 0x2E7F) > len(line) // 2
    between = "" if chinese else " "
    words = list(line) if chinese else line.split(" ")
    if len(words) <= LONG_TURN:
        return line
    dropped = -(-(len(words) - LONG_TURN) // _STEP) * _STEP
    return between.join((*words[:_HEAD], "…", *words[_HEAD + dropped :]))


def tokens(text: str) -> int:
    """About how many tokens ``text`` has, never far too few."""
    wide = sum(1 for char in text if ord(char) > 0x2E7F)
    return wide + (len(text) - wide) // 4 + 1


def _history(turns: tuple[Turn, ...], language: str) -> tuple[list[Message], tuple[str, ...]]:
    """Past exchanges as messages, the oldest dropped and told in a line instead; and words of the person that were
    never answered."""
    told = turns[_since(turns, language) :]
    exchanges, pending = _exchanges(told)
    costs = [tokens(user) + tokens(reply) + 10 for user, reply, _ in exchanges]
    start = 0
    while sum(costs[start:]) > HISTORY_TOKENS and start < len(costs):
        start += DROP
    messages: list[Message] = []
    for user, reply, _ in exchanges[start:]:
        messages += [Message("user", user), Message("assistant", reply)]
    if start and messages and language == ENGLISH:
        line = clip(summary(told[: exchanges[start - 1][2]]))
        messages[0] = Message("user", f"[so far: {line}] {messages[0].text}") if line else messages[0]
    return messages, pending


def _since(turns: tuple[Turn, ...], language: str) -> int:
    """Where the part begins that is told: a change of language is read anew, with little of what was before it."""
    start = len(turns)
    while start and turns[start - 1].plan.language == language:
        start -= 1
    return max(0, start - CARRIED)


def _exchanges(turns: Iterable[Turn]) -> tuple[list[tuple[str, str, int]], tuple[str, ...]]:
    """Each as what the person said, what they heard, and how many turns there were up to it; and words of the person
    that were never answered."""
    done: list[tuple[str, str, int]] = []
    pending: tuple[str, ...] = ()
    for count, turn in enumerate(turns, 1):
        words = (*pending, turn.user.text)
        reply = joined(_SPACES.sub(" ", turn.heard).split(" "))
        if not reply:
            pending = words
            continue
        user = f"{recalled(turn.plan.memory)}{clip(' '.join(words)) or '...'} {cue(turn.plan, turn.tags)}"
        done.append((user, reply, count))
        pending = ()
    return done, pending
