"""Written replies, judged: the best become lessons, the best and the worst of a moment become a pair.

A reply that begins as many others do counts for less, so that the model is not taught a favourite sentence.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from warmline.dialogue.speakable import words_of
from warmline.dialogue.training.chat import Lesson, Pair
from warmline.dialogue.training.judge import Judge, Verdict

WORN = 2.0
"""Price of a beginning, times the share of other replies of the kind that have it too."""

GOOD, BETTER = 0.9, 0.35
"""A reply is learnt from this score on, and preferred where it is better by so much."""


@dataclass(frozen=True, slots=True)
class Judged:
    """``ids``: the reply's tokens without its start and its end; ``text``: the whole reply; ``score``: with the price
    of a worn beginning."""

    ids: list[int]
    text: str
    verdict: Verdict
    score: float


def judged(
    moments: Sequence[dict[str, Any]],
    written: Sequence[Sequence[Sequence[int]]],
    text: Callable[[Sequence[int]], str],
    judge: Judge,
    most: int,
    workers: int = 12,
) -> list[list[Judged]]:
    """The replies of each moment, the worst first. ``most``: tokens that no finished reply reaches."""

    def one(place: int) -> list[tuple[list[int], str, Verdict]]:
        moment = moments[place]
        earlier = [reply for _, reply in moment["history"]]
        # the beginning is the product's own: its words are not the model's to answer for
        talk = " ".join([moment["start"], *(part for exchange in moment["history"] for part in exchange)])
        found = []
        for ids in written[place]:
            said = joined(moment["start"], text(ids))
            verdict = judge.verdict(said, moment["kind"], moment["words"], earlier, len(ids) < most, talk)
            found.append((list(ids), said, verdict))
        return found

    with ThreadPoolExecutor(workers) as pool:
        rows = list(pool.map(one, range(len(written))))
    begins = [[(moment["kind"], _begin(moment["start"], said)) for _, said, _ in row] for moment, row in
              zip(moments, rows, strict=True)]  # fmt: skip
    counts, totals = Counter(key for row in begins for key in row), Counter(key[0] for row in begins for key in row)
    made = []
    for row, keys in zip(rows, begins, strict=True):
        each = [
            Judged(ids, said, verdict, verdict.score - WORN * (counts[key] - 1) / totals[key[0]])
            for (ids, said, verdict), key in zip(row, keys, strict=True)
        ]
        made.append(sorted(each, key=lambda found: found.score))
    return made


def joined(start: str, rest: str) -> str:
    """The reply as it is heard: ``rest`` goes on from ``start``."""
    rest = rest.split("\n")[0].strip()
    return f"{start} {rest}" if start and rest[:1].isalnum() else start + rest


def lessons(moments: Sequence[dict[str, Any]], rows: Sequence[Sequence[Judged]], end: int) -> list[Lesson]:
    """The best reply of every moment that has a good one."""
    return [
        _lesson(moment, row[-1], end) for moment, row in zip(moments, rows, strict=True) if row and row[-1].score > GOOD
    ]


def pairs(moments: Sequence[dict[str, Any]], rows: Sequence[Sequence[Judged]], end: int, seed: int = 0) -> list[Pair]:
    """The best and the worst reply of every moment where they differ clearly and the best is good."""
    made = [
        Pair(_lesson(moment, row[-1], end), _lesson(moment, row[0], end))
        for moment, row in zip(moments, rows, strict=True)
        if row and row[-1].score > GOOD and row[-1].score - row[0].score > BETTER
    ]
    random.Random(seed).shuffle(made)
    return made


def tally(rows: Sequence[Sequence[Judged]]) -> dict[str, Any]:
    """What the judge found in all replies."""
    every = [one for row in rows for one in row]
    scores = [one.score for one in every]
    return {
        "replies": len(every),
        "faults": dict(Counter(one.verdict.fault or "none" for one in every)),
        "loose": sum(len(one.verdict.loose) for one in every) / max(1, len(every)),
        "mean": sum(scores) / max(1, len(scores)),
        "mean_best": sum(row[-1].score for row in rows if row) / max(1, len(rows)),
    }


def _lesson(moment: dict[str, Any], one: Judged, end: int) -> Lesson:
    given = moment["ids"]
    return Lesson([*given, *one.ids, end], [False] * len(given) + [True] * (len(one.ids) + 1), moment["shared"])


def _begin(start: str, said: str) -> str:
    return " ".join(words_of(said.removeprefix(start))[:3])
