"""Batches of texts for the safety network, without end: every text changed anew each time it is read.

A pass is every sentence of ours and some everyday lines; texts of like length stand together. The same seed gives the
same batches, with helping processes or without.
"""

from __future__ import annotations

import multiprocessing
import random
from collections import deque
from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

import numpy as np
from numpy.typing import NDArray

from warmline.dialogue.safety.reading import END, PAD, START, packed
from warmline.dialogue.safety.risk_reader import LABELS
from warmline.dialogue.safety.training.screen_samples import EVERYDAY, Heard, changed
from warmline.emotion.text.tokens import Pieces

Batch = tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float32], NDArray[np.float32]]
"""Ids and mask [B, L], truth and weight [B, len(LABELS)]; a label that is not known weighs nothing."""

_TOGETHER = 20
"""Batches that are sorted by length together."""


@dataclass(frozen=True, slots=True)
class _Maker:
    """Reads ``learnt`` by place. ``around``: lines of other talk to stand beside a text."""

    pieces: Pieces
    learnt: Sequence[Heard]
    around: Sequence[str]
    size: int

    def __call__(self, task: tuple[int, Sequence[int]]) -> list[Batch]:
        seed, chosen = task
        chance = random.Random(seed)
        texts = [self.learnt[place] for place in chosen]
        read = [(list(packed(self.pieces, changed(one, self.around, chance)).ids), one) for one in texts]
        read.sort(key=lambda pair: len(pair[0]))
        groups = [read[at : at + self.size] for at in range(0, len(read), self.size)]
        chance.shuffle(groups)
        return [_batch(group) for group in groups]


_making: list[_Maker] = []
"""The maker of a helping process."""


def _begin(maker: _Maker) -> None:
    _making[:] = [maker]


def batches(
    pieces: Pieces, learnt: Sequence[Heard], size: int, everyday: int, seed: int, workers: int
) -> Generator[Batch, None, None]:
    """``everyday``: lines of everyday talk a pass. ``workers``: helping processes; close the generator to end them."""
    around = [one.text for one in learnt if one.kind == EVERYDAY]
    maker, tasks = _Maker(pieces, learnt, around, size), _tasks(learnt, size, everyday, seed)
    if not workers:
        for task in tasks:
            yield from maker(task)
        return
    # not by fork: this process has threads of its own by now, and a copy of them may wait for ever
    with multiprocessing.get_context("spawn").Pool(workers, _begin, (maker,)) as pool:
        waiting: deque[Any] = deque(pool.apply_async(_made, (task,)) for task in islice(tasks, 2 * workers))
        while True:
            waiting.append(pool.apply_async(_made, (next(tasks),)))
            yield from waiting.popleft().get()


def _made(task: tuple[int, Sequence[int]]) -> list[Batch]:
    return _making[0](task)


def _tasks(learnt: Sequence[Heard], size: int, everyday: int, seed: int) -> Iterator[tuple[int, list[int]]]:
    """A seed, and places in ``learnt``, some batches at once."""
    chance = random.Random(seed)
    behind = [place for place, one in enumerate(learnt) if one.kind == EVERYDAY]
    ours = [place for place, one in enumerate(learnt) if one.kind != EVERYDAY]
    while True:
        every = [*ours, *chance.sample(behind, min(len(behind), everyday))]
        chance.shuffle(every)
        for at in range(0, len(every), _TOGETHER * size):
            yield chance.getrandbits(32), every[at : at + _TOGETHER * size]


def _batch(group: Sequence[tuple[list[int], Heard]]) -> Batch:
    longest = max(len(ids) for ids, _ in group)
    assert all(ids[0] == START and ids[-1] == END for ids, _ in group)
    ids = np.array([[*row, *[PAD] * (longest - len(row))] for row, _ in group], np.int64)
    mask = np.array([[1] * len(row) + [0] * (longest - len(row)) for row, _ in group], np.int64)
    truth = np.array([[one.answers.get(label, False) for label in LABELS] for _, one in group], np.float32)
    known = np.array([[one.weight * (label in one.answers) for label in LABELS] for _, one in group], np.float32)
    return ids, mask, truth, known
