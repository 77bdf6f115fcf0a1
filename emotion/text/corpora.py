"""Files of annotated text: MELD's table, GoEmotions' table, RECCON's dialogues, each as plain values.

Any corpus in one of these forms can be read. Raises UnreadableInput for what is none of them.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from warmline.emotion.words import EMOTIONS
from warmline.speech.runtime.errors import UnreadableInput

MELD = ("neutral", "joy", "surprise", "anger", "sadness", "disgust", "fear")
"""MELD's seven emotions (Poria et al. 2019), in the order of our head."""

_SAME = {
    "happiness": "joy",
    "happy": "joy",
    "excited": "joy",
    "sad": "sadness",
    "angry": "anger",
    "surprised": "surprise",
    "disgusted": "disgust",
    "fearful": "fear",
}


@dataclass(frozen=True, slots=True)
class Said:
    """One utterance. ``emotion``: one of :data:`MELD` or None. ``causes``: places (from 0) of the utterances of the
    same dialogue that carry its cause; ``cause_spans``: the words that do."""

    speaker: str
    text: str
    emotion: str | None
    causes: tuple[int, ...] = ()
    cause_spans: tuple[str, ...] = ()


_Row = TypeVar("_Row")

Talk = tuple[Said, ...]


@dataclass(frozen=True, slots=True)
class Comment:
    """A text by itself. ``labels``: places in GoEmotions' order, at least one."""

    text: str
    labels: tuple[int, ...]


def read_meld(path: Path) -> list[Talk]:
    """Dialogues of a table with Utterance, Speaker, Emotion, Dialogue_ID (in order of utterance)."""
    try:
        with path.open(encoding="utf-8", newline="") as lines:
            rows = list(csv.DictReader(lines))
        talks: dict[str, list[Said]] = {}
        for row in rows:
            emotion = row["Emotion"].strip().lower()
            if emotion not in MELD:
                raise ValueError(f"no emotion of MELD: {emotion!r}")
            talks.setdefault(row["Dialogue_ID"], []).append(Said(row["Speaker"], row["Utterance"], emotion))
    except (OSError, KeyError, ValueError, AttributeError, csv.Error) as error:
        raise UnreadableInput(
            f"{path} is no table in MELD's form (Utterance, Speaker, Emotion, Dialogue_ID): {error}"
        ) from error
    return _some(path, [tuple(talk) for talk in talks.values()])


def read_comments(path: Path) -> list[Comment]:
    """Texts and label ids of a tab-separated table without header (text, ids joined by commas, any)."""
    found = []
    try:
        with path.open(encoding="utf-8", newline="") as lines:
            for row in csv.reader(lines, delimiter="\t", quoting=csv.QUOTE_NONE):
                labels = tuple(int(item) for item in row[1].split(","))
                if not all(0 <= label < len(EMOTIONS) for label in labels):
                    raise ValueError(f"no label {row[1]}")
                found.append(Comment(row[0], labels))
    except (OSError, ValueError, IndexError, UnicodeDecodeError, csv.Error) as error:
        raise UnreadableInput(f"{path} is no table of text and label ids in GoEmotions' form: {error}") from error
    return _some(path, found)


def read_reccon(path: Path) -> list[Talk]:
    """Dialogues with emotions and their causes (RECCON, Poria et al. 2021)."""
    try:
        with path.open(encoding="utf-8") as file:
            table = json.load(file)
        talks = [tuple(_said(row) for row in talk) for parts in table.values() for talk in parts]
    except (OSError, KeyError, ValueError, TypeError, AttributeError) as error:
        raise UnreadableInput(f"{path} holds no dialogues in RECCON's form: {error}") from error
    return _some(path, talks)


def read_talks(path: Path) -> list[Talk]:
    """Dialogues without labels: JSON lines with ``dialog``: a list of {"speaker", "text"}."""
    try:
        with path.open(encoding="utf-8") as lines:
            rows = [json.loads(line)["dialog"] for line in lines if line.strip()]
        talks = [tuple(Said(line["speaker"], line["text"], None) for line in row) for row in rows]
    except (OSError, KeyError, ValueError, TypeError, AttributeError) as error:
        raise UnreadableInput(f"{path} holds no dialogues as JSON lines: {error}") from error
    return _some(path, talks)


def _said(row: dict[str, Any]) -> Said:
    emotion = row["emotion"].strip().lower()
    causes = {cause - 1 for cause in row.get("expanded emotion cause evidence", ()) if isinstance(cause, int)}
    spans = tuple(span for span in row.get("expanded emotion cause span", ()) if span)
    return Said(row["speaker"], row["utterance"], _SAME.get(emotion, emotion), tuple(sorted(causes)), spans)


def _some(path: Path, found: list[_Row]) -> list[_Row]:
    if not found:
        raise UnreadableInput(f"{path} is empty: annotated text is needed")
    return found


def previous(talk: Talk, place: int, most: int) -> Iterator[Said]:
    """Up to ``most`` utterances before ``place``, nearest first."""
    for earlier in range(place - 1, max(-1, place - 1 - most), -1):
        yield talk[earlier]
