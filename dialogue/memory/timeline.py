"""What day an expression of time means, against the day of the call; and which events fall between two calls. Pure.

Knows no time zones: the day is the operator's, UTC. A weekday is the next one, or the last one where the sentence tells
of the past. Seasons and vague words ("recent") have no day.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable
from typing import Final

from warmline.dialogue.memory.items import Item
from warmline.dialogue.seeker.tables import number, rules
from warmline.dialogue.seeker.when import DAYS, MONTHS

NEAR_DAYS: Final = 2
"""An event so many days ahead is worth a word."""

LONG_AGO_DAYS: Final = 21
"""An event that was due longer ago than this is not asked about."""

MOST_COUNTED: Final = 100
"""Days, weeks, months or years that anybody means when they count them."""

_PAST = re.compile(
    r"\b(?:was|were|had|did|died|lost|left|got|went|came|said|told|took|broke|found|fell|saw|met|ran|hit|stole|called|"
    r"passed away|\w{3,}ed)\b(?! to (?:go|do|be|have)\b)",
    re.IGNORECASE,
)
_AHEAD = re.compile(
    r"\b(?:will|'ll|going to|have to|has to|is on|are on|supposed to|need to|coming|start|moving)\b", re.IGNORECASE
)
_STEPS = {"day": 1, "week": 7, "month": 30, "year": 365}
_NEAR = {
    "today": 0,
    "yesterday": -1,
    "last night": -1,
    "tomorrow": 1,
    "the day after tomorrow": 2,
    "the day before yesterday": -2,
}


def day_of(at: float) -> dt.date:
    """The day of a moment in seconds since 1970, UTC."""
    return dt.datetime.fromtimestamp(at, dt.UTC).date()


def tells_of_the_past(sentence: str) -> bool:
    """By its verbs."""
    return bool(_PAST.search(sentence)) and not _AHEAD.search(sentence)


def resolve(form: str, on: dt.date, *, past: bool = False) -> dt.date | None:
    """The day that ``form`` (see :mod:`warmline.dialogue.seeker.when`) means when it is said on the day ``on``; of a
    week, month or year its middle; None where it has no day. ``past``: the sentence tells of what was."""
    if form in _NEAR:
        return on + dt.timedelta(days=_NEAR[form])
    words = form.split()
    if not words:
        return None
    if form in DAYS or (len(words) == 2 and words[1] in DAYS):
        return _weekday(words, on, past)
    if words and words[-1] in MONTHS:
        return _month(words, on, past)
    if words[0] in {"last", "this", "next"} and len(words) == 2:
        step = {"last": -1, "this": 0, "next": 1}[words[0]]
        days = _STEPS.get({"weekend": "week"}.get(words[1], words[1]))
        return None if days is None else on + dt.timedelta(days=step * days)
    ago = words[-1] == "ago"
    counted = words[:-1] if ago else words[1:]
    if not (ago or words[0] == "in") or len(counted) < 2:
        return None
    days = _STEPS.get(counted[-1].rstrip("s"))
    count = _count(counted[:-1])
    if days is None or count is None or count > MOST_COUNTED:
        return None
    return on + dt.timedelta(days=(-1 if ago else 1) * count * days)


def _weekday(words: list[str], on: dt.date, past: bool) -> dt.date:
    ahead = (DAYS.index(words[-1]) - on.weekday()) % 7
    if words[0] == "last" or (past and words[0] != "next"):
        return on - dt.timedelta(days=(-ahead) % 7 or (7 if words[0] == "last" else 0))
    if words[0] == "next":
        return on + dt.timedelta(days=ahead or 7)
    return on + dt.timedelta(days=ahead)


def _month(words: list[str], on: dt.date, past: bool) -> dt.date | None:
    month = MONTHS.index(words[-1]) + 1
    dated = words[0].isdigit()
    day = int(words[0]) if dated else 15
    behind = past or words[0] == "last"
    for year in (on.year, on.year - 1) if behind else (on.year, on.year + 1):
        try:
            found = dt.date(year, month, day)
        except ValueError:
            return None
        if (found <= on if behind else found >= on) or (not dated and month == on.month):
            return found
    return None


def _count(words: list[str]) -> int | None:
    text = " ".join(words)
    if text in {"a", "an"}:
        return 1
    if text in {"a couple of", "a few"}:
        return 2 if text == "a couple of" else 3
    known = {**rules()["numbers"], **rules()["units"]}
    parts = re.split(r"[ -]", text)
    return number(text) if text.isdigit() or all(part in known for part in parts) else None


def worth_a_word(items: Iterable[Item], now: float, last_call: float) -> Item | None:
    """The event that has come since the last call, or comes in a few days: the nearest to now. None where none did."""
    today, before = day_of(now), day_of(last_call)
    best: tuple[int, Item] | None = None
    for item in items:
        if not item.due:
            continue
        due = dt.date.fromisoformat(item.due)
        told = day_of(item.at)
        since = told < due and before <= due < today and (today - due).days <= LONG_AGO_DAYS
        soon = told <= due and 0 <= (due - today).days <= NEAR_DAYS
        away = abs((due - today).days)
        if (since or soon) and (best is None or away < best[0]):
            best = (away, item)
    return None if best is None else best[1]
