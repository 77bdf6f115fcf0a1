"""Files of annotated supporters: what each of their utterances did. ESConv's strategies, AnnoMI's codes.

Raises UnreadableInput for what is neither.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from warmline.dialogue.classify.inputs import BEFORE
from warmline.dialogue.types import Strategy
from warmline.speech.runtime.errors import UnreadableInput

CODES = ("question", "reflection", "therapist_input", "other")
"""AnnoMI's main therapist behaviours (Wu et al. 2022)."""

_BY_NAME = {strategy.value: strategy for strategy in Strategy}
_STRATEGIES = tuple(Strategy)


@dataclass(frozen=True, slots=True)
class Utterance:
    """A supporter's ``text``, up to two lines ``before`` it (by the person, text), oldest first, and what it did."""

    text: str
    before: tuple[tuple[bool, str], ...]
    label: str
    talk: str


def read_strategies(path: Path) -> list[Utterance]:
    """From dialogues (.jsonl) or a turn table (.csv), as for ``warmline eval strategy``; labels name a Strategy."""
    try:
        found = list(_table(path) if path.suffix.lower() == ".csv" else _dialogues(path))
    except (OSError, KeyError, ValueError, TypeError, AttributeError, IndexError, csv.Error) as error:
        raise UnreadableInput(f"{path} is no turn table (.csv) and no file of dialogues (.jsonl): {error}") from error
    return _some(path, found)


def read_codes(path: Path) -> list[Utterance]:
    """Therapists' utterances of a table in AnnoMI's form, with their main behaviour."""
    found: list[Utterance] = []
    before: list[tuple[bool, str]] = []
    last = ""
    try:
        with path.open(encoding="utf-8", newline="") as lines:
            for row in csv.DictReader(lines):
                if row["transcript_id"] != last:
                    before, last = [], row["transcript_id"]
                client = row["interlocutor"] == "client"
                code = row["main_therapist_behaviour"]
                if not client and code in CODES:
                    found.append(Utterance(row["utterance_text"], tuple(before[-BEFORE:]), code, last))
                before.append((client, row["utterance_text"]))
    except (OSError, KeyError, ValueError, TypeError, csv.Error) as error:
        raise UnreadableInput(f"{path} is no table in AnnoMI's form: {error}") from error
    return _some(path, found)


def _dialogues(path: Path) -> Iterator[Utterance]:
    with path.open(encoding="utf-8") as file:
        for number, row in enumerate(file):
            before: list[tuple[bool, str]] = []
            for said in json.loads(row)["dialog"] if row.strip() else ():
                own = said["speaker"] != "supporter"
                if not own and said.get("strategy") in _BY_NAME:
                    yield Utterance(said["text"], tuple(before[-BEFORE:]), _BY_NAME[said["strategy"]].name, str(number))
                before.append((own, said["text"]))


def _table(path: Path) -> Iterator[Utterance]:
    talk = 0
    with path.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            texts = row["Dialogue_History"].split(" </s> ")
            ids = json.loads(row["Strategy_History"])
            lines = [
                (int(number) < 0, text) for number, text in zip(ids, texts, strict=True) if text.strip() != "<START>"
            ]
            talk += not any(not own for own, _ in lines)
            yield Utterance(
                row["Gold_Standard"].strip(),
                tuple(lines[-BEFORE:]),
                _STRATEGIES[int(row["Next_Strategy"])].name,
                str(talk),
            )


def _some(path: Path, found: list[Utterance]) -> list[Utterance]:
    if not found:
        raise UnreadableInput(f"{path} holds no annotated supporter utterances")
    return found
