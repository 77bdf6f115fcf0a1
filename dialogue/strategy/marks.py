"""Files of talks in which people marked the help they got: each reply with the next mark, and the marks before it.

Three formats: dialogues as JSON lines with ``feedback`` on a seeker's lines, or with a ``survey`` at the end (then
every reply of the talk gets the mean of empathy and relevance); FailedESConv's JSON list; turn tables (.csv) with a
column ``Feedback``. A table has a mark on every row, filled in from the next one given, so those before are unknown.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from warmline.dialogue.strategy.context import WINDOW, Context, Line
from warmline.dialogue.strategy.examples import read
from warmline.dialogue.types import Strategy
from warmline.speech.runtime.errors import UnreadableInput

_BY_NAME = {strategy.value: strategy for strategy in Strategy} | {
    "Questions": Strategy.QUESTION,
    "Other": Strategy.OTHER,
    "Providing Suggestions or Information": Strategy.SUGGESTION,
}
_PERSON = ("seeker", "speaker", "usr")


@dataclass(frozen=True, slots=True)
class Marked:
    """A reply of ``strategy`` to ``context``, the ``mark`` that came next, those ``before`` it in the talk, and the
    talk's number. ``survey``: the mark is of the whole talk."""

    context: Context
    strategy: Strategy
    mark: float
    before: tuple[int, ...]
    dialogue: int
    survey: bool = False


def read_marks(path: Path) -> list[Marked]:
    """All marked replies of a file. Raises UnreadableInput when it is missing, of no known format, or holds none."""
    try:
        if path.suffix.lower() == ".csv":
            found = list(_table(path))
        else:
            found = [one for number, talk in enumerate(_talks(path)) for one in _marked(talk, number)]
    except OSError as error:
        raise UnreadableInput(f"cannot read {path}: give talks with marks (.jsonl, .json or .csv)") from error
    except (KeyError, ValueError, TypeError, AttributeError, csv.Error) as error:
        raise UnreadableInput(f"{path} holds no talks in a known form: see 'warmline eval feedback --help'") from error
    if not found:
        raise UnreadableInput(f"{path} holds no marks: give talks with 'feedback' on the seeker's lines, or a survey")
    return found


def _talks(path: Path) -> Iterator[Mapping[str, Any]]:
    text = path.read_text(encoding="utf-8")
    if text.lstrip().startswith("["):
        yield from json.loads(text)
        return
    for row in text.splitlines():
        if row.strip():
            yield json.loads(row)


def _marked(talk: Mapping[str, Any], number: int) -> list[Marked]:
    overall = _survey(talk)
    found: list[Marked] = []
    waiting: list[tuple[Context, Strategy, tuple[int, ...]]] = []
    lines: list[Line] = []
    past: list[Strategy] = []
    marks: list[int] = []
    for said in talk["dialog"]:
        notes = said.get("annotation", said)
        text = str(said.get("text", said.get("content", ""))).strip()
        if said["speaker"] in _PERSON:
            if notes.get("feedback") is not None:
                mark = _mark(notes["feedback"])
                found += [Marked(context, strategy, mark, before, number) for context, strategy, before in waiting]
                waiting.clear()
                marks.append(mark)
            lines.append(Line(text))
            continue
        strategy = _BY_NAME.get(str(notes.get("strategy")), Strategy.OTHER)
        waiting.append((Context(tuple(lines[-WINDOW:]), len(past), tuple(past)), strategy, tuple(marks)))
        past.append(strategy)
        lines.append(Line(text, strategy))
    if overall is not None and not marks:
        return [Marked(context, strategy, overall, (), number, True) for context, strategy, _ in waiting]
    return found


def _survey(talk: Mapping[str, Any]) -> float | None:
    """The mean of empathy and relevance; None where either was not said."""
    seeker = (talk.get("survey") or {}).get("seeker") or {}
    marks = [seeker.get(name) for name in ("empathy", "relevance")]
    return None if None in marks else sum(_mark(mark) for mark in marks) / len(marks)


def _table(path: Path) -> Sequence[Marked]:
    with path.open(encoding="utf-8", newline="") as file:
        marks = [_mark(row["Feedback"]) for row in csv.DictReader(file)]
    return [
        Marked(example.context, example.gold, mark, (), example.dialogue)
        for example, mark in zip(read(path), marks, strict=True)
    ]


def _mark(value: object) -> int:
    mark = int(str(value))
    if not 1 <= mark <= 5:
        raise ValueError(f"no mark {mark}")
    return mark
