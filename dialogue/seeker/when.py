"""Expressions of time in a clause: where they stand and what they say, in a common form. Pure; knows no calendar.

Forms: "today", "yesterday", "tomorrow", "last night", "the day after tomorrow", "friday", "next friday", "last week",
"this week", "next month", "in two days", "two weeks ago", "march", "spring", "12 june", "recent". What date that is, is
worked out by :mod:`warmline.dialogue.memory.timeline`.
"""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass

from warmline.dialogue.seeker.tables import any_of, number, number_pattern, rules

DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
MONTHS = (
    "january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november",
    "december",
)  # fmt: skip
SEASONS = ("spring", "summer", "autumn", "fall", "winter")
SPANS = ("day", "week", "month", "year")


@dataclass(frozen=True, slots=True)
class When:
    """``form``: as in the module's docstring; the expression lies at [start, end) of the text."""

    form: str
    start: int
    end: int


@functools.cache
def _pattern() -> re.Pattern[str]:
    days, months, spans = any_of(DAYS), any_of(MONTHS), any_of(SPANS)
    number_ = number_pattern()
    ordinal = any_of(rules()["ordinals"])
    date = rf"(?P<day>\d{{1,2}})(?:st|nd|rd|th)?|(?P<ordinal>(?:twenty[ -]|thirty[ -])?{ordinal})"
    return re.compile(
        r"\b(?:"
        rf"(?:on )?(?:the )?(?:{date})(?: of)? (?P<month>{months})"
        rf"|(?:on )?(?P<month2>{months}) (?:the )?(?P<day2>\d{{1,2}})(?:st|nd|rd|th)?\b"
        r"|(?P<after>the day after tomorrow)|(?P<before>the day before yesterday)"
        r"|(?P<tomorrow>tomorrow(?: (?:morning|afternoon|evening|night))?)"
        r"|(?P<lastnight>last night)|(?P<yesterday>yesterday(?: (?:morning|afternoon|evening))?)"
        r"|(?P<today>today|tonight|this (?:morning|afternoon|evening))"
        rf"|(?P<which>last|next|this|past|coming) (?P<of>{days}|{spans}|weekend|{any_of(SEASONS)}|{months})"
        rf"|(?P<ago>(?:{number_}|an?|a couple of|a few) {spans}s?) ago"
        rf"|in (?P<in>(?:{number_}|an?|a couple of|a few) {spans}s?)(?=\W|$)"
        rf"|(?:on|this coming) (?P<weekday>{days})\b(?!s)"
        rf"|\b(?P<weekday2>{days})(?: (?:morning|afternoon|evening|night))?(?=\s*(?:$|[.,;!?]))"
        rf"|in (?P<season>(?:{months}|{any_of(SEASONS)}))\b"
        r")",
        re.IGNORECASE,
    )


def when_in(text: str) -> When | None:
    """The first expression of time in ``text``, or None."""
    match = _pattern().search(text)
    return None if match is None else When(_form(match), match.start(), match.end())


def form_of(text: str) -> str:
    """The form of a text that is nothing but an expression of time ("Thursday"), or ""."""
    found = when_in(text.strip(" .,!?"))
    return found.form if found is not None and len(text.split()) <= len(found.form.split()) + 2 else ""


def _form(match: re.Match[str]) -> str:
    got = {name: value.lower() for name, value in match.groupdict().items() if value is not None}
    if "month" in got or "month2" in got:
        day = got.get("day") or got.get("day2") or str(_ordinal(got["ordinal"]))
        return f"{int(day)} {got.get('month') or got.get('month2')}"
    fixed = {
        "after": "the day after tomorrow",
        "before": "the day before yesterday",
        "tomorrow": "tomorrow",
        "lastnight": "last night",
        "yesterday": "yesterday",
        "today": "today",
    }
    for name, form in fixed.items():
        if name in got:
            return form
    if "which" in got:
        which = {"past": "last", "coming": "next"}.get(got["which"], got["which"])
        return f"{which} {got['of']}"
    if "ago" in got:
        return f"{got['ago']} ago"
    if "in" in got:
        return f"in {got['in']}"
    return got.get("weekday") or got.get("weekday2") or got["season"]


def _ordinal(text: str) -> int:
    *tens, unit = re.split(r"[ -]", text)
    return sum(number(part) for part in tens) + int(rules()["ordinals"][unit])
