"""Explain a kept call, turn by turn: what was heard in words and voice, what it seemed to be about, what was chosen,
what was expected of it, and why.

  warmline chat --keep talk.json        then: warmline explain talk.json
  warmline explain last                 the newest call in the store (store.url)
  warmline explain 3f2a --turn 4        a call by the beginning of its id, one turn of it
  warmline explain 3f2a --json

Where a caller did not let their words be kept, the figures and reasons are shown without them.
"""

from __future__ import annotations

import argparse
import asyncio
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console

from warmline.server.chain import chain, lines, panel
from warmline.server.commands.common import add_settings, settings_of
from warmline.server.report import emit
from warmline.server.settings import Settings
from warmline.server.store import database
from warmline.server.store.records import StoredTurn
from warmline.server.store.store import Store
from warmline.server.transcript import read
from warmline.speech.runtime.errors import SettingsError, UsageError

LAST = "last"


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("call", metavar="CALL", help="a file by --keep, the id of a call in the store, or: last")
    parser.add_argument("--turn", type=int, metavar="N", help="this turn only, from 1")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    add_settings(parser)


def run(args: argparse.Namespace) -> int:
    path = Path(args.call)
    turns = read(path) if path.is_file() else asyncio.run(_kept(args.call, settings_of(args)))
    if not turns:
        raise UsageError("nothing was said in this call")
    chosen = [turn for turn in turns if args.turn in (None, turn.number)]
    if not chosen:
        raise UsageError(f"this call has the turns {turns[0].number} to {turns[-1].number}")
    console = Console()
    if args.json or not console.is_terminal:
        text = "\n\n".join("\n".join(lines(turn)) for turn in chosen)
        emit({"turns": [chain(turn) for turn in chosen]}, len(chosen), text, as_json=args.json)
        return 0
    for turn in chosen:
        console.print(panel(turn))
    return 0


async def _kept(name: str, settings: Settings) -> Sequence[StoredTurn]:
    """The turns of a call in the store. Raises SettingsError, StorageError, UsageError."""
    if not settings.store.url:
        raise SettingsError(f"there is no file {name!r}, and no store to look into: set store.url, or give a file")
    seal = database.check(settings.store, settings.memory)
    async with database.opened(settings.store.url, seal) as open_:
        store = Store(open_)
        if name == LAST:
            newest = await store.calls(last=1)
            call = newest[0] if newest else None
        else:
            call = await store.call(name)
        if call is None:
            raise UsageError(f"the store has no call {name!r}, or several that begin so")
        return await store.turns(call.id)
