"""The one sentence with which the protocol takes up what was just said, before it says or asks anything itself.

Pure. It reflects the manner of an answer and its subject; it never probes, and says no sentence twice in a call.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable
from dataclasses import dataclass

from warmline.dialogue.safety.answers import Heard
from warmline.dialogue.safety.asks import Ask
from warmline.dialogue.safety.lines import Lines, Reply
from warmline.dialogue.safety.steps import ON_HELP, PROBES, Path

_GIVES = frozenset({Ask.TRUSTED, Ask.TRUSTED_YOUNG, Ask.COPING, Ask.WHERE, Ask.NEXT})
"""Questions whose answer, where there is one, is something to hold on to."""


@dataclass(frozen=True, slots=True)
class Moment:
    """What an opening depends on. ``said``: sentences already spoken; ``start``: where a pool begins in this call."""

    text: str
    heard: Heard
    pending: Ask | None
    path: Path
    first: bool
    changed: bool
    rising: bool
    taken_back: bool
    line_given: bool
    said: frozenset[str]
    start: int


def pick(pool: tuple[str, ...], said: frozenset[str], start: int) -> str:
    """The first sentence of a pool that was not spoken yet, beginning at ``start``; "" when all were."""
    turned = [pool[(start + zlib.crc32(pool[0].encode()) + at) % len(pool)] for at in range(len(pool))]
    return next((sentence for sentence in turned if sentence not in said), "")


def opening(words: Lines, moment: Moment) -> str:
    """A sentence that takes up what was said, or "" when none is left."""
    for pool in _pools(words, moment):
        found = pick(pool, moment.said, moment.start)
        if found:
            return found
    return ""


def _pools(words: Lines, moment: Moment) -> Iterable[tuple[str, ...]]:
    """Pools of sentences, the most fitting first."""
    hear, heard = words.hear, moment.heard
    if heard.asks_what_we_are or heard.person:
        yield hear["human"]
    if moment.first or moment.changed:
        yield hear["taken_back"] if moment.taken_back else hear[f"open_{moment.path.value}"]
    elif moment.rising:
        yield hear["raised"]
    elif moment.taken_back:
        yield hear["taken_back"]
    yield from _to_manner(words, moment)
    yield from _to_answer(words, moment)
    if moment.path is Path.SELF:
        yield _about(words.themes, moment.text)
    yield hear["heard"]


def _to_manner(words: Lines, moment: Moment) -> Iterable[tuple[str, ...]]:
    hear, heard = words.hear, moment.heard
    if heard.silent:
        yield hear["silence"]
    if heard.angry:
        yield hear["angry"]
    if heard.refuses_help or (moment.pending in ON_HELP and not heard.yes):
        yield _about(words.barriers, moment.text)
        if (heard.no or heard.refuses_help) and moment.line_given:
            yield hear["no_push"]
    if heard.declines:
        yield hear["declines"]
    if heard.turns_away:
        yield hear["turned"]


def _to_answer(words: Lines, moment: Moment) -> Iterable[tuple[str, ...]]:
    hear, heard, pending = words.hear, moment.heard, moment.pending
    if pending is None:
        return
    if heard.unsure:
        yield hear["doubt"]
    elif heard.yes:
        yield hear["yes"] if pending in PROBES else hear["good"]
    elif heard.no:
        yield hear["no"] if pending in PROBES or pending is Ask.AGE else hear["sorry_no"]
    elif pending in _GIVES and not (heard.closed or heard.refuses_help):
        yield hear["good"]


def _about(replies: tuple[Reply, ...], text: str) -> tuple[str, ...]:
    """All sentences whose subject is in the words."""
    plain = text.replace("’", "'")
    return tuple(sentence for reply in replies if reply.when.search(plain) for sentence in reply.say)
