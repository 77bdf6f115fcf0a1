"""A method that is given away weakly works while its object lives, and does not keep it alive."""

from __future__ import annotations

import gc
from weakref import ref

import pytest

from warmline.speech.runtime.weakly import weakly


class Whole:
    """Gives its own method to a part of its own."""

    def __init__(self) -> None:
        self.added = 0
        self.add_from_part = weakly(self.add)

    def add(self, count: int, *, twice: bool = False) -> int:
        self.added += 2 * count if twice else count
        return self.added


def test_it_is_the_method() -> None:
    whole = Whole()
    assert whole.add_from_part(2) == 2
    assert whole.add_from_part(3, twice=True) == 8


def test_its_object_is_freed_without_the_collector_and_then_says_so() -> None:
    gc.disable()
    try:
        whole = Whole()
        given, seen = whole.add_from_part, ref(whole)
        del whole
        assert seen() is None
    finally:
        gc.enable()
    with pytest.raises(ReferenceError, match=r"Whole\.add"):
        given(1)
