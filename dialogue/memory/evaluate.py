"""Measures recall on simulated callers: which memories of five calls come to mind in a sixth.

The file (ours ships as ``simulated.txt``): "= NAME PART" begins a caller, "@ DATE" a call, "MOOD: sentence" is a turn,
"? MOOD | sentence | 1.2 3.4" a query with the turns (call.turn) that should come, none where nothing should. Memories
are made from the turns as in a call, their distress estimated from the words; the mood of a line stands for what the
voice's tagger would say, with its doubt.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field, replace
from importlib.resources import files
from pathlib import Path
from types import MappingProxyType
from typing import Final

import numpy as np

from warmline.dialogue.memory.items import Item, Mood
from warmline.dialogue.memory.making import items_of, mood_of
from warmline.dialogue.memory.people import Cast, cast_of
from warmline.dialogue.memory.recall import CHOSEN, Index, Weights
from warmline.dialogue.memory.sentences import Embeds
from warmline.dialogue.strategy.intensity import estimate
from warmline.dialogue.types import NEUTRAL, Outcome, Plan, Strategy, SupportStage, Turn
from warmline.emotion.types import ParalinguisticTags
from warmline.speech.runtime.errors import UnreadableInput
from warmline.speech.types import AudioChunk, Utterance

MOODS: Final = MappingProxyType(
    {
        "sad": (-0.6, -0.4),
        "angry": (-0.6, 0.6),
        "afraid": (-0.5, 0.5),
        "ashamed": (-0.6, -0.1),
        "tired": (-0.3, -0.6),
        "calm": (0.3, -0.4),
        "happy": (0.7, 0.4),
        "neutral": (0.0, 0.0),
    }
)
SURE: Final = 0.7
"""Confidence of a mood, as a tagger that is right about as often would give."""

HALF_AN_HOUR_S: Final = 1800.0


@dataclass(frozen=True, slots=True)
class Query:
    """What is said in the sixth call; ``wanted`` holds (call, turn) of what should come to mind."""

    text: str
    mood: str
    wanted: frozenset[tuple[str, int]]


@dataclass(slots=True)
class Caller:
    """``calls``: of each its day and its turns as (mood, text)."""

    name: str
    part: str
    calls: list[tuple[dt.date, list[tuple[str, str]]]] = field(default_factory=list)
    queries: list[Query] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Figures:
    """``recall``: at 1 and 3, the share of what should come that did (of at most as many). ``hit``: the share of
    queries with any of it among three. ``offered``, ``offered_right``: how often a memory was near enough to be spoken
    of, and how often that was a right one. ``offered_wrongly``: where nothing should have come."""

    n: int
    recall: tuple[float, float]
    hit: float
    mrr: float
    offered: float
    offered_right: float
    offered_wrongly: float


def read(path: Path | None = None) -> tuple[Caller, ...]:
    """Simulated callers; None for ours. Raises UnreadableInput."""
    try:
        if path is None:
            text = files("warmline.dialogue.memory").joinpath("simulated.txt").read_text(encoding="utf-8")
        else:
            text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise UnreadableInput(f"cannot read {path}: it should be a text of simulated callers") from error
    callers: list[Caller] = []
    for number, line in enumerate(text.splitlines(), 1):
        if line.strip() and not line.startswith("#"):
            try:
                _take(callers, line.strip())
            except (ValueError, IndexError, KeyError):
                raise UnreadableInput(
                    f"{path or 'the simulated callers'}, line {number}: cannot read {line!r}"
                ) from None
    if not callers or not any(caller.queries for caller in callers):
        raise UnreadableInput(f"{path} has no caller with queries: see dialogue/memory/simulated.txt for the form")
    return tuple(callers)


def _take(callers: list[Caller], line: str) -> None:
    if line.startswith("= "):
        _, name, part = line.split()
        callers.append(Caller(name, part))
    elif line.startswith("@ "):
        callers[-1].calls.append((dt.date.fromisoformat(line[2:]), []))
    elif line.startswith("? "):
        mood, text, wanted = (piece.strip() for piece in line[2:].split("|"))
        places = frozenset((call, int(turn)) for call, _, turn in (one.partition(".") for one in wanted.split()))
        for call, turn in places:
            callers[-1].calls[int(call) - 1][1][turn - 1]
        callers[-1].queries.append(Query(text, _known(mood), places))
    else:
        mood, _, text = line.partition(": ")
        callers[-1].calls[-1][1].append((_known(mood), text))


def _known(mood: str) -> str:
    MOODS[mood]
    return mood


def turn_of(text: str, mood: str, number: int) -> Turn:
    """A turn of a simulated caller, as a call would have it."""
    valence, arousal = MOODS[mood]
    tags = replace(ParalinguisticTags.unknown(), valence=valence, arousal=arousal, confidence=SURE)
    distress = estimate(text, tags).value
    even = MappingProxyType({one: 1.0 / len(Strategy) for one in Strategy})
    plan = Plan(SupportStage.EXPLORATION, Strategy.REFLECTION, even, distress, "", NEUTRAL, ())
    said = Utterance(number, text, (), AudioChunk(np.zeros(0, np.float32)))
    return Turn(number, said, tags, plan, "", "", Outcome.SPOKEN)


def remembered(caller: Caller, embed: Embeds) -> tuple[Item, ...]:
    """The memories of all calls."""
    items: list[Item] = []
    cast = Cast()
    for place, (day, turns) in enumerate(caller.calls, 1):
        at = dt.datetime.combine(day, dt.time(18), dt.UTC).timestamp()
        for number, (mood, text) in enumerate(turns, 1):
            made, cast = items_of(turn_of(text, mood, number), number, str(place), at, embed, cast)
            items += made
    return tuple(items)


def sixth_call(caller: Caller) -> float:
    """A week after the last call, seconds since 1970."""
    return dt.datetime.combine(caller.calls[-1][0], dt.time(18), dt.UTC).timestamp() + 7 * 86_400.0


def measure(callers: tuple[Caller, ...], embed: Embeds, weights: Weights = CHOSEN) -> Figures:
    """Put every query to the memories of its caller."""
    rows: list[tuple[float, float, float, float]] = []
    offered: list[bool] = []
    right: list[bool] = []
    wrongly: list[bool] = []
    for caller in callers:
        items = remembered(caller, embed)
        index, cast, now = Index(items, weights), cast_of(items), sixth_call(caller)
        for query in caller.queries:
            found = index.find(embed.vector(cast.plain(query.text)), _mood(query), now, most=len(index.items))
            places = [(one.item.call, one.item.turn) for one in found]
            offers = bool(found) and found[0].meaning >= weights.least
            if not query.wanted:
                wrongly.append(offers)
                continue
            offered.append(offers)
            if offers:
                right.append(places[0] in query.wanted)
            rows.append(_scored(places, query.wanted))
    at_1, at_3, hit, mrr = (float(np.mean(column)) for column in zip(*rows, strict=True))
    return Figures(len(rows), (at_1, at_3), hit, mrr, _share(offered), _share(right), _share(wrongly))


def _scored(places: list[tuple[str, int]], wanted: frozenset[tuple[str, int]]) -> tuple[float, float, float, float]:
    first = min((places.index(one) + 1 for one in wanted if one in places), default=0)
    top = wanted & set(places[:3])
    return (
        float(places[:1] != [] and places[0] in wanted),
        len(top) / min(3, len(wanted)),
        float(bool(top)),
        1.0 / first if first else 0.0,
    )


def _mood(query: Query) -> Mood:
    return mood_of(turn_of(query.text, query.mood, 1))


def _share(values: list[bool]) -> float:
    return float(np.mean(values)) if values else 0.0
