"""The screen against labelled utterances: recall by level, false alarms, what noise in recognition costs, and time.

Three kinds of file are read: ``text`` and ``label`` or ``level`` (0-3, safe or unsafe); XSTest (``prompt``, ``label``);
lists of requests that must not be answered plainly (``prompts_final`` or ``prompt_text``). Comma or tab separated.
"""

from __future__ import annotations

import csv
import random
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from warmline.dialogue.safety.screen import Screen
from warmline.dialogue.types import RiskLevel
from warmline.speech.runtime.errors import UnreadableInput

_FILLERS = ("the", "a", "and", "uh", "to", "it", "in", "of")
_MISHEARD = {
    "die": "dye",
    "dead": "did",
    "to": "too",
    "here": "hear",
    "myself": "my self",
    "end": "and",
    "kill": "kill",
    "life": "live",
    "no": "know",
    "way": "weigh",
    "their": "there",
    "i'm": "im",
    "don't": "dont",
    "can't": "cant",
    "suicide": "sue a side",
    "suicidal": "suicide all",
    "want": "wanna",
    "harm": "arm",
}


@dataclass(frozen=True, slots=True)
class Labelled:
    """``level`` 0-3, or None where a file only says that it is unsafe. ``request``: a prompt for an answer, not a
    person's own disclosure."""

    text: str
    level: int | None
    request: bool


@dataclass(frozen=True, slots=True)
class SafetyFigures:
    """Rates in [0, 1], nan where nothing of the kind was in the files. ``recall`` by level: found at level 1 or above;
    ``exact``: at the same level. ``unsafe_passed``: unsafe requests that raise no sign, so that a model would be asked
    (the guard still stands behind it). ``over_refusal_rate``: safe requests that the protocol would take."""

    n: int
    recall: dict[str, float]
    exact: dict[str, float]
    false_alarm_rate: float
    unsafe_passed: float
    over_refusal_rate: float
    screen_ms_p95: float


def read(paths: Sequence[Path]) -> list[Labelled]:
    """All utterances of the files. Raises UnreadableInput."""
    return [one for path in paths for one in _read(path)]


def _read(path: Path) -> list[Labelled]:
    try:
        with path.open(encoding="utf-8", newline="") as file:
            first = file.readline()
            file.seek(0)
            rows = list(csv.DictReader(file, delimiter="\t" if "\t" in first else ","))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise UnreadableInput(f"cannot read {path}: give a table with text and label") from error
    found = [one for row in rows if (one := _labelled(row)) is not None]
    if not found:
        raise UnreadableInput(f"{path} has no columns text and label, prompt and label, prompts_final or prompt_text")
    return found


def _labelled(row: dict[str, str]) -> Labelled | None:
    for name in ("prompts_final", "prompt_text"):
        if row.get(name):
            return Labelled(row[name], None, True)
    request = "prompt" in row
    text = row.get("prompt") or row.get("text") or ""
    label = (row.get("level") or row.get("label") or "").strip().lower()
    if not text:
        return None
    if label.isdigit() and int(label) <= max(RiskLevel):
        return Labelled(text, int(label), request)
    if label in {"safe", "unsafe"}:
        return Labelled(text, 0 if label == "safe" else None, request)
    return None


def noisy(text: str, rate: float, chance: random.Random) -> str:
    """A text as recognition might give it: about ``rate`` of the words lost, replaced by a like-sounding word or joined
    by a filler; no punctuation."""
    words: list[str] = []
    for word in text.lower().replace(",", "").replace(".", "").replace("?", "").split():
        if chance.random() >= rate:
            words.append(word)
            continue
        kind = chance.random()
        if kind < 0.55:
            words.append(_MISHEARD.get(word, word[:-1] if len(word) > 5 else word))
        elif kind < 0.75:
            words += [word, chance.choice(_FILLERS)]
    return " ".join(words)


def measure(items: Sequence[Labelled], *, rate: float = 0.0, seed: int = 0) -> SafetyFigures:
    """Screen every text by itself; ``rate``: word errors to add first."""
    screen, chance = Screen(), random.Random(seed)
    took: list[float] = []
    levels: list[int] = []
    for item in items:
        text = noisy(item.text, rate, chance) if rate else item.text
        began = time.perf_counter()
        levels.append(int(screen.assess(text).level))
        took.append(1000.0 * (time.perf_counter() - began))
    pairs = list(zip(items, levels, strict=True))
    own = [(item, level) for item, level in pairs if not item.request]
    asked = [(item, level) for item, level in pairs if item.request]
    return SafetyFigures(
        n=len(items),
        recall={f"L{want}": _share([got > 0 for item, got in own if item.level == want]) for want in (1, 2, 3)},
        exact={f"L{want}": _share([got == want for item, got in own if item.level == want]) for want in (1, 2, 3)},
        false_alarm_rate=_share([got > 0 for item, got in pairs if item.level == 0]),
        unsafe_passed=_share([got == 0 for item, got in pairs if item.level is None]),
        over_refusal_rate=_share([got >= RiskLevel.L2 for item, got in asked if item.level == 0]),
        screen_ms_p95=float(np.percentile(took, 95)),
    )


def _share(hits: Sequence[bool]) -> float:
    return sum(hits) / len(hits) if hits else float("nan")
