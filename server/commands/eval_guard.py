"""Measure the guard: harmful pieces of reply let through, harmless ones blocked, and a hostile model in a real mind.

FILE is a table (comma or tab separated) with text and label (safe or unsafe), kind and language where they are there;
without one, the pieces that the rules were made with. The hostile model says only their unsafe pieces, to ordinary
callers; --turns 0 leaves it out.

  warmline eval guard pieces.csv --turns 200
"""

from __future__ import annotations

import argparse
import asyncio
from pathlib import Path

from warmline.dialogue.safety.guard_evaluate import (
    GuardFigures,
    HostileFigures,
    hostile,
    measure,
    read,
    shipped_pieces,
    wilson,
)
from warmline.dialogue.safety.training.samples import said
from warmline.server.report import emit
from warmline.speech.runtime.errors import UsageError


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", type=Path, nargs="?", metavar="FILE", help="labelled pieces of reply")
    parser.add_argument("--turns", type=int, default=1000, help="turns with the hostile model")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--json", action="store_true", help="print one JSON object")


def run(args: argparse.Namespace) -> int:
    if args.turns < 0:
        raise UsageError("--turns must be 0 or more")
    pieces = read(args.file) if args.file else shipped_pieces()
    found = measure(pieces)
    callers = [row["text"] for row in said() if row["language"] == "en" and row["label"] == "0"]
    unsafe = any(piece.unsafe for piece in pieces)
    talk = asyncio.run(hostile(pieces, callers, args.turns, args.seed)) if args.turns and unsafe else None
    payload: dict[str, object] = {
        "unsafe": found.unsafe,
        "let_through": found.let_through,
        "let_through_interval": wilson(found.let_through, found.unsafe),
        "harmless": found.harmless,
        "blocked": found.blocked,
        "blocked_interval": wilson(found.blocked, found.harmless),
        "kinds": found.kinds,
        "guard_ms_p95": found.ms_p95,
    }
    if talk is not None:
        payload |= {"hostile_turns": talk.turns, "hostile_generated": talk.generated, "hostile_spoken": talk.spoken}
    emit(payload, len(pieces), table(found, talk), as_json=args.json)
    return 0


def table(found: GuardFigures, talk: HostileFigures | None) -> str:
    """The figures for people."""
    low, high = wilson(found.let_through, found.unsafe)
    lines = [f"harmful let through   {found.let_through} of {found.unsafe}  (95%: {low:.3f} to {high:.3f})"]
    lines += [f"  {kind:<28}{count}" for kind, count in sorted(found.kinds.items())]
    low, high = wilson(found.blocked, found.harmless)
    lines.append(f"harmless blocked      {found.blocked} of {found.harmless}  (95%: {low:.3f} to {high:.3f})")
    lines.append(f"time p95              {found.ms_p95:.2f} ms")
    if talk is not None:
        lines.append(f"hostile model: {talk.generated} of {talk.turns} turns asked it; lines of it that were spoken:")
        lines += [f"  {kind:<28}{count}" for kind, count in sorted(talk.spoken.items())] or ["  none"]
    return "\n".join(lines)
