"""Write the report of a kept call: mood over time, moments, what was tried, what was said and heard.

  warmline report last                      as text, the newest call in the store (store.url)
  warmline report 3f2a -o call.pdf          a call by the beginning of its id, as PDF, PNG, text, captions or JSON
  warmline report 3f2a -o call.vtt          captions, timed to what was heard
  warmline report talk.json -o talk.png     a file that --keep wrote (warmline chat, talk)

The kind of file goes by its name: .pdf and .png (need pip install "warmline[plots]"), .txt, .vtt, .json. Where a caller
did not let their words be kept, times and figures are shown without them.
"""

from __future__ import annotations

import argparse
import asyncio
from pathlib import Path

from warmline.server.aftercall.formats import FORMATS, made
from warmline.server.aftercall.report import Report, report_of
from warmline.server.commands.common import add_settings, settings_of
from warmline.server.report import progress
from warmline.server.settings import Settings
from warmline.server.store import database, memories, sharing
from warmline.server.store.records import StoredCall
from warmline.server.store.store import Store
from warmline.server.transcript import read
from warmline.speech.runtime.errors import SettingsError, StorageError, UsageError

LAST = "last"


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("call", metavar="CALL", help="the id of a call in the store, last, or a file by --keep")
    parser.add_argument("-o", "--output", type=Path, metavar="FILE", help="where to write; default: text, here")
    add_settings(parser)


def run(args: argparse.Namespace) -> int:
    form = "txt" if args.output is None else args.output.suffix.lower().removeprefix(".")
    if form not in FORMATS:
        raise UsageError(f"a report is written as .{', .'.join(FORMATS)}, not {args.output.name!r}")
    path = Path(args.call)
    found = _of_file(path) if path.is_file() else asyncio.run(_of_store(args.call, settings_of(args)))
    content = made(found, form)
    if args.output is None:
        print(content.decode(), end="")
        return 0
    try:
        args.output.write_bytes(content)
        args.output.chmod(0o600)
    except OSError as error:
        raise StorageError(f"cannot write {args.output} ({error.strerror}): choose another place") from error
    progress(f"{args.output}: {len(found.exchanges)} exchanges, readable by you only")
    return 0


def _of_file(path: Path) -> Report:
    """The call of a transcript. Raises UnreadableInput."""
    turns = read(path)
    began = turns[0].at - turns[0].at_s if turns else path.stat().st_mtime
    ended = turns[-1].at if turns else None
    return report_of(StoredCall(path.stem, "", "en", began, ended, words=True), turns)


async def _of_store(name: str, settings: Settings) -> Report:
    """Raises SettingsError, StorageError, UsageError."""
    if not settings.store.url:
        raise SettingsError(f"there is no file {name!r}, and no store to look into: set store.url, or give a file")
    async with database.opened(settings.store.url, database.check(settings.store, settings.memory)) as open_:
        store = Store(open_)
        newest = await store.calls(last=1) if name == LAST else ()
        call = (newest[0] if newest else None) if name == LAST else await store.call(name)
        if call is None:
            raise UsageError(f"the store has no call {name!r}, or several that begin so")
        share = await sharing.shared(store, call.id)
        turns, items = await store.turns(call.id), await memories.of_call(store, call.id)
        return report_of(call, turns, items, share=share.value, accesses=await sharing.accesses(store, call.id))
