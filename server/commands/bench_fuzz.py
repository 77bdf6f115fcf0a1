"""Hostile frames against every wire: through its parser and the call behind it, on virtual time.

  warmline bench fuzz --frames 10000                    every parser, in a minute or two
  warmline bench fuzz --parser asterisk --frames 1000000
  warmline bench fuzz --parser call --seed 7 --session 431 --frames 1     one session again

Frames are valid ones of a protocol's grammar, many of them spoilt: wrong types, sizes, order, encodings and nesting,
huge numbers, NaN, halves of letters, pieces cut anywhere. Behind the parser is a call as the server holds it, with a
conversation that only plays sounds; offers go through WebRTC's own parser, one in ten through its whole peer, requests
through the whole application.

frames, sessions     what was sent; a session is one connection, fifty requests or fifty offers
crashes              exceptions that a line let through, calls that our side failed, answers of 500 and more
hangs                frames that took longer than --limit-ms, calls that did not end after their client had gone
slowest_ms           the longest that one frame took
rss_growth_mib       resident memory, from a tenth of the way to the end
"""

from __future__ import annotations

import argparse
import importlib.util
import logging
from dataclasses import asdict

from warmline.server import report
from warmline.server.bench.fuzz import Fuzzed, Session, fuzz
from warmline.server.bench.fuzz_http import HTTP_SESSIONS
from warmline.server.bench.fuzz_lines import SESSIONS
from warmline.speech.runtime.errors import MissingExtra, UsageError

PARSERS: dict[str, Session] = {**SESSIONS, **HTTP_SESSIONS}
NEEDS_WEBRTC = ("sdp", "http")
MOST_FRAMES = 100_000_000


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--frames", type=int, default=10_000, metavar="N", help="of each parser (default 10000)")
    parser.add_argument("--seed", type=int, default=0, metavar="S", help="the same seed is the same run (default 0)")
    parser.add_argument("--parser", choices=sorted(PARSERS), help="only this one (default: all)")
    parser.add_argument("--session", type=int, default=0, metavar="K", help="the first session's number (default 0)")
    parser.add_argument("--limit-ms", type=float, default=2_000.0, help="processor time for one frame (default 2000)")
    parser.add_argument("--json", action="store_true", help="print exactly one JSON object")


def run(args: argparse.Namespace) -> int:
    if not 1 <= args.frames <= MOST_FRAMES:
        raise UsageError(f"--frames is from 1 to {MOST_FRAMES}, not {args.frames}")
    if args.session < 0 or not 10.0 <= args.limit_ms <= 600_000.0:
        raise UsageError("--session is from 0, --limit-ms from 10 to 600000")
    names = [args.parser] if args.parser else [name for name in PARSERS if _can(name)]
    if not all(map(_can, names)):
        raise MissingExtra(f"fuzzing {args.parser} needs WebRTC: pip install 'warmline[webrtc]'")
    logging.disable(logging.CRITICAL)  # a line warns about each client that is not what it should be
    try:
        done = [_fuzzed(name, args) for name in names]
    finally:
        logging.disable(logging.NOTSET)
    payload = {
        "parsers": {one.parser: _view(one) for one in done},
        "frames": sum(one.frames for one in done),
        "crashes": sum(one.crashes for one in done),
        "hangs": sum(one.hangs for one in done),
        "seed": args.seed,
    }
    report.emit(payload, sum(one.frames for one in done), _table(done), as_json=args.json)
    return 0


def _fuzzed(name: str, args: argparse.Namespace) -> Fuzzed:
    report.progress(f"  {name} ...")
    return fuzz(name, PARSERS[name], args.frames, args.seed, args.limit_ms / 1000.0, args.session)


def _can(name: str) -> bool:
    return name not in NEEDS_WEBRTC or importlib.util.find_spec("aiortc") is not None


def _view(one: Fuzzed) -> dict[str, object]:
    shown = asdict(one) | {"rss_growth_mib": one.grown_mib, "findings": [asdict(found) for found in one.findings]}
    return {key: value for key, value in shown.items() if key not in ("parser", "grown_mib")}


def _table(done: list[Fuzzed]) -> str:
    head = (
        f"{'parser':<12}{'frames':>9}{'sessions':>9}{'crashes':>8}{'hangs':>6}{'slowest':>9}{'frames/s':>9}{'grown':>8}"
    )
    lines = [head + "   (ms, MiB)"]
    for one in done:
        figures = f"{one.frames:>9}{one.sessions:>9}{one.crashes:>8}{one.hangs:>6}"
        lines.append(f"{one.parser:<12}{figures}{one.slowest_ms:>9.1f}{one.frames_per_s:>9.0f}{one.grown_mib:>8.1f}")
        lines += [f"  {found.kind} in session {found.session}: {found.error}" for found in one.findings]
    return "\n".join([*lines, f"hardware  {report.hardware()}"])
