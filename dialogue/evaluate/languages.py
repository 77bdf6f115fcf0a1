"""What the language model can do in each language: callers of ours talk, and rules count what comes back.

Counted are the language of the reply (where :mod:`~warmline.dialogue.language_id` is clear about it), whether it does
what its form must (a planned question asks, another plan does not, advice only where planned), what the checks stopped,
and sentences of ours in place of the model's. Whether a reply is good in its language only a reader can tell.
"""

from __future__ import annotations

import functools
import statistics
import time
import tomllib
from collections import Counter
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass, replace
from importlib.resources import files

import numpy as np

from warmline.dialogue.checks import Context, Fault, fault
from warmline.dialogue.language_id import guess
from warmline.dialogue.languages import asks, joined, length
from warmline.dialogue.supporter import Supporter
from warmline.dialogue.types import Outcome, ReplySegment, Strategy, Turn
from warmline.emotion.types import ParalinguisticTags
from warmline.speech.runtime.cancel import CancelFlag
from warmline.speech.types import AudioChunk, Utterance

_LABELS = {"sad": "sad", "angry": "angry"}


@dataclass(frozen=True, slots=True)
class Caller:
    """Lines that make sense in order, whatever is answered. ``voice``: how about every second one sounds."""

    language: str
    voice: str
    says: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Answered:
    """One reply. ``first_ms``, ``model_ms``: until the first piece, and until the first of the model's (None: none)."""

    language: str
    words: str
    planned: Strategy
    reply: str
    reply_language: str
    sources: tuple[str, ...]
    faults: tuple[Fault, ...]
    first_ms: float
    model_ms: float | None


@dataclass(frozen=True, slots=True)
class Figures:
    """Rates in 0-1 over the replies that the model had to write. ``right``: planned in the caller's language and not
    clearly in another. ``formed``: a question exactly where one was planned, advice only where it was. ``ours``: with a
    sentence of ours in place of the model's. ``stopped``: with something that the checks stopped. ``words_median`` in
    English words."""

    n: int
    right: float
    formed: float
    ours: float
    stopped: float
    words_median: float
    first_ms: float
    model_ms: float
    faults: Mapping[str, int]


@functools.cache
def callers() -> tuple[Caller, ...]:
    text = files("warmline.dialogue.evaluate").joinpath("stories.toml").read_text(encoding="utf-8")
    return tuple(Caller(row["language"], row["voice"], tuple(row["says"])) for row in tomllib.loads(text)["caller"])


def labelled_turns() -> tuple[tuple[str, str], ...]:
    """Short turns of our own writing with their language, "other" for those we do not speak."""
    text = files("warmline.dialogue.evaluate").joinpath("turn_languages.tsv").read_text(encoding="utf-8")
    rows = [line.split("\t") for line in text.splitlines()[1:]]
    return tuple((language, words) for language, words in rows)


async def talk(supporter: Supporter, language: str, turns: int) -> AsyncGenerator[Answered, None]:
    """Each caller of the language in turn until ``turns`` replies of the model are there; at most once through all.
    Turns that the safety protocol or a notice of ours answers are talked through. Consume inside ``aclosing``."""
    done = 0
    for caller in (one for one in callers() if one.language == language):
        past: tuple[Turn, ...] = ()
        for at, words in enumerate(caller.says):
            tags = _tags(caller.voice) if at % 2 else ParalinguisticTags.unknown()
            turn, pieces, times = await _answer(supporter, words, tags, past)
            past = (*past, turn)
            if not any(piece.source in ("model", "fallback", "opening") for piece in pieces):
                continue
            model = next((when for piece, when in zip(pieces, times, strict=True) if piece.source == "model"), None)
            said = joined(piece.text for piece in pieces if piece.source != "notice")
            sources = tuple(piece.source for piece in pieces)
            found = supporter.realiser.faults
            yield Answered(
                language, words, turn.plan.strategy, said, turn.plan.language, sources, found, times[0], model
            )
            done += 1
            if done >= turns:
                return


async def _answer(
    supporter: Supporter, words: str, tags: ParalinguisticTags, past: tuple[Turn, ...]
) -> tuple[Turn, list[ReplySegment], list[float]]:
    """As in a call: the words are read ahead but for the last, then the plan and the reply against the clock."""
    flag = CancelFlag()
    await supporter.prepare(past, words.rpartition(" ")[0] or words[:-2], flag)
    utterance = Utterance(len(past) + 1, words, (), AudioChunk(np.zeros(0, np.float32)), "")
    began_s = time.perf_counter()
    plan = supporter.assess(words, tags, past)
    pieces: list[ReplySegment] = []
    times: list[float] = []
    async with aclosing(supporter.reply(utterance.id, utterance, tags, plan, past, flag)) as segments:
        async for segment in segments:
            pieces.append(segment)
            times.append((time.perf_counter() - began_s) * 1000.0)
    said = joined(piece.text for piece in pieces)
    user = replace(utterance, language=plan.language)
    return Turn(utterance.id, user, tags, plan, said, said, Outcome.SPOKEN), pieces, times


def _tags(voice: str) -> ParalinguisticTags:
    tags = ParalinguisticTags.unknown()
    labels = {label: 0.8 if label == voice else 0.2 / 7 for label in tags.labels}
    return replace(tags, valence=-0.5, labels=labels, confidence=0.7, label=_LABELS[voice])


def figures(replies: Sequence[Answered]) -> Figures:
    """``replies``: of one language, at least one."""
    return Figures(
        n=len(replies),
        right=statistics.fmean(_right(one) for one in replies),
        formed=statistics.fmean(formed(one) for one in replies),
        ours=statistics.fmean("fallback" in one.sources for one in replies),
        stopped=statistics.fmean(bool(one.faults) for one in replies),
        words_median=float(statistics.median(length(one.reply, one.language) for one in replies)),
        first_ms=statistics.median(one.first_ms for one in replies),
        model_ms=statistics.median([one.model_ms for one in replies if one.model_ms is not None] or [float("nan")]),
        faults=Counter(each.name for one in replies for each in one.faults),
    )


def _right(one: Answered) -> bool:
    found = guess(one.reply)
    return one.reply_language == one.language and (not found.clear or found.language == one.language)


def formed(one: Answered) -> bool:
    """Does the reply have the form of its plan? The same patterns as the checks, over the whole of it."""
    if one.planned is Strategy.QUESTION:
        return asks(one.reply)
    found = fault(one.reply, "", Context(one.planned, "", (), one.language))
    return found not in (Fault.ADVICE, Fault.QUESTION, Fault.CLAIM, Fault.LEAK)
