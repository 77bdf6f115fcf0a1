"""The report of one call as plain values: what was said and heard, how it sounded, what was chosen and why, what is
remembered. Pure.

Everything about feelings in it is inferred and may be wrong. It knows nothing of who may see it: :func:`withheld` is
what is left for somebody whom the caller has not let read.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import cast

from warmline.dialogue.memory.items import Item
from warmline.dialogue.strategy.record import plan_of
from warmline.emotion import mood as moods
from warmline.emotion.types import ParalinguisticTags
from warmline.server.aftercall.moments import Moment, moments_of
from warmline.server.store.records import Passage, StoredCall, StoredTurn
from warmline.server.store.sharing import Access


@dataclass(frozen=True, slots=True)
class Feeling:
    """How one turn sounded: ``valence`` and ``arousal`` in [-1, 1], ``sure`` in [0, 1]; ``label`` "" where the voice
    did not tell. ``mood``: valence over the turns so far. ``distress``: 1 to 5, of words and voice."""

    valence: float
    arousal: float
    sure: float
    label: str
    events: tuple[str, ...]
    disagree: bool
    mood: float
    mood_sure: float
    distress: float


@dataclass(frozen=True, slots=True)
class Exchange:
    """One turn, numbered from 1; times in seconds of the call's clock. ``unheard``: what of our reply was cut off.
    ``words``: whether what was said is here at all. ``feeling``: None where it is withheld."""

    number: int
    began_s: float
    ended_s: float
    outcome: str
    risk: int
    stage: str
    strategy: str
    then: str
    words: bool
    feeling: Feeling | None
    why: tuple[str, ...] = ()
    cause: str = ""
    memory: tuple[str, ...] = ()
    user: str = ""
    heard: str = ""
    unheard: str = ""
    said: tuple[Passage, ...] = ()
    marks: tuple[Passage, ...] = ()


@dataclass(frozen=True, slots=True)
class Note:
    """Something remembered of this call; ``day`` is an event's, "" where it has none."""

    id: int
    turn: int
    kind: str
    text: str
    facts: tuple[str, ...] = ()
    day: str = ""


@dataclass(frozen=True, slots=True)
class Consenting:
    """What was said about consent: ``kind`` memory or share, ``how`` speech, report or operator."""

    kind: str
    value: str
    how: str
    at: float


@dataclass(frozen=True, slots=True)
class Report:
    """``started`` and ``ended`` in seconds since 1970; ``ended`` None for a call that runs or broke off (``running``
    tells which). ``words``: the caller lets their words be kept. ``lost``: turns that could not be written.
    ``share``: whom the caller lets read it; ``withheld``: the reader is not among them."""

    id: str
    started: float
    ended: float | None
    running: bool
    language: str
    words: bool
    lost: int
    share: str
    withheld: bool
    risk: int
    strategies: Mapping[str, int] = field(default_factory=dict)
    moments: tuple[Moment, ...] = ()
    exchanges: tuple[Exchange, ...] = ()
    notes: tuple[Note, ...] = ()
    consents: tuple[Consenting, ...] = ()
    accesses: tuple[Access, ...] = ()


def report_of(
    call: StoredCall,
    turns: Sequence[StoredTurn],
    items: Sequence[Item] = (),
    *,
    share: str = "none",
    running: bool = False,
    consents: Sequence[Consenting] = (),
    accesses: Sequence[Access] = (),
) -> Report:
    """The whole report, as the caller may see it. ``items``: all that is remembered of this caller or call; those of
    other calls are left out."""
    feelings = _feelings(turns)
    exchanges = tuple(_exchange(turn, feeling) for turn, feeling in zip(turns, feelings, strict=True))
    notes = tuple(_note(item) for item in items if item.call == call.id)
    return Report(
        id=call.id,
        started=call.started,
        ended=call.ended,
        running=running,
        language=call.language,
        words=call.words,
        lost=call.lost,
        share=share,
        withheld=False,
        risk=max((turn.risk for turn in turns), default=0),
        strategies=dict(Counter(one.strategy for one in exchanges).most_common()),
        moments=moments_of(turns, [feeling.disagree for feeling in feelings], notes_at(notes), _changes(turns)),
        exchanges=exchanges,
        notes=notes,
        consents=tuple(consents),
        accesses=tuple(accesses),
    )


