"""An answer of the head, settled on sentences that the layers did not learn: of what they learnt by heart they are
too sure.

The first head's score and the encoder's row go into a logistic regression that is drawn towards the first head. Folds
by thought give each text a score by a head that knew no wording of it; the cut-off comes from these. Deterministic.
"""

from __future__ import annotations

from collections.abc import Sequence
from zlib import crc32

import numpy as np
import scipy.optimize
from numpy.typing import NDArray

from warmline.dialogue.evaluate.conversation import seeker
from warmline.dialogue.evaluate.languages import callers
from warmline.dialogue.evaluate.openings import Opener, problems
from warmline.dialogue.evaluate.seeker import answers, situations

Doubles = NDArray[np.float64]
FOLDS = 5

CAUSES = ("the exam", "my job", "the divorce", "the money", "my brother", "all of this", "that night")
"""What the seekers of whole talks are about here: they point at it more than they say."""


def calm() -> list[str]:
    """What our own simulated callers say who are in no danger: sad, worried and everyday lines in four languages."""
    found = [line for one in callers() for line in one.says]
    found += [line for one in situations() for line in one.says]
    found += [line for rows in answers().values() for line in rows]
    for distress in range(1, 6):
        for seed, problem in enumerate(problems()):
            opener = Opener(problem, distress, "advice", True, seed)
            found += [opener.says(turn, None) for turn in range(10)]
    table = seeker.table()
    pools = [*table["says"].values(), *(pool for mood in table["feels"].values() for pool in mood.values())]
    found += [line.format(cause=cause) for pool in pools for line in pool for cause in CAUSES]
    return list(dict.fromkeys(found))


def settled(
    rows: Doubles, first: Doubles, truth: Doubles, weight: Doubles, groups: Sequence[str], pull: float
) -> tuple[float, Doubles, Doubles]:
    """``rows`` [N, E] of the texts, ``first`` [N]: the first head's scores, ``truth`` [N] 0 or 1, ``weight`` [N],
    ``pull``: penalty of what is added. Gives what the first head is multiplied by, what is added to it (weights and
    bias, [E + 1]), and scores out of fold [N]."""
    centre, spread = rows.mean(axis=0), rows.std(axis=0) + 1e-6
    table = (rows - centre) / spread
    fold = np.array([crc32(group.encode()) % FOLDS for group in groups])
    scores = np.zeros(len(rows))
    for number in range(FOLDS):
        seen, unseen = fold != number, fold == number
        scale, more = _fit(table[seen], first[seen], truth[seen], weight[seen], pull)
        scores[unseen] = scale * first[unseen] + table[unseen] @ more[:-1] + more[-1]
    scale, more = _fit(table, first, truth, weight, pull)
    added = more[:-1] / spread
    return scale, np.append(added, more[-1] - added @ centre), scores


def _fit(table: Doubles, first: Doubles, truth: Doubles, weight: Doubles, pull: float) -> tuple[float, Doubles]:
    weight = weight / weight.sum()
    signs = np.where(truth > 0, 1.0, -1.0)

    def loss(theta: Doubles) -> tuple[float, Doubles]:
        scores = theta[0] * first + table @ theta[1:-1] + theta[-1]
        value = float((weight * np.logaddexp(0.0, -signs * scores)).sum() + 0.5 * pull * (theta[1:-1] ** 2).sum())
        slope = weight * (1.0 / (1.0 + np.exp(-np.clip(scores, -30.0, 30.0))) - truth)
        return value, np.concatenate([[slope @ first], table.T @ slope + pull * theta[1:-1], [slope.sum()]])

    start = np.concatenate([[0.5], np.zeros(table.shape[1] + 1)])
    found = scipy.optimize.minimize(loss, start, jac=True, method="L-BFGS-B", options={"maxiter": 150})
    return float(found.x[0]), np.asarray(found.x[1:], np.float64)
