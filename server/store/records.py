"""What goes into the store and comes out: frozen values, and how a turn is split into figures and words. Pure.

Whatever may hold a person's words is in ``words``: of a plan, every key that is not known to be a figure.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, cast

from warmline.dialogue.types import Turn
from warmline.server.views import plan_view, tags_view
from warmline.speech.types import seconds_of

_FIGURES = "version language strategy then purpose stage intensity risk evidence heard why distribution expected style"
FIGURES: Final = frozenset(_FIGURES.split(" "))
"""Keys of a plan's view that hold no words of a person; all others are kept as words are."""


@dataclass(frozen=True, slots=True)
class StoredCall:
    """One call. ``ended`` is None while it runs, and after a crash. ``words``: the caller lets their words be kept.
    ``lost``: turns that could not be written in time. ``link``: the hash of the caller's link to their report (see
    :mod:`~.links`). Times in seconds since 1970, UTC."""

    id: str
    caller: str
    language: str
    started: float
    ended: float | None = None
    words: bool = False
    lost: int = 0
    link: str = ""


@dataclass(frozen=True, slots=True)
class Passage:
    """What sounded from ``start_s`` to ``end_s`` on the call's clock. ``text``: "" where words are not kept."""

    text: str
    start_s: float
    end_s: float


@dataclass(frozen=True, slots=True)
class StoredTurn:
    """One exchange, in the order of the call from 1. ``at``: when it was over, seconds since 1970; ``at_s``: on the
    call's clock; ``began_s``: when the person began. ``tags`` and ``plan`` as in :mod:`warmline.server.views`.
    ``said``: the person's words with their times; ``marks``: of each segment of our reply when it sounded and what of
    it was heard; both empty where nothing was spoken. ``user``, ``planned``, ``heard``, ``said``, the marks' texts and
    the plan's worded keys are there only where ``words``."""

    number: int
    at: float
    at_s: float
    outcome: str
    risk: int
    tags: Mapping[str, object]
    plan: Mapping[str, object]
    stages_ms: Mapping[str, float] = field(default_factory=dict)
    sources: tuple[str, ...] = ()
    words: bool = False
    user: str = ""
    planned: str = ""
    heard: str = ""
    began_s: float = 0.0
    said: tuple[Passage, ...] = ()
    marks: tuple[Passage, ...] = ()


@dataclass(frozen=True, slots=True)
class Ended:
    """An exchange that is over, as a call hands it to the store. ``sources``: of each piece of the reply, as in
    ReplySegment. ``at_s``: on the call's clock. ``said`` and ``marks`` as in :class:`StoredTurn`."""

    turn: Turn
    at_s: float
    stages_ms: Mapping[str, float] = field(default_factory=dict)
    sources: tuple[str, ...] = ()
    said: tuple[Passage, ...] = ()
    marks: tuple[Passage, ...] = ()


@dataclass(frozen=True, slots=True)
class TurnRow:
    """A turn as it is written: the plain columns, and what the two closed ones hold. ``words`` is None where they may
    not be kept."""

    call: str
    number: int
    at: float
    at_s: float
    stage: str
    strategy: str
    risk: int
    outcome: str
    figures: Mapping[str, object]
    words: Mapping[str, object] | None


def row_of(call: str, number: int, at: float, ended: Ended, *, words: bool) -> TurnRow:
    """The row of an exchange."""
    plan = ended.turn.plan
    return TurnRow(
        call,
        number,
        at,
        ended.at_s,
        plan.stage.value,
        plan.strategy.value,
        int(plan.risk.level),
        ended.turn.outcome.name.lower(),
        figures_of(ended),
        words_of(ended) if words else None,
    )


def figures_of(ended: Ended) -> dict[str, object]:
    """What is kept of every turn: nothing in it quotes the person."""
    turn = ended.turn
    plan = {key: value for key, value in plan_view(turn.plan).items() if key in FIGURES}
    return {
        "turn": turn.id,
        "tags": _plain(tags_view(turn.tags)),
        "plan": _plain(plan),
        "stages_ms": _plain(ended.stages_ms),
        "sources": list(ended.sources),
        "began_s": round(seconds_of(turn.user.audio.start), 2),
        "language": turn.user.language,
        "marks": [[round(mark.start_s, 2), round(mark.end_s, 2)] for mark in ended.marks],
    }


def words_of(ended: Ended) -> dict[str, object]:
    """What is kept with consent only."""
    turn = ended.turn
    plan = {key: value for key, value in plan_view(turn.plan).items() if key not in FIGURES}
    return {
        "user": turn.user.text,
        "planned": turn.planned,
        "heard": turn.heard,
        "plan": _plain(plan),
        "said": [[one.text, round(one.start_s, 2), round(one.end_s, 2)] for one in ended.said],
        "marks": [mark.text for mark in ended.marks],
    }


def stored(row: Mapping[str, object], figures: Mapping[str, object], words: Mapping[str, object] | None) -> StoredTurn:
    """A turn from its row and its two opened columns."""
    said = words or {}
    plan = {**cast(Mapping[str, object], figures["plan"]), **cast(Mapping[str, object], said.get("plan", {}))}
    return StoredTurn(
        number=cast(int, row["number"]),
        at=cast(float, row["at"]),
        at_s=cast(float, row["at_s"]),
        outcome=cast(str, row["outcome"]),
        risk=cast(int, row["risk"]),
        tags=cast(Mapping[str, object], figures["tags"]),
        plan=plan,
        stages_ms=cast(Mapping[str, float], figures["stages_ms"]),
        sources=tuple(cast(list[str], figures["sources"])),
        words=words is not None,
        user=str(said.get("user", "")),
        planned=str(said.get("planned", "")),
        heard=str(said.get("heard", "")),
        began_s=cast(float, figures.get("began_s", 0.0)),
        said=tuple(Passage(*one) for one in cast(list[tuple[str, float, float]], said.get("said", []))),
        marks=_marks(figures, said),
    )


def _marks(figures: Mapping[str, object], said: Mapping[str, object]) -> tuple[Passage, ...]:
    """When our reply sounded, with what was heard where words are kept. Calls of before marks were kept have none."""
    times = cast(list[list[float]], figures.get("marks", []))
    texts = cast(list[str], said.get("marks", [])) or [""] * len(times)
    return tuple(Passage(text, start, end) for text, (start, end) in zip(texts, times, strict=True))


def _plain(value: object) -> object:
    """As JSON knows it: figures rounded, no nan."""
    if isinstance(value, float) or hasattr(value, "dtype"):
        figure = float(cast(float, value))
        return round(figure, 4) if abs(figure) < float("inf") else None
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return value if isinstance(value, str | int | bool | None) else str(value)
