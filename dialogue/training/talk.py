"""Talks to learn from: our own examples and talks, and a corpus's dialogues with their lines cleaned.

Every reply carries the kind it realises; only those with ``learn`` are learnt, the others are history.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

from warmline.dialogue.languages import ENGLISH
from warmline.dialogue.prompt.cue import NAMES
from warmline.dialogue.prompt.folder import folder_of
from warmline.dialogue.speakable import words_of
from warmline.dialogue.training.clean import target, tidy
from warmline.dialogue.types import Strategy
from warmline.speech.runtime.errors import UnreadableInput

KINDS = {name: strategy for strategy, name in NAMES.items()} | {"greet": Strategy.OTHER, "goodbye": Strategy.OTHER}
_BY_VALUE = {strategy.value: strategy for strategy in Strategy}
_NOTE = re.compile(r"^(?P<words>.*) \[(?P<kind>\w+)(?:, (?P<voice>\w+))?\]$")
_COMMON = 6


@dataclass(frozen=True, slots=True)
class Exchange:
    """``words``: the caller's. ``kind``: the note's first word. ``voice``: its second or "". ``reply``: ours."""

    words: str
    kind: str
    voice: str
    reply: str
    learn: bool = True


Talk = tuple[Exchange, ...]


def own_examples() -> list[Talk]:
    """Each example of the prompt's own files as a talk of one exchange."""
    talks: list[Talk] = []
    folder = folder_of(ENGLISH).joinpath("examples")
    for kind in KINDS:
        for line in folder.joinpath(f"{kind}.tsv").read_text(encoding="utf-8").splitlines()[1:]:
            words, voice, reply = line.split("\t")
            talks.append((Exchange(words, kind, voice, reply),))
    return talks


def own_talks() -> list[Talk]:
    """Our own talks, from ``talks.txt`` and ``talks_more.txt``."""
    folder = files("warmline.dialogue.training")
    texts = [folder.joinpath(name).read_text(encoding="utf-8") for name in ("talks.txt", "talks_more.txt")]
    talks: list[Talk] = []
    for block in "\n\n".join(texts).split("\n\n"):
        lines = [line for line in block.splitlines() if line and not line.startswith("#")]
        exchanges = []
        for said, reply in zip(lines[::2], lines[1::2], strict=True):
            note = _NOTE.match(said)
            if note is None:
                raise ValueError(f"no note at the end of: {said}")
            exchanges.append(Exchange(note["words"], note["kind"], note["voice"] or "", reply))
        talks.append(tuple(exchanges))
    return talks


def corpus(path: Path) -> list[Talk]:
    """Dialogues of a file in ESConv's JSON lines. Raises UnreadableInput."""
    try:
        rows = [json.loads(line)["dialog"] for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
        known = _known(said["text"] for row in rows for said in row)
        talks = [talk for row in rows if (talk := _talk(row, known))]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise UnreadableInput(f"cannot read {path}: give dialogues as JSON lines, see --help") from error
    if not talks:
        raise UnreadableInput(f"{path} holds no dialogue with annotated replies")
    return talks


def _known(texts: Iterable[str]) -> frozenset[str]:
    counts = Counter(word for text in texts for word in words_of(tidy(text)))
    return frozenset(word for word, count in counts.items() if count >= _COMMON)


def _talk(lines: list[dict[str, str]], known: frozenset[str]) -> Talk:
    """Lines of one side in a row are one turn; of several of ours the first counts."""
    exchanges: list[Exchange] = []
    person: list[str] = []
    for said in lines:
        if said["speaker"] != "supporter":
            person.append(tidy(said["text"]))
            continue
        strategy = _BY_VALUE.get(said.get("strategy", ""), Strategy.OTHER)
        if not person:
            continue
        words = " ".join(person)
        reply = target(said["text"], strategy, words, len(exchanges), known)
        exchanges.append(Exchange(words, NAMES[strategy], "", reply or tidy(said["text"]), bool(reply)))
        person = []
    return tuple(exchanges)
