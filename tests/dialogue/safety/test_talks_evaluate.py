"""Whole calls are screened line by line, with the call so far, and counted by call."""

from __future__ import annotations

import math
from pathlib import Path

import pytest

from warmline.dialogue.safety.deep_reader import CUTS, DeepReader
from warmline.dialogue.safety.evaluate import Labelled, read
from warmline.dialogue.safety.talks_evaluate import Heard, figures, measure_talks, talks
from warmline.speech.runtime.cancel import CancelFlag

SOUP, HINT, OPEN = "I had soup for lunch", "I lost the will to live in that queue", "I want to kill myself"


class Rating:
    """A reader that knows how likely each level is."""

    rates = True

    def __init__(self, *levels: float) -> None:
        self.levels = levels

    async def rate(self, prompt: str, choices: tuple[str, ...], cancel: CancelFlag) -> tuple[float, ...]:
        return self.levels


def lines(talk: str, *said: tuple[str, int]) -> list[Labelled]:
    return [Labelled(text, level, False, language="en", talk=talk) for text, level in said]


def test_lines_of_a_talk_stay_in_order_and_what_names_none_is_left_out(tmp_path: Path) -> None:
    table = tmp_path / "calls.tsv"
    table.write_text("talk\ttext\tlabel\na\tone\t0\nb\ttwo\t0\n\tapart\t0\na\tthree\t1\n", encoding="utf-8")
    assert [[one.text for one in talk] for talk in talks(read([table]))] == [["one", "three"], ["two"]]


async def test_one_alarm_makes_a_calm_call_count_once_and_the_lines_after_it_not() -> None:
    calm = lines("a", (SOUP, 0), (OPEN, 0), (OPEN, 0)) + lines("b", (SOUP, 0), (SOUP, 0))
    found = await measure_talks(calm, None)
    assert (found.calm, found.raised, found.protocol, found.danger) == (2, 0.5, 0.5, 0)
    assert found.lines == pytest.approx(1 / 4)
    assert math.isnan(found.at_once)


async def test_danger_is_counted_from_its_first_line_on() -> None:
    found = await measure_talks(
        lines("at once", (SOUP, 0), (OPEN, 2), (SOUP, 0))
        + lines("next", (SOUP, 1), (OPEN, 2))
        + lines("never", (SOUP, 0), (SOUP, 2), (SOUP, 0))
        + lines("too soon", (OPEN, 0), (SOUP, 2)),
        None,
    )
    assert (found.calm, found.danger) == (0, 4)
    assert (found.at_once, found.by_next, found.missed, found.too_soon) == (0.5, 0.75, 0.25, 0.25)


async def test_what_the_reader_overrules_is_no_alarm() -> None:
    calm = lines("a", (SOUP, 0), (HINT, 0))
    assert (await measure_talks(calm, None)).raised == 1.0
    sure = DeepReader(Rating(0.99, 0.01, 0.0, 0.0), lambda *_: None, CUTS)
    assert (await measure_talks(calm, sure)).raised == 0.0


async def test_what_is_read_later_is_known_at_the_next_line() -> None:
    reader = DeepReader(Rating(0.0, 0.0, 1.0, 0.0), lambda text, _: "" if text == SOUP else None, CUTS)
    found = await measure_talks(lines("a", (SOUP, 2), ("and bread", 0)), reader)
    assert (found.at_once, found.by_next, found.missed) == (0.0, 1.0, 0.0)


def test_levels_decide_what_a_caller_hears() -> None:
    found = figures([[Heard(0, 1, 1)], [Heard(0, 2, 2, True)], [Heard(0, 0, 0)], [Heard(0, 0, 1)]])
    assert (found.raised, found.asked, found.protocol, found.lines) == (0.5, 0.25, 0.25, 0.5)


async def test_the_open_question_is_taken_as_asked_and_the_next_line_as_its_answer() -> None:
    sure = DeepReader(Rating(0.0, 1.0, 0.0, 0.0), lambda *_: None, CUTS)
    vague, plain = "I wrote letters to everybody, so they know", "I mean the office, I start at the new firm in May"
    told = lines("told", (vague, 0), (plain, 0)) + lines("untold", (vague, 1), ("oh, nothing", 0))
    found = await measure_talks(told, sure)
    assert (found.raised, found.asked) == (1.0, 0.0)
    assert (found.at_once, found.asked_at_once, found.asked_by_next, found.unasked) == (1.0, 0.0, 1.0, 0.0)
