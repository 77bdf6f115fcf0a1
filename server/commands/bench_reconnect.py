"""Calls whose connection breaks at a random moment: does the talk go on, with nothing of it lost?

  warmline bench reconnect --n 100           on virtual time, in a minute or two
  warmline bench reconnect --n 100 --json    exactly one JSON object
  warmline bench reconnect --n 20 --seed 3   other moments

In turn the connection is reset, falls silent without a word, stalls for ten seconds, or is reset and breaks again while
the call is being taken up. The client is back after up to 40 seconds. The server is the real one from the socket to the
conversation; what hears, thinks and speaks are stand-ins.

continued    calls in which everything that was said was heard once and answered, and every reply was heard to its end
lost         the others; why and where tell of them
"""

from __future__ import annotations

import argparse
from dataclasses import replace

from warmline.server import report, wiring
from warmline.server.bench import reconnect, virtual_time
from warmline.server.bench.reconnect import Broken
from warmline.server.commands.common import add_settings, note, settings_of
from warmline.speech.runtime.cores import Inline
from warmline.speech.runtime.errors import UsageError

MOST = 10_000


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--n", type=int, default=100, metavar="N", help="calls (default 100)")
    parser.add_argument("--seed", type=int, default=1, help="chooses the moments (default 1)")
    parser.add_argument("--json", action="store_true", help="print exactly one JSON object")
    add_settings(parser)


def run(args: argparse.Namespace) -> int:
    if not 1 <= args.n <= MOST:
        raise UsageError(f"--n is from 1 to {MOST}, not {args.n}")
    payload = reconnect.payload(virtual_time.run(_calls(args)))
    lines = [f"{kind:<14}{count}" for kind, count in payload.items() if isinstance(count, int)]
    lines += [f"  {where}" for where in payload["where"]] if isinstance(payload["where"], list) else []
    report.emit(payload, args.n, "\n".join([*lines, f"{'hardware':<14}{report.hardware()}"]), as_json=args.json)
    return 0


async def _calls(args: argparse.Namespace) -> list[Broken]:
    settings = settings_of(
        args,
        "call.seed=1",
        'call.greeting="Hello, I am an AI, and I listen."',
        "call.check_in_s=600",
        "vad.backend=energy",
        "turn.backend=vad_only",
        "asr.backend=scripted",
        f'asr.script="{reconnect.WORDS}"',
        "tagger.backend=scripted",
        "llm.backend=scripted",
        "llm.kept=1",
        "voice.backend=tone",
        'spare_voice.backend=""',
    )
    async with wiring.parts(settings, note) as built:
        return await reconnect.calls(replace(built, compute=Inline()), settings, args.n, args.seed)
