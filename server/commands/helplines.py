"""The helplines and emergency numbers that callers are told.

  warmline helplines list                every line, the operator's own first
  warmline helplines list --country DE   of one country
  warmline helplines check               age, format and country of each number; exit 1 when something must be mended

An operator's own lines stand in a table of the same columns: --set care.helplines=FILE. A line counts as verified when
somebody has called it and written "verified" and the day into the table.
"""

from __future__ import annotations

import argparse
import datetime
from dataclasses import dataclass

from warmline.dialogue.safety.helplines import STALE_DAYS, Directory, Helpline, emergencies, version
from warmline.dialogue.safety.numbers import dialable
from warmline.server.care import directory
from warmline.server.commands.common import add_settings, settings_of
from warmline.server.report import emit


@dataclass(frozen=True, slots=True)
class Finding:
    """What is amiss with a line: ``fatal`` where a caller would be misled."""

    country: str
    name: str
    what: str
    fatal: bool


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("action", choices=("list", "check"), help="what to do")
    parser.add_argument("--country", metavar="CC", default="", help="of this country only (two letters)")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    add_settings(parser)


def run(args: argparse.Namespace) -> int:
    known = directory(settings_of(args))
    lines = [line for line in known.lines if not args.country or line.country == args.country.upper()]
    if args.action == "list":
        payload: dict[str, object] = {"helplines": [_view(line) for line in lines], "table": version()}
        emit(payload, len(lines), listed(lines), as_json=args.json)
        return 0
    found = findings(known, datetime.date.today(), args.country.upper())
    payload = {
        "table": version(),
        "fatal": sum(one.fatal for one in found),
        "findings": [{"country": f.country, "name": f.name, "what": f.what, "fatal": f.fatal} for f in found],
    }
    emit(payload, len(lines), told(found, len(lines)), as_json=args.json)
    return 1 if any(one.fatal for one in found) else 0


def findings(known: Directory, today: datetime.date, country: str = "") -> list[Finding]:
    """Everything that a person should look at, the worst first."""
    found: list[Finding] = []
    for line in known.lines:
        if country and line.country != country:
            continue
        found += [Finding(line.country, line.name, what, fatal) for what, fatal in _amiss(line, today)]
    for code, emergency in emergencies().items():
        if country and code != country:
            continue
        for number in {emergency.medical, emergency.police}:
            if dialable(number, code) is not True:
                found.append(Finding(code, "emergency", f"{number} is not known as a number of {code}", True))
        if not emergency.verified:
            found.append(Finding(code, "emergency", "unverified", False))
    return sorted(found, key=lambda one: (not one.fatal, one.country, one.name))


def _amiss(line: Helpline, today: datetime.date) -> list[tuple[str, bool]]:
    out: list[tuple[str, bool]] = []
    for number in line.number.split(";"):
        known = dialable(number.split("(")[0].strip(), line.country)
        if known is False:
            out.append((f"{number.strip()} cannot be dialled in {line.country}", True))
        elif known is None:
            out.append((f"{number.strip()} is in no table of {line.country}'s numbers: call it to be sure", False))
    age = (today - line.checked).days
    if age > STALE_DAYS:
        out.append((f"checked {age} days ago", True))
    if age < 0:
        out.append((f"checked on {line.checked}, which is to come", True))
    if not line.verified:
        out.append(("unverified", False))
    return out


def _view(line: Helpline) -> dict[str, object]:
    return {
        "country": line.country,
        "name": line.name,
        "number": line.number,
        "hours": line.hours,
        "languages": list(line.languages),
        "young": line.young,
        "own": line.own,
        "checked": line.checked.isoformat(),
        "verified": line.verified,
        "source": line.source,
    }


def listed(lines: list[Helpline]) -> str:
    """The lines for people."""
    rows = [f"table {version()}"]
    for line in lines:
        marks = " ".join(
            mark for mark, here in (("own", line.own), ("young", line.young), ("unverified", not line.verified)) if here
        )
        rows.append(
            f"{line.country}  {line.name}: {line.number}  ({line.hours}; {line.checked}{'; ' if marks else ''}{marks})"
        )
    return "\n".join(rows)


def told(found: list[Finding], count: int) -> str:
    """What the check says to people."""
    rows = [f"{'MEND' if one.fatal else 'note':<6}{one.country}  {one.name}: {one.what}" for one in found]
    fatal = sum(one.fatal for one in found)
    return "\n".join([*rows, f"{count} lines: {fatal} to mend, {len(found) - fatal} notes (table {version()})"])
