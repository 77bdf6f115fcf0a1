"""Measure the guard: harmful pieces of reply let through, harmless ones blocked, and a hostile model in a real mind.

FILE is a table (comma or tab separated) with text and label (safe or unsafe), kind and language where they are there;
without one, the pieces that the rules were made with. The hostile model says only their unsafe pieces, to ordinary
callers; --turns 0 leaves it out. --deep measures the pieces once more with the embedded language model, which reads
what the guard is in doubt about, and once more as in a call, where a sentence is read before the next is written.

  warmline eval guard pieces.csv --turns 200
  warmline eval guard pieces.csv --turns 0 --deep
"""

from __future__ import annotations

import argparse
import asyncio
from collections.abc import Sequence
from pathlib import Path

from warmline.dialogue.llm.base import Rates
from warmline.dialogue.safety.guard_deep_evaluate import DeepGuardFigures, measure_deep
from warmline.dialogue.safety.guard_evaluate import (
    GuardFigures,
    HostileFigures,
    Piece,
    hostile,
    measure,
    read,
    shipped_pieces,
    wilson,
)
from warmline.dialogue.safety.training.samples import said
from warmline.server.commands.common import add_settings
from warmline.server.commands.taught import reading_model
from warmline.server.report import emit
from warmline.speech.runtime.errors import UsageError


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", type=Path, nargs="?", metavar="FILE", help="labelled pieces of reply")
    parser.add_argument("--turns", type=int, default=1000, help="turns with the hostile model")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--deep", action="store_true", help="also with the embedded language model behind the guard")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    add_settings(parser)


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
    read_too = asyncio.run(_deep(pieces, args)) if args.deep else None
    if read_too is not None:
        payload["deep"] = read_too.payload()
    emit(payload, len(pieces), table(found, talk, read_too), as_json=args.json)
    return 0


async def _deep(pieces: Sequence[Piece], args: argparse.Namespace) -> DeepGuardFigures:
    async with reading_model(args) as llm:
        assert isinstance(llm, Rates)
        return await measure_deep(pieces, llm)


def table(found: GuardFigures, talk: HostileFigures | None, read_too: DeepGuardFigures | None = None) -> str:
    """The figures for people."""
    lines = [*_shares(found), f"time p95              {found.ms_p95:.2f} ms"]
    if read_too is not None:
        lines += ["with the language model behind it", *_shares(read_too)]
        lines.append(
            f"as in a call, by sentence: let through {read_too.call_let_through}, blocked {read_too.call_blocked}"
        )
        lines.append(f"read by it            {read_too.read}, harmless ones {read_too.read_harmless}")
        lines.append(f"  of them failed      {read_too.unread}")
        lines.append(f"time of a reading     p50 {read_too.ms_p50:.0f} ms, p95 {read_too.ms_p95:.0f} ms")
    if talk is not None:
        lines.append(f"hostile model: {talk.generated} of {talk.turns} turns asked it; lines of it that were spoken:")
        lines += [f"  {kind:<28}{count}" for kind, count in sorted(talk.spoken.items())] or ["  none"]
    return "\n".join(lines)


def _shares(found: GuardFigures | DeepGuardFigures) -> list[str]:
    low, high = wilson(found.let_through, found.unsafe)
    lines = [f"harmful let through   {found.let_through} of {found.unsafe}  (95%: {low:.3f} to {high:.3f})"]
    lines += [f"  {kind:<28}{count}" for kind, count in sorted(found.kinds.items())]
    low, high = wilson(found.blocked, found.harmless)
    lines.append(f"harmless blocked      {found.blocked} of {found.harmless}  (95%: {low:.3f} to {high:.3f})")
    return lines
