"""Under load there are fewer partials."""

from __future__ import annotations

from warmline.server.partials import FRESH, patience


def test_partials_that_come_in_time_come_as_often_as_ever() -> None:
    assert patience(0) == patience(FRESH) == 0


def test_the_later_they_come_the_longer_the_next_one_waits() -> None:
    waits = [patience(FRESH + behind) for behind in (0, 1_600, 16_000, 160_000)]
    assert waits == sorted(waits)
    assert waits[2] == 32_000
