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

from warmline.dialogue.llm.base import Message, Prompt
from warmline.dialogue.prompt.cue import cue
from warmline.dialogue.prompt.folder import ENGLISH, folder_of
from warmline.dialogue.types import Plan, Turn
from warmline.emotion.types import ParalinguisticTags

HISTORY_TOKENS = 1800
"""Estimated tokens of past exchanges kept in the prompt."""

DROP = 6
"""Exchanges dropped at once when there are too many: dropping one a turn would re-read the history at every turn."""

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


def opening(turns: tuple[Turn, ...], partial: str, language: str = ENGLISH) -> Prompt:
    """What can be read while the person still speaks: ``partial`` is their words so far, whole words only."""
    before, pending = _history(turns)
    words = _LAST_MARKS.sub("", " ".join((*pending, partial)))
    shared = not before and not words
    return Prompt((*fixed(language), *before, Message("user", clip(words))), open=True, shared=shared)


def closed(
    turns: tuple[Turn, ...],
    text: str,
    plan: Plan,
    tags: ParalinguisticTags,
    assistant_start: str = "",
    language: str = ENGLISH,
) -> Prompt:
    """The whole prompt of a turn: ``text`` is what the person said, the plan's note comes last."""
    before, pending = _history(turns)
    words = clip(" ".join((*pending, text))) or "..."
    messages = (*fixed(language), *before, Message("user", f"{words} {cue(plan, tags)}"))
    return Prompt(messages, assistant_start=assistant_start)


def clip(text: str) -> str:
    """One line without control marks; of a very long turn the beginning and the end, cut in steps of 100 words."""
    words = _SPACES.sub(" ", _CONTROL.sub("", text)).split()
    if len(words) <= LONG_TURN:
        return " ".join(words)
    dropped = -(-(len(words) - LONG_TURN) // _STEP) * _STEP
    return " ".join((*words[:_HEAD], "…", *words[_HEAD + dropped :]))


def tokens(text: str) -> int:
    """About how many tokens ``text`` has, never far too few."""
    wide = sum(1 for char in text if ord(char) > 0x2E7F)
    return wide + (len(text) - wide) // 4 + 1


def _history(turns: tuple[Turn, ...]) -> tuple[list[Message], tuple[str, ...]]:
    """Past exchanges as messages, the oldest dropped; and words of the person that were never answered."""
    exchanges, pending = _exchanges(turns)
    costs = [tokens(user) + tokens(reply) + 10 for user, reply in exchanges]
    start = 0
    while sum(costs[start:]) > HISTORY_TOKENS and start < len(costs):
        start += DROP
    messages: list[Message] = []
    for user, reply in exchanges[start:]:
        messages += [Message("user", user), Message("assistant", reply)]
    return messages, pending


def _exchanges(turns: Iterable[Turn]) -> tuple[list[tuple[str, str]], tuple[str, ...]]:
    done: list[tuple[str, str]] = []
    pending: tuple[str, ...] = ()
    for turn in turns:
        words = (*pending, turn.user.text)
        reply = _SPACES.sub(" ", turn.heard).strip()
        if not reply:
            pending = words
            continue
        done.append((f"{clip(' '.join(words)) or '...'} {cue(turn.plan, turn.tags)}", reply))
        pending = ()
    return done, pending
