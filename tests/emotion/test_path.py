"""The best path is the one that trying all paths finds."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from warmline.emotion.path import best_path


def worth(path, score, step):
    moves = sum(step[at, path[at], path[at + 1]] for at in range(len(path) - 1))
    return sum(score[at, place] for at, place in enumerate(path)) + moves


@settings(max_examples=40)
@given(st.integers(1, 7), st.integers(1, 3), st.integers(0, 10**6))
def test_no_other_path_earns_more(count, width, seed):
    chance = np.random.default_rng(seed)
    score = chance.normal(size=(count, width)).astype("f4")
    step = chance.normal(size=(count - 1, width, width)).astype("f4")
    best = max(worth(path, score, step) for path in itertools.product(range(width), repeat=count))
    assert worth(best_path(score, step), score, step) == pytest.approx(best, abs=1e-4)


def test_a_long_path_stays_on_the_smooth_side():
    """Every tenth frame the wrong candidate is stronger; jumps cost more than it earns."""
    score = np.tile(np.array([1.0, 0.0], "f4"), (500, 1))
    score[::10] = (0.0, 1.0)
    step = np.tile(np.array([[0.0, -2.0], [-2.0, 0.0]], "f4"), (499, 1, 1))
    assert not best_path(score, step).any()
    assert best_path(score, 0.0 * step)[::10].all()


def test_no_frames_give_no_path():
    assert len(best_path(np.zeros((0, 4), "f4"), np.zeros((0, 4, 4), "f4"))) == 0
