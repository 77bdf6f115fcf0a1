"""Files of annotated support talks as (context, next strategy) examples: turn tables and dialogues.

Two formats are read. A turn table is CSV with the columns of EmoDynamiX's files (``Dialogue_History`` joined by
" </s> ", ``Strategy_History`` as a list with -1 for the person, ``Next_Strategy`` 0-7). Dialogues are JSON lines, each
with ``dialog``: a list of ``{"speaker", "text", "strategy"}`` where a supporter's line carries a name of
:class:`Strategy`.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from warmline.dialogue.strategy.context import WINDOW, Context, Line
from warmline.dialogue.types import Strategy
from warmline.speech.runtime.errors import UnreadableInput

STRATEGIES = tuple(Strategy)
_BY_NAME = {strategy.value: strategy for strategy in STRATEGIES}
_START = "<START>"


@dataclass(frozen=True, slots=True)
class Example:
    """A context, the strategy a supporter chose next, and the number of the dialogue it comes from."""

    context: Context
    gold: Strategy
    dialogue: int


def read(path: Path) -> list[Example]:
    """All examples of a file. Raises UnreadableInput when it is missing, of neither format, or holds none."""
    try:
        found = list(_table(path) if path.suffix.lower() == ".csv" else _dialogues(path))
    except OSError as error:
        raise UnreadableInput(f"cannot read {path}: give a turn table (.csv) or dialogues (.jsonl)") from error
    except (KeyError, ValueError, TypeError, AttributeError, csv.Error) as error:
        raise UnreadableInput(
            f"{path} is no turn table and no file of dialogues: see 'warmline eval strategy --help'"
        ) from error
    if not found:
        raise UnreadableInput(
            f"{path} holds no annotated supporter turns: give a turn table (.csv) or dialogues (.jsonl)"
        )
    return found


def _dialogues(path: Path) -> Iterator[Example]:
    with path.open(encoding="utf-8") as file:
        for number, row in enumerate(file):
            if not row.strip():
                continue
            lines: list[Line] = []
            past: list[Strategy] = []
            for said in json.loads(row)["dialog"]:
                if said["speaker"] != "supporter":
                    lines.append(Line(said["text"]))
                    continue
                strategy = _BY_NAME.get(said.get("strategy"))
                if strategy is not None:
                    yield Example(Context(tuple(lines[-WINDOW:]), len(past), tuple(past)), strategy, number)
                past.append(strategy or Strategy.OTHER)
                lines.append(Line(said["text"], past[-1]))


def _table(path: Path) -> Iterator[Example]:
    dialogue, index = -1, 0
    past: list[Strategy] = []
    with path.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            texts = row["Dialogue_History"].split(" </s> ")
            ids = [int(number) for number in json.loads(row["Strategy_History"])]
            used = sum(1 for number in ids if number >= 0)
            if texts[0].strip() == _START:
                dialogue += used == 0 or dialogue < 0
                index = used
                past = past if used else []
            else:
                index += 1
            lines = _lines(texts, ids)
            gold = STRATEGIES[_label(row)]
            yield Example(Context(lines, index, _past(past, lines)), gold, dialogue)
            past.append(gold)


def _past(past: list[Strategy], lines: tuple[Line, ...]) -> tuple[Strategy, ...]:
    """The strategies of the rows before this one; of the window alone where the table does not begin at the start."""
    seen = tuple(line.strategy for line in lines if line.strategy is not None)
    return tuple(past) if len(past) >= len(seen) else seen


def _label(row: Mapping[str, str]) -> int:
    label = int(row["Next_Strategy"])
    if not 0 <= label < len(STRATEGIES):
        raise ValueError(f"no strategy {label}")
    return label


def _lines(texts: list[str], ids: list[int]) -> tuple[Line, ...]:
    lines = [
        Line(text, STRATEGIES[number] if number >= 0 else None)
        for text, number in zip(texts, ids, strict=True)
        if text.strip() != _START
    ]
    return tuple(lines[-WINDOW:])
