"""The best path through a few candidates a frame (Viterbi 1967), without a loop over all frames. Pure numpy.

The path is cut into blocks of about the square root of its length, whose best scores from entry to exit are worked out
side by side. It knows scores and jumps only, not what the candidates mean.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]


def best_path(score: Floats, step: Floats) -> NDArray[np.intp]:
    """The candidates of the best path: intp[T].

    ``score``: float[T, K], what each candidate earns. ``step``: float[T - 1, K, K], what it earns to go from candidate
    i of frame t to candidate j of frame t + 1 (costs are negative). Where two paths are equally good, either may be
    answered, frame by frame.
    """
    if len(score) < 2:
        return np.asarray(score.argmax(axis=1), np.intp)
    forward = _reached(score, step)
    backward = _reached(score[::-1], step[::-1].transpose(0, 2, 1))[::-1]
    # the best whole path through each candidate; its own score is counted on both sides
    return np.asarray((forward + backward - score).argmax(axis=1), np.intp)


def _reached(score: Floats, step: Floats) -> Floats:
    """float[T, K]: the best score of a path that ends in each candidate."""
    count, width = score.shape
    length = max(2, math.isqrt(count))
    blocks = -(-count // length)
    # the first frame is entered from nowhere, the frames after the last earn nothing
    moves = np.zeros((blocks * length, width, width), np.float32)
    moves[1:count] = step
    moves[:count] += score[:, None, :]
    moves = moves.reshape(blocks, length, width, width)
    inside = np.empty_like(moves)
    inside[:, 0] = moves[:, 0]
    for place in range(1, length):
        inside[:, place] = (inside[:, place - 1][:, :, :, None] + moves[:, place][:, None, :, :]).max(axis=2)
    entry = np.zeros((blocks, width), np.float32)
    for block in range(1, blocks):
        entry[block] = (entry[block - 1][:, None] + inside[block - 1, -1]).max(axis=0)
    reached = (entry[:, None, :, None] + inside).max(axis=2)
    return np.asarray(reached.reshape(-1, width)[:count], np.float32)
