"""Where to find a person to talk to, by country: crisis lines and emergency numbers, dated, from tables in this
package, with an operator's own lines before them.

Every line is marked with the day it was checked and with "unverified" until an operator has verified it. A number of
another country is never offered: an unknown country has no lines, and :data:`ANYWHERE` is what remains.
"""

from __future__ import annotations

import csv
import hashlib
import re
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from pathlib import Path

from warmline.dialogue.safety import lines
from warmline.dialogue.safety.numbers import spoken
from warmline.speech.runtime.errors import SettingsError

__all__ = ["ANYWHERE", "Care", "Directory", "Emergency", "Helpline", "country_in", "lookup", "spoken", "warnings"]

ANYWHERE = "findahelpline.com"
"""A directory of lines over the world, as it is shown."""

STALE_DAYS = 180
_HERE = Path(__file__).parent
_WITH_ARTICLE = {
    "US": "the United States",
    "GB": "the United Kingdom",
    "NL": "the Netherlands",
    "PH": "the Philippines",
}


@dataclass(frozen=True, slots=True)
class Helpline:
    """One line of the table. ``number`` is what one dials (or texts) inside the country; ``channel``: phone, text or
    both; ``young``: a line for children and young people; ``own``: given by the operator."""

    country: str
    name: str
    number: str
    channel: str
    hours: str
    languages: tuple[str, ...]
    website: str
    checked: date
    verified: bool
    source: str = ""
    young: bool = False
    own: bool = False

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
        """The line to name first to an adult who speaks English."""
        return self.best()

    def best(self, language: str = "en", *, young: bool = False) -> Helpline | None:
        """The line to name first: an operator's own, for the young where the caller is, by phone, open day and night,
        in the caller's language."""
        ranked = sorted(self.lines, key=lambda line: _rank(line, language, young))
        usable = [line for line in ranked if young or not line.young]
        return usable[0] if usable else None


def _rank(line: Helpline, language: str, young: bool) -> tuple[bool, ...]:
    return (young != line.young, not line.own, not line.by_phone, not line.always, language not in line.languages)


class Directory:
    """The tables, and ``own``: the operator's lines, named before all others of their country."""

    def __init__(self, own: tuple[Helpline, ...] = ()) -> None:
        self._own = own

    @property
    def lines(self) -> tuple[Helpline, ...]:
        return (*self._own, *_helplines())

    def lookup(self, country: str) -> Care:
        """Lines and emergency numbers of a country by its two-letter code; empty for an unknown one."""
        code = country.strip().upper()
        return Care(code, tuple(line for line in self.lines if line.country == code), emergencies().get(code))


def lookup(country: str) -> Care:
    """As :meth:`Directory.lookup`, of the package's own tables."""
    return Directory().lookup(country)


def own_lines(file: Path) -> tuple[Helpline, ...]:
    """An operator's table: the columns of ``helplines.tsv``. Raises SettingsError."""
    try:
        rows = _rows(file)
        return tuple(_helpline(row, own=True) for row in rows)
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise SettingsError(f"cannot read the helplines in {file}: {error}") from error
    except (KeyError, ValueError, AttributeError) as error:
        raise SettingsError(
            f"{file} is no table of helplines ({error}): its columns are country, name, number, channel, hours, "
            "languages, for, website, checked (YYYY-MM-DD), status, source, with tabs between"
        ) from error


def country_in(text: str) -> str:
    """The two-letter code of a country named in a text, or ""; of several the longest name counts."""
    words = re.sub(r"[^\w ]+|[0-9_]", " ", text.lower()).split()
    plain = f" {' '.join(words)} "
    found, longest = "", 0
    for code, emergency in emergencies().items():
        for name in emergency.names:
            there = name in plain if re.match(r"[\u3400-\u9fff]", name) else f" {name} " in plain
            if len(name) > longest and there and not (name == "us" and not _means_country(text, plain)):
                found, longest = code, len(name)
    return found


def _means_country(text: str, plain: str) -> bool:
    """Whether "us" is the country and not the pronoun."""
    return (
        re.search(r"\bUS\b", text) is not None
        or plain.strip() in {"us", "the us", "in the us", "i am in the us", "im in the us"}
        or " the us " in plain
    )


def warnings(today: date, directory: Directory | None = None) -> tuple[str, ...]:
    """What an operator should know at start-up: lines checked too long ago, lines nobody has verified."""
    known = (directory or Directory()).lines
    old = sum(1 for line in known if (today - line.checked).days > STALE_DAYS)
    found = []
    if old:
        found.append(f"{old} of {len(known)} helplines were checked more than {STALE_DAYS} days ago: {_CHECK}")
    unverified = sum(1 for line in known if not line.verified)
    if unverified:
        found.append(f"{unverified} of {len(known)} helplines are unverified: verify those of your callers' countries")
    never = sum(1 for emergency in emergencies().values() if emergency.checked is None)
    if never:
        found.append(
            f"{never} countries' emergency numbers were never checked: verify those of your callers' countries"
        )
    return tuple(found)


_CHECK = "see `warmline helplines check`"


def name_spoken(line: Helpline, language: str = "en") -> str:
    """A line's name as it is said: "and" for the sign, numbers digit by digit."""
    plain = line.name.replace("&", "and") if language == "en" else line.name
    return re.sub(r"[0-9][0-9-]*", lambda match: spoken(match[0].replace("-", ""), language).replace(",", ""), plain)


def place(country: str) -> str:
    """A country as it is spoken after "in", in English."""
    emergency = emergencies().get(country)
    if country in _WITH_ARTICLE:
        return _WITH_ARTICLE[country]
    return emergency.names[0].title() if emergency else lines.of("en").speech.somewhere


def version() -> str:
    """Which tables these are: the newest day of a check, and a short hash of both files."""
    digest = hashlib.sha256(b"".join((_HERE / name).read_bytes() for name in ("helplines.tsv", "emergency.tsv")))
    return f"{max(line.checked for line in _helplines()).isoformat()}-{digest.hexdigest()[:8]}"


@lru_cache(maxsize=1)
def _helplines() -> tuple[Helpline, ...]:
    return tuple(_helpline(row) for row in _rows(_HERE / "helplines.tsv"))


def _helpline(row: dict[str, str], *, own: bool = False) -> Helpline:
    if not re.fullmatch(r"[A-Z]{2}", row["country"]):
        raise ValueError(f"{row['country']!r} is no two-letter country code")
    return Helpline(
        country=row["country"],
        name=row["name"],
        number=row["number"],
        channel=row["channel"],
        hours=row["hours"],
        languages=tuple(row["languages"].split(",")),
        website=row["website"],
        checked=date.fromisoformat(row["checked"]),
        verified=row["status"] == "verified",
        source=row["source"],
        young=row["for"] == "young",
        own=own,
    )


@lru_cache(maxsize=1)
def emergencies() -> dict[str, Emergency]:
    """The emergency numbers by country."""
    return {
        row["country"]: Emergency(
            country=row["country"],
            names=tuple(row["names"].split("|")),
            medical=row["medical"],
            police=row["police"],
            checked=date.fromisoformat(row["checked"]) if row["checked"] else None,
            verified=row["status"] == "verified",
        )
        for row in _rows(_HERE / "emergency.tsv")
    }


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, delimiter="\t"))
