"""Do the rules that move simulated seekers go along with what people reported? Real talks whose seekers said, before
and after, how strong their emotion was, are heard through a seeker's ears; the two falls are set side by side. Pure.

Talks in ESConv's form. A rank correlation near nothing means that a fall of a simulated seeker says nothing of people.
"""

from __future__ import annotations

import json
import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from scipy.stats import rankdata, spearmanr

from warmline.dialogue.evaluate.conversation.heard import Ear, Reading
from warmline.dialogue.evaluate.conversation.state import State, moved
from warmline.speech.runtime.errors import UnreadableInput

BEGINS = State(3.0, 0.3, 0.2)
"""How a person is taken to come, but for the intensity that they reported."""
LEAST_REPLIES = 3
MUCH = 2
"""A reported fall that counts as relief; none at all, or a rise, is the opposite."""
DRAWS = 1000

_SUPPORTS = frozenset(("supporter", "listener", "sys", "assistant"))


@dataclass(frozen=True, slots=True)
class Reported:
    """One real talk: lines as (by the seeker, text), consecutive ones joined; intensity before and after, reported."""

    lines: tuple[tuple[bool, str], ...]
    before: float
    after: float


@dataclass(frozen=True, slots=True)
class Beside:
    """``spearman`` of foretold and reported fall with its 95% bootstrap interval; ``auc``: the chance that a talk with
    much relief is foretold a larger fall than one with none. ``length``: the same correlation of the number of replies
    alone, which the figure has to beat."""

    talks: int
    spearman: float
    interval: tuple[float, float]
    auc: float
    relieved: int
    unrelieved: int
    length: float
    fall: float
    reported: float


def read(paths: Sequence[Path], most: int = 0, seed: int = 0) -> tuple[Reported, ...]:
    """The talks of some files with both reports, ``most`` of each file drawn by ``seed`` (0: all). Raises
    UnreadableInput."""
    found: list[Reported] = []
    for path in paths:
        rows = [talk for row in _rows(path) if (talk := _talk(row)) is not None]
        if not rows:
            raise UnreadableInput(
                f"{path} has no talk with initial_emotion_intensity and final_emotion_intensity and at least "
                f"{LEAST_REPLIES} replies: give talks in ESConv's form"
            )
        found += random.Random(seed).sample(rows, most) if 0 < most < len(rows) else rows
    return tuple(found)


def fallen(talk: Reported, ear: Ear) -> float:
    """By how much a simulated seeker in this talk would have fallen. Blocking, about 50 ms a reply."""
    state = State(talk.before, BEGINS.trust, BEGINS.resistance)
    said, told, earlier = "", list[str](), list[str]()
    past: list[Reading] = []
    for own, text in talk.lines:
        if own:
            if said:
                told.append(said)
            said = text
            continue
        reading = ear.read(text, said, told, earlier)
        state = moved(state, past, reading).state
        past.append(reading)
        earlier.append(text)
    return talk.before - state.intensity


def beside(talks: Sequence[Reported], foretold: Sequence[float], seed: int = 0) -> Beside:
    """The two falls side by side; at least five talks."""
    told, real = np.asarray(foretold, float), np.array([talk.before - talk.after for talk in talks])
    replies = np.array([sum(not own for own, _ in talk.lines) for talk in talks], float)
    draw = np.random.default_rng(seed)
    drawn = [draw.integers(0, len(talks), len(talks)) for _ in range(DRAWS)]
    found = [value for at in drawn if not np.isnan(value := _rank(told[at], real[at]))]
    low, high = np.percentile(found, (2.5, 97.5)) if found else (float("nan"), float("nan"))
    good, bad = told[real >= MUCH], told[real <= 0]
    return Beside(
        talks=len(talks),
        spearman=_rank(told, real),
        interval=(float(low), float(high)),
        auc=_auc(good, bad),
        relieved=len(good),
        unrelieved=len(bad),
        length=_rank(replies, real),
        fall=float(told.mean()),
        reported=float(real.mean()),
    )


def _rank(one: np.ndarray, two: np.ndarray) -> float:
    if len(set(one.tolist())) < 2 or len(set(two.tolist())) < 2:
        return float("nan")
    return float(spearmanr(one, two).statistic)


def _auc(good: np.ndarray, bad: np.ndarray) -> float:
    """Mann and Whitney's statistic, as a share."""
    if not len(good) or not len(bad):
        return float("nan")
    ranks = rankdata(np.concatenate((good, bad)))[: len(good)]
    return float((ranks.sum() - len(good) * (len(good) + 1) / 2.0) / (len(good) * len(bad)))


def _rows(path: Path) -> Iterable[Any]:
    try:
        text = path.read_text(encoding="utf-8")
        if path.suffix == ".jsonl":
            return [json.loads(line) for line in text.splitlines() if line.strip()]
        rows = json.loads(text)
    except (OSError, ValueError) as error:
        raise UnreadableInput(f"cannot read {path}: give talks in ESConv's form, as .json or .jsonl") from error
    return rows if isinstance(rows, list) else []


def _talk(row: Any) -> Reported | None:
    try:
        marks = (row.get("survey") or row["survey_score"])["seeker"]
        before, after = float(marks["initial_emotion_intensity"]), float(marks["final_emotion_intensity"])
        lines = _joined((str(line["speaker"]) not in _SUPPORTS, _text(line)) for line in row["dialog"])
    except (KeyError, TypeError, ValueError, AttributeError):
        return None
    if sum(not own for own, _ in lines) < LEAST_REPLIES:
        return None
    return Reported(lines, before, after)


def _text(line: Any) -> str:
    return str(line["text"] if "text" in line else line["content"]).strip()


def _joined(lines: Iterable[tuple[bool, str]]) -> tuple[tuple[bool, str], ...]:
    found: list[tuple[bool, str]] = []
    for own, text in lines:
        if found and found[-1][0] == own:
            found[-1] = (own, f"{found[-1][1]} {text}")
        else:
            found.append((own, text))
    return tuple(found)
