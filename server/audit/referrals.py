"""How many calls were pointed to a helpline or an emergency number, by year: counts without identifiers. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from warmline.server.audit.chain import Entry


@dataclass(frozen=True, slots=True)
class Year:
    """``referrals``: times that a number was given and heard; ``calls``: calls in which it was; ``at_risk``: calls with
    any sign of risk; ``imminent``: calls that reached level 3."""

    year: int
    referrals: int
    calls: int
    at_risk: int
    imminent: int


def yearly(entries: Iterable[Entry]) -> tuple[Year, ...]:
    """Counts by calendar year (UTC), oldest first."""
    years: dict[int, list[Entry]] = defaultdict(list)
    for entry in entries:
        years[int(entry.at[:4])].append(entry)
    return tuple(_year(year, rows) for year, rows in sorted(years.items()))


def _year(year: int, rows: list[Entry]) -> Year:
    given = [row for row in rows if row.referral]
    return Year(
        year,
        referrals=len(given),
        calls=len({row.call for row in given}),
        at_risk=len({row.call for row in rows if row.level > 0}),
        imminent=len({row.call for row in rows if row.level >= 3}),
    )
