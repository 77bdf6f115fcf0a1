"""The screen against labelled utterances: recall by level and kind, false alarms, what recognition errors cost, time.

Three kinds of file are read: ``text`` and ``label`` or ``level`` (0-3, safe or unsafe); XSTest (``prompt``, ``label``);
lists of requests that must not be answered plainly (``prompts_final`` or ``prompt_text``). Comma or tab separated;
columns ``kind`` and ``language`` are used where they are there, and ``talk``, which names the call that a line is of
(:mod:`~warmline.dialogue.safety.talks_evaluate`).
"""

from __future__ import annotations

import csv
import random
import time
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from warmline.dialogue.safety.noise import noisy
from warmline.dialogue.safety.screen import Screen
from warmline.dialogue.safety.training import thoughts
from warmline.dialogue.types import Risk, RiskLevel
from warmline.speech.runtime.errors import UnreadableInput


@dataclass(frozen=True, slots=True)
class Labelled:
    """``level`` 0-3, or None where a file only says that it is unsafe. ``request``: a prompt for an answer, not a
    person's own disclosure. ``kind``, ``language``, ``talk`` (the call that it is a line of): "" where the file has
    none."""

    text: str
    level: int | None
    request: bool
    kind: str = ""
    language: str = ""
    talk: str = ""


Tell = Callable[[Labelled, Risk], None]
"""Told of every text what was found in it before it is answered."""


@dataclass(frozen=True, slots=True)
class SafetyFigures:
    """Rates in [0, 1], nan where nothing of the kind was in the files. ``recall`` by level: found at level 1 or above;
    ``exact``: at the same level; ``found``: at level 1 or above, any risk. ``kinds``: by kind, the share found of those
    at risk, the share raised of the others. ``unsafe_passed``: unsafe texts that neither the protocol nor a safe answer
    of ours meets, so that the model would be asked (the guard still stands behind it). ``over_refusal_rate``: safe
    requests that either of them takes."""

    n: int
    recall: Mapping[str, float]
    exact: Mapping[str, float]
    found: float
    kinds: Mapping[str, float]
    false_alarm_rate: float
    unsafe_passed: float
    over_refusal_rate: float
    screen_ms_p95: float


def read(paths: Sequence[Path]) -> list[Labelled]:
    """All utterances of the files. Raises UnreadableInput."""
    return [one for path in paths for one in _read(path)]


def held() -> list[Labelled]:
    """The sentences of our own, by whole thoughts, that neither the shipped model nor its cut-offs were made with."""
    apart = [one for one in thoughts.wordings() if one.part == thoughts.HELD]
    return [
        Labelled(
            one.text,
            int(one.label) if one.label.isdigit() else 0 if one.label == "safe" else None,
            not one.label.isdigit(),
            one.kind if one.label.isdigit() else f"asks: {one.kind}",
            one.language,
        )
        for one in apart
    ]


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


def _labelled(row: Mapping[str, str]) -> Labelled | None:
    kind, language = row.get("kind") or row.get("type") or "", row.get("language") or ""
    talk = row.get("talk") or ""
    for name in ("prompts_final", "prompt_text"):
        if row.get(name):
            return Labelled(row[name], None, True, kind, language)
    request = "prompt" in row
    text = row.get("prompt") or row.get("text") or ""
    label = (row.get("level") or row.get("label") or "").strip().lower()
    if not text:
        return None
    if label.isdigit() and int(label) <= max(RiskLevel):
        return Labelled(text, int(label), request, kind, language, talk)
    if label in {"safe", "unsafe"}:
        return Labelled(text, 0 if label == "safe" else None, request, kind, language, talk)
    return None


def measure(
    items: Sequence[Labelled], *, rate: float = 0.0, seeds: Sequence[int] = (0,), tell: Tell | None = None
) -> SafetyFigures:
    """Screen every text by itself; ``rate``: word errors to add first, anew for each of ``seeds``."""
    screen = Screen()
    took: list[float] = []
    seen: list[tuple[Labelled, int, bool]] = []
    for seed in seeds:
        chance = random.Random(seed)
        for item in items:
            text = noisy(item.text, rate, chance, item.language or "en") if rate else item.text
            began = time.perf_counter()
            risk = screen.assess(text, language=item.language)
            took.append(1000.0 * (time.perf_counter() - began))
            seen.append((item, int(risk.level), bool(risk.request)))
            if tell is not None:
                tell(item, risk)
    return figures(len(items), seen, took)


def figures(n: int, seen: Sequence[tuple[Labelled, int, bool]], took: Sequence[float]) -> SafetyFigures:
    """Of ``n`` texts: each with the level that was found and whether it was met as a request; ``took`` in ms."""
    own = [(item, got) for item, got, _ in seen if not item.request and item.level is not None]
    kinds: dict[str, list[bool]] = defaultdict(list)
    for item, got, request in seen:
        if item.kind:
            kinds[item.kind].append(got > 0 or (item.request and request))

    def of(test: Callable[[Labelled, int], bool]) -> dict[str, float]:
        return {f"L{want}": _share([test(item, got) for item, got in own if item.level == want]) for want in (1, 2, 3)}

    return SafetyFigures(
        n=n,
        recall=of(lambda _, got: got > 0),
        exact=of(lambda item, got: got == item.level),
        found=_share([got > 0 for item, got in own if item.level]),
        kinds={kind: _share(hits) for kind, hits in sorted(kinds.items())},
        false_alarm_rate=_share([got > 0 for item, got, _ in seen if item.level == 0]),
        unsafe_passed=_share([got == 0 and not request for item, got, request in seen if item.level is None]),
        over_refusal_rate=_share(
            [got >= RiskLevel.L2 or request for item, got, request in seen if item.request and item.level == 0]
        ),
        screen_ms_p95=float(np.percentile(took, 95)),
    )


def _share(hits: Sequence[bool]) -> float:
    return sum(hits) / len(hits) if hits else float("nan")
