"""Agreement against known values: Shrout and Fleiss's own table, scikit-learn's kappa, and what must hold."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from warmline.dialogue.evaluate.conversation.agreement import icc, in_words, pairwise_kappa, weighted_kappa

SHROUT_FLEISS = [[9, 2, 5, 8], [6, 1, 3, 2], [8, 4, 6, 8], [7, 1, 2, 6], [10, 5, 6, 9], [6, 2, 4, 7]]
"""Six subjects, four judges (Psychological Bulletin 86, 1979): ICC(2,1) = .29, ICC(2,4) = .62."""
SCORES = st.lists(st.integers(0, 4), min_size=3, max_size=40)


def test_icc_of_shrout_and_fleiss() -> None:
    one, mean = icc(SHROUT_FLEISS)
    assert (one, mean) == (pytest.approx(0.29, abs=0.005), pytest.approx(0.62, abs=0.005))


def test_icc_is_one_for_equal_judges_and_falls_with_a_constant_shift() -> None:
    same = [[1, 1], [2, 2], [4, 4]]
    assert icc(same) == (pytest.approx(1.0), pytest.approx(1.0))
    assert icc([[1, 2], [2, 3], [3, 4]])[0] < 0.8  # absolute agreement: a shift counts against them


@pytest.mark.parametrize("table", [[[1.0, 2.0]], [[1.0], [2.0]], [[2.0, 2.0], [2.0, 2.0]]])
def test_icc_that_cannot_be_told_is_nan(table: list[list[float]]) -> None:
    assert all(math.isnan(value) for value in icc(table))


@given(SCORES, st.randoms())
def test_kappa_is_that_of_scikit_learn(one: list[int], draw) -> None:  # type: ignore[no-untyped-def]
    metrics = pytest.importorskip("sklearn.metrics")
    two = [draw.randint(0, 4) for _ in one]
    ours = weighted_kappa(one, two)
    if math.isnan(ours):
        assert set(one) == set(two)
        return
    theirs = metrics.cohen_kappa_score(one, two, weights="quadratic", labels=list(range(5)))
    assert ours == pytest.approx(theirs)


@given(SCORES)
def test_kappa_of_a_judge_with_itself(one: list[int]) -> None:
    found = weighted_kappa(one, one)
    assert found == pytest.approx(1.0) or (math.isnan(found) and len(set(one)) == 1)


def test_kappa_of_opposites_and_of_unequal_lists() -> None:
    assert weighted_kappa([0, 4, 0, 4], [4, 0, 4, 0]) == pytest.approx(-1.0)
    with pytest.raises(ValueError, match="2 scores"):
        weighted_kappa([1, 2], [1, 2, 3])
    assert math.isnan(weighted_kappa([1], [2]))


def test_pairs_are_averaged() -> None:
    table = np.array([[0, 0, 4], [4, 4, 0], [0, 0, 4], [4, 4, 0]])
    assert pairwise_kappa(table) == pytest.approx((1.0 - 1.0 - 1.0) / 3)


@pytest.mark.parametrize(
    ("value", "words"),
    [(-0.3, "none"), (0.1, "slight"), (0.5, "moderate"), (0.95, "almost perfect"), (math.nan, "cannot")],
)
def test_agreement_in_words(value: float, words: str) -> None:
    assert words in in_words(value)
