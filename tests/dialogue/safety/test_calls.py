"""The written calls: enough of them in every language, each in one part, and told apart from single
lines."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from warmline.dialogue.safety.evaluate import read
from warmline.dialogue.safety.talks_evaluate import talks
from warmline.dialogue.safety.training import calls
from warmline.dialogue.safety.training.screen_samples import CALL, samples
from warmline.dialogue.safety.training.thoughts import HELD, VALID

FILE = Path(calls.__file__).with_name("calls.tsv")


def test_the_calls_are_a_set_that_the_command_measures_on() -> None:
    found = talks(read([FILE]))
    danger = [talk for talk in found if any(line.level for line in talk)]
    assert len(danger) >= 140
    assert len(found) - len(danger) >= 380
    assert min(Counter(talk[0].language for talk in found)[code] for code in ("es", "de", "zh")) >= 50
    assert all(not line.level for talk in danger for line in talk[:2])  # the first sign comes later
    assert all(len({line.language for line in talk}) == 1 for talk in found)


def test_a_call_lies_in_one_part_and_every_part_is_used() -> None:
    parts: dict[str, set[str]] = {}
    for line in calls.lines():
        parts.setdefault(line.talk, set()).add(line.part)
    assert all(len(found) == 1 for found in parts.values())
    count = Counter(next(iter(found)) for found in parts.values())
    assert min(count[part] for part in (HELD, VALID)) >= 50


def test_readers_of_single_lines_learn_only_what_a_single_line_says() -> None:
    learnt = {one.text: one for one in samples()}
    dark = [line for line in calls.lines() if not line.level and line.alone]
    hidden = [line for line in calls.lines() if line.level and not line.alone]
    assert len(dark) >= 400
    assert len(hidden) >= 50
    assert not [line.text for line in (*dark, *hidden) if line.text in learnt]
    plain = [learnt[line.text] for line in calls.lines() if line.plain and not line.level and line.text in learnt]
    assert {one.kind for one in plain} == {CALL}
    assert len(plain) >= 3000
