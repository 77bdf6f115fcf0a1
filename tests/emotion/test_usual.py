"""A caller's usual sound: causal, slow to believe, deaf to what was not measured."""

import numpy as np

from warmline.emotion.usual import PRIOR, Usual

MEAN = np.array([1.0, 2.0], "f4")


def test_nobody_is_usual() -> None:
    np.testing.assert_array_equal(Usual.nobody(2).shift, [0.0, 0.0])


def test_the_first_turns_change_little_and_many_all() -> None:
    usual = Usual.nobody(2)
    shifts = []
    for _ in range(400):
        usual = usual.after(np.array([3.0, 2.0], "f4"), MEAN)
        shifts.append(usual.shift[0])
    assert shifts[0] == np.float32(2.0 / (1 + PRIOR))
    assert np.all(np.diff(shifts) > 0)
    assert shifts[-1] > 1.95
    assert usual.shift[1] == 0.0


def test_what_was_not_measured_is_not_learnt() -> None:
    usual = Usual.nobody(2).after(np.array([np.nan, 4.0], "f4"), MEAN)
    assert usual.shift[0] == 0.0
    assert usual.shift[1] > 0.0
