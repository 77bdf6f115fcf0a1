"""Prints gathered into speakers: agglomerative clustering by average likeness. Pure.

Source of the method: average linkage (Sokal and Michener, 1958), with voiceprints weighted by how much voice they were
made of, as diarisation systems before end-to-end ones did it. It cannot separate two people within one span.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from warmline.speech.diarize.base import NOBODY, Likeness, Voiceprint, unit

SAME_FROM = 0.5
"""Groups that are less likely than this to be one person stay apart."""


def clustered(
    prints: Sequence[Voiceprint | None], likeness: Callable[[Voiceprint, Voiceprint], Likeness]
) -> tuple[int, ...]:
    """A label for each print, numbered in order of appearance; NOBODY for None.

    The two likest groups are joined, a group being the mean of its prints, until none are likely to be one person.
    O(n^3) in the worst case: meant for hundreds of spans."""
    groups = [([i], one) for i, one in enumerate(prints) if one is not None]
    table = np.array([[likeness(a, b).probability for _, b in groups] for _, a in groups])
    if len(groups) > 1:
        np.fill_diagonal(table, -1.0)
    while len(groups) > 1:
        i, j = sorted(int(k) for k in np.unravel_index(int(table.argmax()), table.shape))
        if table[i, j] < SAME_FROM:
            break
        groups[i] = (groups[i][0] + groups[j][0], _joined(groups[i][1], groups[j][1]))
        del groups[j]
        table = np.delete(np.delete(table, j, 0), j, 1)
        row = [likeness(groups[i][1], other).probability for _, other in groups]
        table[i], table[:, i] = row, row
        table[i, i] = -1.0
    labels = [NOBODY] * len(prints)
    for label, (members, _) in enumerate(sorted(groups, key=lambda group: min(group[0]))):
        for member in members:
            labels[member] = label
    return tuple(labels)


def _joined(one: Voiceprint, other: Voiceprint) -> Voiceprint:
    mixed = one.values * one.voiced_s + other.values * other.voiced_s
    return Voiceprint(unit(mixed), one.voiced_s + other.voiced_s, one.encoder)
