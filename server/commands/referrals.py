"""Yearly counts of referrals to helplines and emergency numbers, without anything that identifies anybody.

  warmline referrals FILE          from an audit file (default: care.audit)
  warmline referrals FILE --json

California's SB 243 asks operators for such counts; the calls of a year are counted by what the audit holds.
"""

from __future__ import annotations

import argparse
from dataclasses import asdict
from pathlib import Path

from warmline.server.audit.chain import read
from warmline.server.audit.log import check
from warmline.server.audit.referrals import Year, yearly
from warmline.server.commands.audit import audit_file
from warmline.server.commands.common import add_settings
from warmline.server.report import emit
from warmline.speech.runtime.errors import StorageError


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", type=Path, nargs="?", metavar="FILE", help="an audit file; default: care.audit")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    add_settings(parser)


def run(args: argparse.Namespace) -> int:
    path = audit_file(args)
    found = check(path)
    if found.fault:
        raise StorageError(f"{path} cannot be counted: {found.fault}. See: warmline audit verify")
    entries = [read(line) for line in path.read_text(encoding="utf-8").splitlines()]
    years = yearly(entries)
    emit({"years": [asdict(year) for year in years]}, len(entries), table(years), as_json=args.json)
    return 0


def table(years: tuple[Year, ...]) -> str:
    """The counts for people."""
    rows = [f"{'year':<6}{'referrals':>10}{'calls':>8}{'at risk':>9}{'level 3':>9}"]
    rows += [f"{y.year:<6}{y.referrals:>10}{y.calls:>8}{y.at_risk:>9}{y.imminent:>9}" for y in years]
    return "\n".join(rows if years else ["nothing was recorded"])
