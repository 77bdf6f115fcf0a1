"""Is anything lost when the server is killed? Kills a real serving process at random moments, and reads the store.

  warmline bench crash --kills 50                          SQLite, in a folder that is thrown away
  warmline bench crash --kills 50 --url postgresql://warmline@localhost/scratch
  warmline bench crash --kills 5 --calls 20 --json

Each round starts `warmline serve` with stand-ins for the models, lets callers write to it over WebSockets, and sends
SIGKILL at a moment that chance chooses. An exchange is finished once its caller was told of its end (reply_ended).

finished   exchanges whose end a caller was told of      lost      those that the store does not have afterwards
kept       exchanges in the store                        corrupt   rounds after which the store was not whole
waited     writings that the next start did again

With --url the database is written to and nothing of it is erased: take one made for this.
"""

from __future__ import annotations

import argparse
import asyncio
import tempfile
from pathlib import Path

from warmline.server import config, report
from warmline.server.bench.crash import Crashed, Shop, crash
from warmline.server.store.sealing import new_key
from warmline.speech.runtime.errors import UsageError


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--kills", type=int, default=50, metavar="N", help="how often (default 50)")
    parser.add_argument("--calls", type=int, default=6, metavar="N", help="calls at once (default 6)")
    parser.add_argument(
        "--within", type=float, default=2.0, metavar="S", help="kill within so many seconds (default 2)"
    )
    parser.add_argument("--url", default="", help="a database made for this; default: a SQLite file, thrown away")
    parser.add_argument(
        "--key", default="", help="the key of --url's store, where it was used before; default: a new one"
    )
    parser.add_argument("--seed", type=int, default=0, help="of the moments (default 0)")
    parser.add_argument("--json", action="store_true", help="print exactly one JSON object")


def run(args: argparse.Namespace) -> int:
    if not (1 <= args.kills <= 1000 and 1 <= args.calls <= 200 and 0 < args.within <= 60):
        raise UsageError("--kills is from 1 to 1000, --calls from 1 to 200, --within at most 60 seconds")
    key = args.key or new_key()
    with tempfile.TemporaryDirectory(prefix="warmline-crash-") as folder:
        cache = Path(config.here().settings.cache or "~/.cache/warmline")
        shop = Shop(args.url or str(Path(folder) / "calls.db"), key, cache)
        found = asyncio.run(crash(shop, args.kills, args.calls, args.within, args.seed))
    kind = "PostgreSQL" if args.url.startswith("postgres") else "SQLite"
    payload = {
        "store": kind,
        "kills": found.kills,
        "calls": args.calls,
        "finished": found.finished,
        "kept": found.kept,
        "lost": found.lost,
        "corrupt": found.corrupt,
        "waited": found.waited,
        "troubles": found.troubles,
    }
    report.emit(payload, found.kills, _table(kind, found), as_json=args.json)
    return 0


def _table(kind: str, found: Crashed) -> str:
    lines = [
        f"{kind}, killed {found.kills} times",
        f"  finished exchanges   {found.finished}",
        f"  of these lost        {found.lost}",
        f"  exchanges kept       {found.kept}",
        f"  writings done again  {found.waited}",
        f"  store not whole      {found.corrupt}",
    ]
    return "\n".join([*lines, *(f"  {trouble}" for trouble in found.troubles)])