def withheld(report: Report) -> Report:
    """Times, risk levels, what kind of reply was chosen, and consents: no words, no feelings, nothing remembered."""
    bare = tuple(
        replace(
            one, words=False, feeling=None, why=(), cause="", memory=(), user="", heard="", unheard="", said=(),
            marks=tuple(replace(mark, text="") for mark in one.marks),
        )
        for one in report.exchanges
    )  # fmt: skip
    moments = tuple(moment for moment in report.moments if moment.kind == "risk")
    return replace(report, withheld=True, moments=moments, exchanges=bare, notes=())


def notes_at(notes: Sequence[Note]) -> Mapping[int, int]:
    """How many notes each turn left; summaries belong to the call and to no turn."""
    return Counter(note.turn for note in notes if note.kind != "summary")


def _exchange(turn: StoredTurn, feeling: Feeling) -> Exchange:
    plan = plan_of(turn.plan)
    unheard = turn.planned.removeprefix(turn.heard).strip() if turn.planned.startswith(turn.heard) else ""
    return Exchange(
        number=turn.number,
        began_s=turn.began_s,
        ended_s=turn.at_s,
        outcome=turn.outcome,
        risk=turn.risk,
        stage=plan.stage.value,
        strategy=plan.strategy.value,
        then="" if plan.then is None else plan.then.value,
        words=turn.words,
        feeling=feeling,
        why=plan.why,
        cause=plan.cause,
        memory=plan.memory,
        user=turn.user,
        heard=turn.heard,
        unheard=unheard,
        said=turn.said,
        marks=turn.marks,
    )


def _feelings(turns: Sequence[StoredTurn]) -> list[Feeling]:
    found = []
    for turn, mood in zip(turns, _moods(turns), strict=True):
        tags = _tags(turn)
        found.append(
            Feeling(
                valence=tags.valence,
                arousal=tags.arousal,
                sure=tags.confidence,
                label=tags.label or "",
                events=tuple(str(one) for one in cast(Sequence[object], turn.tags.get("events") or ())),
                disagree=tags.words_disagree,
                mood=round(mood.valence, 4),
                mood_sure=round(mood.confidence, 4),
                distress=plan_of(turn.plan).intensity,
            )
        )
    return found


def _moods(turns: Sequence[StoredTurn]) -> list[moods.Mood]:
    mood, found = moods.Mood(), []
    for turn in turns:
        mood = moods.step(mood, _tags(turn))
        found.append(mood)
    return found


def _changes(turns: Sequence[StoredTurn]) -> dict[int, str]:
    """Where the mood changed for good, by turn: "easing" or "worsening". How a call begins is no change."""
    changes: dict[int, str] = {}
    for mood in _moods(turns):
        if mood.change != "steady" and 1 < mood.since <= len(turns):
            changes[turns[mood.since - 1].number] = mood.change
    return changes


def _tags(turn: StoredTurn) -> ParalinguisticTags:
    """The kept tags as the mood reads them; nothing where they are missing."""
    tags = turn.tags
    label = tags.get("label")
    return ParalinguisticTags(
        valence=_figure(tags.get("valence")),
        arousal=_figure(tags.get("arousal")),
        dominance=_figure(tags.get("dominance")),
        labels={},
        confidence=_figure(tags.get("confidence")),
        span=(0, 0),
        label=label if isinstance(label, str) else None,
        words_disagree=tags.get("words_disagree") is True,
    )


def _figure(value: object) -> float:
    return float(value) if isinstance(value, int | float) else 0.0


def _note(item: Item) -> Note:
    return Note(item.id, item.turn, item.kind.value, item.text, item.facts, item.due)
