"""What several judges say together, and how far they agree: no score leaves here without its agreement. Pure."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from warmline.dialogue.evaluate.conversation.agreement import icc, in_words, pairwise_kappa
from warmline.dialogue.evaluate.conversation.judges import DIMENSIONS, Judge
from warmline.dialogue.evaluate.conversation.talk import Talk
from warmline.speech.runtime.errors import UnreadableInput

LEAST_TALKS = 3
PERSON = 2.0
"""The weight of a person who rated, against 1 for each judge by rules."""

Scores = Mapping[str, Mapping[str, float]]
"""By talk's key, then by dimension."""


@dataclass(frozen=True, slots=True)
class Seat:
    """One judge and what it gave."""

    name: str
    weight: float
    view: str
    scores: Scores


@dataclass(frozen=True, slots=True)
class Verdict:
    """One dimension. ``score``: weighted mean over judges and talks in 0-4, None where agreement cannot be told, and
    then ``why``. ``kappa``: mean quadratic weighted kappa of pairs; ``icc``: ICC(2,1); ``icc_mean``: ICC(2,k) of the
    mean. ``by_judge``: each judge's own mean."""

    dimension: str
    score: float | None
    kappa: float
    icc: float
    icc_mean: float
    judges: int
    talks: int
    by_judge: Mapping[str, float]
    why: str = ""

    @property
    def strength(self) -> str:
        """The agreement in words."""
        return in_words(self.kappa)


def key(talk: Talk) -> str:
    """A talk's name that tells nothing about it, for blind rating; the same at each run."""
    return hashlib.sha256(f"{talk.system} {talk.name} {len(talk.exchanges)}".encode()).hexdigest()[:12]


def seated(judge: Judge, talks: Sequence[Talk]) -> Seat:
    """What a judge by rules gives to some talks."""
    return Seat(judge.name, judge.weight, judge.view, {key(talk): judge.scores(talk) for talk in talks})


def verdicts(seats: Sequence[Seat], talks: Sequence[Talk], others: Sequence[Talk] = ()) -> tuple[Verdict, ...]:
    """Every dimension that any judge scored: the score is of ``talks``, the agreement of ``others`` besides."""
    found = (_verdict(dimension, seats, talks, others) for dimension in DIMENSIONS)
    return tuple(one for one in found if one is not None)


def _verdict(dimension: str, seats: Sequence[Seat], mine: Sequence[Talk], others: Sequence[Talk]) -> Verdict | None:
    talks = (*mine, *others)
    heard = [seat for seat in seats if any(dimension in seat.scores.get(key(talk), {}) for talk in talks)]
    if not heard:
        return None
    # a talk counts where every judge of this dimension has seen it
    common = [talk for talk in talks if all(dimension in seat.scores.get(key(talk), {}) for seat in heard)]
    table = np.array([[seat.scores[key(talk)][dimension] for seat in heard] for talk in common], float)
    why = ""
    if len(heard) < 2:
        why = "one judge alone: nobody to agree with"
    elif len(common) < LEAST_TALKS:
        why = f"{len(common)} talks seen by all of {len(heard)} judges: {LEAST_TALKS} are needed"
    if why:
        return Verdict(dimension, None, math.nan, math.nan, math.nan, len(heard), len(common), {}, why)
    kappa = pairwise_kappa(table)
    one, mean = icc(table)
    if math.isnan(kappa) and math.isnan(one):
        why = "all judges gave one and the same score to all talks: whether they agree cannot be told"
        return Verdict(dimension, None, kappa, one, mean, len(heard), len(common), {}, why)
    ours = table[[talk in mine for talk in common]]
    if not len(ours):
        return None
    weights = np.array([seat.weight for seat in heard])
    score = float((ours.mean(axis=0) * weights).sum() / weights.sum())
    means = dict(zip((seat.name for seat in heard), (round(float(x), 3) for x in ours.mean(axis=0)), strict=True))
    return Verdict(dimension, round(score, 3), kappa, one, mean, len(heard), len(common), means)


def people(paths: Sequence[Path]) -> tuple[Seat, ...]:
    """Ratings that people saved from the rating page. Raises UnreadableInput."""
    found = []
    for path in paths:
        try:
            saved = json.loads(path.read_text(encoding="utf-8"))
            rows = {
                name: {one: float(level) for one, level in marks.items() if one in DIMENSIONS and level in _LEVELS}
                for name, marks in saved["ratings"].items()
            }
            rater = str(saved.get("rater") or path.stem)
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            raise UnreadableInput(
                f"{path} holds no ratings: give a file that was saved from the rating page"
            ) from error
        found.append(Seat(f"person {rater}", PERSON, "a person who read the talks blind", rows))
    return tuple(found)


_LEVELS = frozenset(("0", "1", "2", "3", "4"))
