"""Look after the record of safety decisions.

  warmline audit verify                 the file that care.audit names
  warmline audit verify FILE            any other
  warmline audit verify FILE --anchor "12 3fd2..."   against an anchor you kept elsewhere (the line of FILE.anchor)

Exit 0 for an unbroken chain, 1 for a broken one. Without an anchor a cut-off end does not show.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from warmline.server.audit.chain import Anchor
from warmline.server.audit.log import check
from warmline.server.commands.common import add_settings, settings_of
from warmline.speech.runtime.errors import UsageError


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("action", choices=("verify",), help="what to do")
    parser.add_argument("file", type=Path, nargs="?", metavar="FILE", help="an audit file; default: care.audit")
    parser.add_argument("--anchor", metavar="TEXT", help="count and hash, as in the file's .anchor, kept elsewhere")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    add_settings(parser)


def run(args: argparse.Namespace) -> int:
    path = audit_file(args)
    try:
        anchor = Anchor.read(args.anchor) if args.anchor else None
    except ValueError:
        raise UsageError("--anchor takes what the .anchor file holds: a count and a hash") from None
    found = check(path, anchor)
    if args.json:
        body = {"ok": not found.fault, "entries": found.entries, "fault": found.fault, "line": found.line}
        print(json.dumps(body))
    elif found.fault:
        print(f"{path} is BROKEN: {found.fault}" + (f" (line {found.line})" if found.line else ""))
    else:
        print(f"{path}: {found.entries} entries, unbroken")
    return 1 if found.fault else 0


def audit_file(args: argparse.Namespace) -> Path:
    """The audit that a command is about. Raises UsageError where none is named."""
    named = args.file or settings_of(args).care.audit
    if not named:
        raise UsageError("which audit? Give a FILE, or name one with --set care.audit=FILE")
    return Path(named).expanduser()
