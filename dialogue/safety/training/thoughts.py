"""What people may say, by thought: our own writing, in four languages, several wordings a thought.

A file of ``thought/`` has a heading ``[kind level]`` (level 0-3, or safe and unsafe for what is asked of us) and under
it a line a thought, its wordings between `` | ``. The thought is what is held apart for measuring: a model that saw one
wording of it knows the others. Files with ``last`` in their name were written by other hands and
kept from the layers. No line names a method: ``[means]`` and ``[method]`` stand for them.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib import resources

FOLDER = "warmline.dialogue.safety.training"
ASKS = "asks"
"""The file of what is asked of us; the others hold what is said."""

HELD, VALID, TRAIN = "held", "valid", "train"
_HEADING = re.compile(r"\[(\w+) (\d|safe|unsafe)\]")


@dataclass(frozen=True, slots=True)
class Wording:
    """One wording of a thought. ``label``: "0" to "3", safe or unsafe. ``thought``: names it, as by the line it stands
    in. ``apart``: the layers do not learn from it."""

    text: str
    label: str
    kind: str
    language: str
    thought: str
    apart: bool = False

    @property
    def part(self) -> str:
        """Which part of the data its thought belongs to: 8% are held apart, 16% (of those apart the rest) are for the
        heads and their cut-offs, the rest for the layers to learn from."""
        place = int(hashlib.md5(f"a{self.thought}".encode(), usedforsecurity=False).hexdigest(), 16) % 100
        return HELD if place < 8 else VALID if place < 24 or self.apart else TRAIN


@cache
def wordings() -> tuple[Wording, ...]:
    """Every wording of every file, in order. A fault in a file is a fault of ours and raises ValueError."""
    folder = resources.files(FOLDER) / "thought"
    files = sorted((file for file in folder.iterdir() if file.name.endswith(".txt")), key=lambda file: file.name)
    return tuple(one for file in files for one in _read(file.name[:-4], file.read_text(encoding="utf-8")))


def said() -> tuple[Wording, ...]:
    """What callers say."""
    return tuple(one for one in wordings() if one.label.isdigit())


def asked() -> tuple[Wording, ...]:
    """What is asked of us."""
    return tuple(one for one in wordings() if not one.label.isdigit())


def _read(name: str, text: str) -> Iterator[Wording]:
    language = "en" if name == ASKS else name[:2]
    kind = label = ""
    for number, line in enumerate(text.splitlines()):
        heading = _HEADING.fullmatch(line)
        if heading:
            kind, label = heading[1], heading[2]
        elif line and not line.startswith("#"):
            if not kind or (line.startswith("[") and line.endswith("]") and " | " not in line):
                raise ValueError(f"thought/{name}.txt, line {number + 1}: no heading [kind level] before it")
            for wording in line.split(" | "):
                yield Wording(wording.strip(), label, kind, language, f"{name}:{number}", apart="last" in name)
