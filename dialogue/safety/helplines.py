"""Where to find a person to talk to, by country: crisis lines and emergency numbers, dated, from tables in this
package.

Every line is marked with the day it was checked and with "unverified" until an operator has verified it. A number of
another country is never offered: an unknown country has no lines, and :data:`ANYWHERE` is what remains.
"""

from __future__ import annotations

import csv
import re
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from pathlib import Path

ANYWHERE = "find a helpline dot com"
"""A directory of lines over the world, as it is spoken."""

STALE_DAYS = 180
_HERE = Path(__file__).parent
_DIGITS = dict(
    zip("0123456789", ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"], strict=True)
)
_WITH_ARTICLE = {
    "US": "the United States",
    "GB": "the United Kingdom",
    "NL": "the Netherlands",
    "PH": "the Philippines",
}


@dataclass(frozen=True, slots=True)
class Helpline:
    """One line of the table. ``number`` is what one dials (or texts) inside the country; ``channel``: phone, "
    "text or both."""

    country: str
    name: str
    number: str
    channel: str
    hours: str
    languages: tuple[str, ...]
    website: str
    checked: date
    verified: bool

    @property
    def always(self) -> bool:
        return self.hours.startswith("24/7")

    @property
    def by_phone(self) -> bool:
        return "phone" in self.channel


@dataclass(frozen=True, slots=True)
class Emergency:
    """Whom to call when a life is in danger: ``medical`` for an ambulance, ``police`` against violence.

    ``checked``: None where nobody has looked the numbers up; those in the table come from general knowledge."""

    country: str
    names: tuple[str, ...]
    medical: str
    police: str
    checked: date | None
    verified: bool


@dataclass(frozen=True, slots=True)
class Care:
    """What is known for one country; ``emergency`` None and no lines where nothing is known."""

    country: str
    lines: tuple[Helpline, ...]
    emergency: Emergency | None

    @property
    def first(self) -> Helpline | None:
        """The line to name first: by phone, open day and night, in English where there is one."""
        ranked = sorted(self.lines, key=lambda line: (not line.by_phone, not line.always, "en" not in line.languages))
        return ranked[0] if ranked else None


def lookup(country: str) -> Care:
    """Lines and emergency numbers of a country by its two-letter code; empty for an unknown one."""
    code = country.strip().upper()
    lines = tuple(line for line in _helplines() if line.country == code)
    return Care(code, lines, _emergencies().get(code))


def country_in(text: str) -> str:
    """The two-letter code of a country named in a text, or ""; of several the longest name counts."""
    plain = f" {re.sub(r'[^a-z ]+', ' ', text.lower())} "
    plain = re.sub(r"\s+", " ", plain)
    found = ""
    longest = 0
    for code, emergency in _emergencies().items():
        for name in emergency.names:
            if len(name) > longest and f" {name} " in plain and not (name == "us" and not _means_country(text, plain)):
                found, longest = code, len(name)
    return found


def _means_country(text: str, plain: str) -> bool:
    """Whether "us" is the country and not the pronoun."""
    return (
        "US" in text
        or plain.strip() in {"us", "the us", "in the us", "i am in the us", "im in the us"}
        or " the us " in plain
    )


def spoken(number: str) -> str:
    """A number as it is said, slowly: digits as words, a comma after each, groups apart. The first of several "
    "is taken."""
    first = number.split(";")[0].split("(")[0].strip()
    groups = re.findall(r"[0-9]+|[A-Za-z]+", first)
    said = [", ".join(_DIGITS[digit] for digit in group) if group.isdigit() else _word(group) for group in groups]
    joined = ""
    for place, part in enumerate(said):
        both = place > 0 and groups[place].isdigit() and groups[place - 1].isdigit()
        joined += (", " if both else " ") + part if joined else part
    return joined


def _word(group: str) -> str:
    return "extension" if group == "ext" else group


def warnings(today: date) -> tuple[str, ...]:
    """What an operator should know at start-up: lines checked too long ago, lines nobody has verified."""
    ages = [(today - line.checked).days for line in _helplines()]
    old = sum(1 for age in ages if age > STALE_DAYS)
    found = []
    if old:
        found.append(
            f"{old} of {len(ages)} helplines were checked more than {STALE_DAYS} days ago: check helplines.tsv"
        )
    unverified = sum(1 for line in _helplines() if not line.verified)
    if unverified:
        found.append(f"{unverified} of {len(ages)} helplines are unverified: verify those of your callers' countries")
    never = sum(1 for emergency in _emergencies().values() if emergency.checked is None)
    if never:
        found.append(
            f"{never} countries' emergency numbers were never checked: verify those of your callers' countries"
        )
    return tuple(found)


def name_spoken(line: Helpline) -> str:
    """A line's name as it is said: "and" for the sign, numbers digit by digit."""
    plain = line.name.replace("&", "and")
    return re.sub(r"[0-9][0-9-]*", lambda match: spoken(match[0].replace("-", "")).replace(",", ""), plain)


def place(country: str) -> str:
    """A country as it is spoken after "in"."""
    emergency = _emergencies().get(country)
    if country in _WITH_ARTICLE:
        return _WITH_ARTICLE[country]
    return emergency.names[0].title() if emergency else "your country"


@lru_cache(maxsize=1)
def _helplines() -> tuple[Helpline, ...]:
    return tuple(
        Helpline(
            country=row["country"],
            name=row["name"],
            number=row["number"],
            channel=row["channel"],
            hours=row["hours"],
            languages=tuple(row["languages"].split(",")),
            website=row["website"],
            checked=date.fromisoformat(row["checked"]),
            verified=row["status"] == "verified",
        )
        for row in _rows("helplines.tsv")
    )


@lru_cache(maxsize=1)
def _emergencies() -> dict[str, Emergency]:
    return {
        row["country"]: Emergency(
            country=row["country"],
            names=tuple(row["names"].split("|")),
            medical=row["medical"],
            police=row["police"],
            checked=date.fromisoformat(row["checked"]) if row["checked"] else None,
            verified=row["status"] == "verified",
        )
        for row in _rows("emergency.tsv")
    }


def _rows(name: str) -> list[dict[str, str]]:
    with (_HERE / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, delimiter="\t"))
