"""What the safety models learn from: sentences of our own writing, misheard copies of them, and, where files are
given, lines of everyday talk in which nobody is in danger.

``said.tsv``: what callers say, label 0-3. ``requests.tsv``: what is asked of us, safe or unsafe. Three columns beside
the label: text, language, kind. None names a method: ``[means]`` and ``[method]`` stand for them. ``segments.tsv``,
what we might say, safe or unsafe, is what the guard's rules were made with.
"""

from __future__ import annotations

import csv
import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib import resources
from pathlib import Path

from warmline.dialogue.safety.noise import noisy
from warmline.dialogue.safety.patterns import patterns
from warmline.dialogue.safety.rules import signs
from warmline.dialogue.safety.training.spoken_rules import drawn
from warmline.dialogue.types import RiskLevel
from warmline.speech.runtime.errors import UnreadableInput

SCREEN = ("risk", "request", "self", "other", "harm", "abuse", "medical", "eating", "mind")
"""What the screen's model answers. ``risk``: level 1 or above. ``request``: not to be answered. The rest: its kind."""

KINDS: Mapping[str, str] = {
    **dict.fromkeys(("explicit", "indirect", "coded", "retracted", "means_question", "self_harm"), "self"),
    "third_party": "other",
    "harm_to_others": "harm",
    "abuse": "abuse",
    **dict.fromkeys(("medical", "overdose"), "medical"),
    "eating": "eating",
    **dict.fromkeys(("psychosis", "mania"), "mind"),
}
"""The kind that each kind of row in ``said.tsv`` is of for the screen."""

_COPIES = (0.08, 0.16)
"""Word error rates of the misheard copies of each sentence."""

_DRAWN = 15
"""Sentences drawn of each rule; of the idioms, which are one pattern, ten times as many."""

_CARRIERS = ("", "", "i", "i am", "i feel like", "um so", "yeah", "and", "i think", "honestly", "well i", "so i just")

_BEHIND = 0.35
"""Weight of a line of everyday talk beside a sentence of ours."""


@dataclass(frozen=True, slots=True)
class Sample:
    """``answers``: yes or no by label; a label that is not there is not learnt from this text. ``group``: of copies of
    one sentence, so that no fold is measured on what it learnt. ``level``: 0-3, -1 where there is none."""

    text: str
    answers: Mapping[str, bool]
    group: int
    weight: float = 1.0
    level: int = -1
    clean: bool = True
    kind: str = ""
    language: str = "en"


def said() -> list[dict[str, str]]:
    """Rows of what callers say."""
    return _rows("said.tsv")


def requests() -> list[dict[str, str]]:
    """Rows of what is asked of us."""
    return [{**row, "text": row["prompt"]} for row in _rows("requests.tsv")]


def screen_samples(behind: Sequence[Path], seed: int = 0) -> list[Sample]:
    """Everything the screen's model learns from. ``behind``: files of everyday talk, a line each, text up to the first
    tab; lines that the rules find risk in must be left out before. Raises UnreadableInput."""
    first = [_from_said(place, row) for place, row in enumerate(said())]
    first += [_from_request(len(first) + place, row) for place, row in enumerate(requests())]
    found = list(_with_copies(first, random.Random(seed)))
    lines = list(_lines(behind))
    for line in lines:
        found.append(Sample(line, dict.fromkeys(SCREEN, False), len(found) + 10_000, _BEHIND, 0, kind="everyday"))
    return [*found, *_spoken(lines, len(found) + 20_000, random.Random(seed + 1))]


def _spoken(lines: Sequence[str], group: int, chance: random.Random) -> Iterator[Sample]:
    """Sentences drawn of the English rules and idioms, as the rules read them, and a misheard copy of each."""
    words = [word for line in lines[:2000] for word in line.lower().split() if word.isalpha()] or _CARRIERS[-1].split()
    sources = [(rule.pattern.pattern, rule.name, rule.kind) for rule in patterns().rules if not rule.beside]
    sources += [(patterns().idioms.pattern, "", "")] * 10
    for pattern, name, kind in sources:
        for _ in range(_DRAWN):
            group += 1
            text = f"{chance.choice(_CARRIERS)} {drawn(pattern, words, chance)}".strip()
            if lines and chance.random() < 0.4:
                text = f"{text} {' '.join(chance.choice(lines).lower().split()[:9])}"
            level = max((sign.level for sign in signs(text, "en")), default=RiskLevel.L0)
            if (level > 0) != bool(name):
                continue
            answers = {"risk": level > 0, "request": name == "asks how"}
            answers |= {label: bool(name) and _kind_of(name, kind) == label for label in SCREEN[2:]}
            yield Sample(text, answers, group, 0.3, int(level), False, "drawn")
            yield Sample(noisy(text, 0.15, chance), answers, group, 0.3, int(level), False, "drawn")


def _kind_of(name: str, kind: str) -> str:
    if name == "an illness of eating":
        return "eating"
    return "mind" if name in {"voices", "voices, or being watched", "racing, without sleep"} else kind


def _from_said(place: int, row: dict[str, str]) -> Sample:
    level = int(row["label"])
    answers = {"risk": level > 0, "request": row["kind"] == "means_question"}
    answers |= {name: level > 0 and KINDS.get(row["kind"]) == name for name in SCREEN[2:]}
    return Sample(row["text"], answers, place, level=level, kind=row["kind"], language=row["language"])


def _from_request(place: int, row: dict[str, str]) -> Sample:
    unsafe = row["label"] == "unsafe"
    answers = {"request": unsafe}
    if not unsafe:
        answers = dict.fromkeys(SCREEN, False)
    elif row["kind"] in {"self_harm", "eating"}:
        answers["risk"] = True
    return Sample(row["text"], answers, place, kind=f"asks: {row['kind']}", language=row["language"])


def _with_copies(first: Sequence[Sample], chance: random.Random) -> Iterator[Sample]:
    for one in first:
        yield one
        for rate in _COPIES:
            heard = noisy(one.text, rate, chance, one.language)
            if heard and heard != one.text.lower():
                yield Sample(heard, one.answers, one.group, 0.5, one.level, False, one.kind, one.language)


def _lines(files: Sequence[Path]) -> Iterator[str]:
    for path in files:
        try:
            text = path.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise UnreadableInput(f"cannot read {path}: give a text file with a line an utterance") from error
        yield from (line.split("\t")[0].strip() for line in text.splitlines() if line.strip())


def _rows(name: str) -> list[dict[str, str]]:
    text = (resources.files("warmline.dialogue.safety.training") / name).read_text(encoding="utf-8")
    return list(csv.DictReader(text.splitlines(), delimiter="\t", quoting=csv.QUOTE_NONE))
