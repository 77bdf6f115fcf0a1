"""One whole conversation as data: who spoke with whom, every exchange, how it moved the seeker, how it ended.

Written as one JSON object each, so that a run that was broken off goes on where it was, and two versions can be put
side by side. The words of simulated people only.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

from warmline.dialogue.evaluate.conversation.seeker import Told
from warmline.dialogue.evaluate.conversation.state import State
from warmline.dialogue.types import NEUTRAL, Style
from warmline.speech.runtime.errors import StorageError, UnreadableInput

OURS, PLAIN = "warmline", "planner-off"
COMPLETED, STUCK, CRASHED = "completed", "stuck", "crashed"

FALLBACK = "fallback"
"""The source of a sentence of ours that stands for what the model did not write."""


@dataclass(frozen=True, slots=True)
class Exchange:
    """``said`` by the seeker, ``heard`` by us; ``reply`` of ours, ``caught`` by the seeker. ``label``: how it was said.
    ``before`` and ``after``: the seeker's state about the reply; ``why``: what moved it, strongest first. ``stage``,
    ``strategy``, ``distress``, ``style``: of the plan, "" without one; ``kind`` and ``code``: what the reply did, by
    our judges. ``risk``: the screen's level, ``by`` who spoke (:func:`spoken_by`). ``first_ms``: until the first
    piece (text) or the first sound after their last one (spoken). ``cut_in``: we began while they spoke."""

    said: str
    heard: str
    reply: str
    caught: str
    label: str
    before: State
    after: State
    why: tuple[str, ...] = ()
    stage: str = ""
    strategy: str = ""
    distress: float = 0.0
    style: Style = NEUTRAL
    kind: str = ""
    code: str = ""
    words: int = 0
    questions: int = 0
    meets: float = 0.0
    early: bool = False
    validates: bool = False
    hurts: bool = False
    claims: bool = False
    repeats: bool = False
    reveals: bool = False
    risk: int = 0
    by: str = ""
    first_ms: float | None = None
    cut_in: int = 0


@dataclass(frozen=True, slots=True)
class Talk:
    """``system``: who supported. ``ended``: completed, stuck (a reply never came) or crashed, and ``why``. ``turns``:
    how many were wanted. ``mode``: text or spoken. ``problem``: the card's, for judges."""

    card: str
    seed: int
    system: str
    mode: str
    seeker: str
    turns: int
    problem: str
    begun: State
    exchanges: tuple[Exchange, ...]
    ended: str = COMPLETED
    why: str = ""
    greeting: str = ""
    seconds: float = 0.0

    @property
    def name(self) -> str:
        return f"{self.card}-{self.seed}"

    @property
    def after(self) -> State:
        return self.exchanges[-1].after if self.exchanges else self.begun

    @property
    def fall(self) -> float:
        """By how much the intensity fell."""
        return self.begun.intensity - self.after.intensity


def spoken_by(sources: Sequence[str]) -> str:
    """Who spoke a reply, from its pieces' sources: a fall-back where the model wrote none of it, else whoever began."""
    return FALLBACK if FALLBACK in sources and "model" not in sources else next(iter(sources), "")


def judged(told: Told) -> dict[str, Any]:
    """What of the seeker's reading goes into an exchange."""
    reading = told.reading
    return {
        "why": tuple(push.why for push in told.moved.pushes),
        "kind": reading.kind.name,
        "code": reading.code,
        "words": reading.words,
        "questions": reading.questions,
        "meets": round(reading.meets, 3),
        "early": told.early,
        "validates": reading.validates,
        "hurts": reading.hurts,
        "claims": reading.claims,
        "repeats": reading.repeats,
    }


def keep(talk: Talk, folder: Path) -> None:
    """Write one talk. Raises StorageError."""
    path = folder / f"{talk.name}.json"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        part = path.with_suffix(".part")
        part.write_text(json.dumps(asdict(talk), ensure_ascii=False, indent=1), encoding="utf-8")
        part.replace(path)
    except OSError as error:
        raise StorageError(f"cannot write {path}: give another folder with --out") from error


def kept(folder: Path) -> dict[str, Talk]:
    """The talks of a folder by name; none where it is not there. Raises UnreadableInput for what is no talk."""
    if not folder.is_dir():
        return {}
    found = [read(path) for path in sorted(folder.glob("*.json"))]
    return {talk.name: talk for talk in found}


def read(path: Path) -> Talk:
    """Raises UnreadableInput."""
    try:
        row = json.loads(path.read_text(encoding="utf-8"))
        known = {name.name for name in fields(Talk)}
        row = {key: value for key, value in row.items() if key in known}
        exchanges = tuple(_exchange(one) for one in row.pop("exchanges"))
        return Talk(**row | {"begun": State(**row["begun"]), "exchanges": exchanges})
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise UnreadableInput(
            f"{path} is no talk of warmline eval conversation ({type(error).__name__}): remove it, or give the folder "
            "that --out wrote"
        ) from error


def _exchange(row: Mapping[str, Any]) -> Exchange:
    whole = {**row, "before": State(**row["before"]), "after": State(**row["after"]), "why": tuple(row["why"])}
    return Exchange(**whole | {"style": Style(**row["style"])})
