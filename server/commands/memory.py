"""What is remembered of a caller: list it, export it, set it right, erase it; and a key for the store.

  warmline memory key                          a fresh key for store.key (keep it; without it nothing opens)
  warmline memory list                         who is remembered, and how much
  warmline memory list ada                     everything remembered of one caller
  warmline memory show ada 3                   one memory with its day, mood and facts
  warmline memory export ada -o ada.json       all that is kept of a caller: calls, words, memories, consents
  warmline memory correct ada 3 "My cousin Ana hurt me."
  warmline memory forget ada 3                 one memory, and the words of the turn it came from
  warmline memory forget ada --yes             everything of this caller; nothing of it is left in the file
  warmline memory allow ada                    a caller who once said no has changed their mind

The store is the one of the settings: store.url, store.key.
"""

from __future__ import annotations

import argparse
import asyncio
import datetime as dt
import json
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import asdict, replace
from pathlib import Path

from warmline.dialogue.memory import sentences
from warmline.dialogue.memory.items import Item
from warmline.dialogue.seeker.extract import facts_in
from warmline.server import report, wiring
from warmline.server.commands.common import add_settings, settings_of
from warmline.server.settings import Settings
from warmline.server.store import database, memories
from warmline.server.store.keeping import MEMORY
from warmline.server.store.sealing import new_key
from warmline.server.store.store import Store
from warmline.speech.audio.files import write_text
from warmline.speech.runtime.clock import utc_s
from warmline.speech.runtime.errors import StorageError, UsageError

ACTIONS = ("key", "list", "show", "export", "correct", "forget", "allow")


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("action", choices=ACTIONS, help="what to do")
    parser.add_argument("caller", nargs="?", metavar="CALLER", help="the caller's name, as in call.caller")
    parser.add_argument("item", nargs="?", type=int, metavar="ITEM", help="a memory's number, as in the list")
    parser.add_argument("text", nargs="?", metavar="TEXT", help="what it should say (correct)")
    parser.add_argument("-o", "--output", type=Path, metavar="FILE", help="where to write (export)")
    parser.add_argument("--yes", action="store_true", help="really everything (forget)")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    add_settings(parser)


def run(args: argparse.Namespace) -> int:
    if args.action == "key":
        print(new_key())
        return 0
    settings = settings_of(args)
    wiring.use_cache(settings)
    if not settings.store.url:
        raise UsageError("nothing is kept: set store.url (a file's path) and store.key to keep something")
    if args.caller is None and args.action != "list":
        raise UsageError(f"memory {args.action} needs a CALLER (warmline memory list names them)")
    if args.item is None and args.action in {"show", "correct"}:
        raise UsageError(f"memory {args.action} needs an ITEM (warmline memory list {args.caller} numbers them)")
    return asyncio.run(_run(args, settings))


async def _run(args: argparse.Namespace, settings: Settings) -> int:
    actions = {
        "list": _list,
        "show": _show,
        "export": _export,
        "correct": _correct,
        "forget": _forget,
        "allow": _allow,
    }
    async with _store(settings) as store:
        await actions[args.action](store, args)
        if store.unscrubbed:
            raise StorageError(
                "it is erased, but another process holds the store: its log is emptied when that one ends or writes"
            )
    return 0


@asynccontextmanager
async def _store(settings: Settings) -> AsyncGenerator[Store, None]:
    seal = database.check(settings.store, settings.memory)
    async with database.opened(settings.store.url, seal) as opened:
        yield Store(opened)


async def _list(store: Store, args: argparse.Namespace) -> None:
    if args.caller is None:
        known = await memories.callers(store)
        table = "\n".join(f"{name:<24}{count:>5} memories" for name, count in known) or "nobody is remembered"
        callers = [{"caller": name, "memories": count} for name, count in known]
        report.emit({"callers": callers}, len(known), table, as_json=args.json)
        return
    items = await memories.of(store, args.caller)
    consent = await store.consented(args.caller, MEMORY) or "never given in a call"
    lines = [f"{item.id:>5}  {_day(item.at)}  {item.kind.value:<12}  {item.text}" for item in items]
    table = "\n".join([f"{args.caller}: consent {consent}, {len(items)} memories", *lines])
    listed = [_plain(item) for item in items]
    payload = {"caller": args.caller, "consent": consent, "memories": listed}
    report.emit(payload, len(items), table, as_json=args.json)


async def _show(store: Store, args: argparse.Namespace) -> None:
    item = await _item(store, args)
    mood = item.mood
    felt = (
        f"valence {mood.valence:+.2f}, arousal {mood.arousal:+.2f} (sure {mood.sure:.0%})" if mood.sure else "not read"
    )
    table = "\n".join(
        (
            f"{item.kind.value} of {_day(item.at)}, call {item.call[:8]}, turn {item.turn}",
            f"  words   {item.text}",
            f"  facts   {'; '.join(item.facts) or 'none'}",
            f"  day     {item.due or 'none'}",
            f"  mood    {felt}; distress {mood.intensity:.1f} of 5",
        )
    )
    report.emit(_plain(item), 1, table, as_json=args.json)


async def _export(store: Store, args: argparse.Namespace) -> None:
    calls = await store.calls(args.caller, last=100_000)
    items = await memories.of(store, args.caller)
    if not calls and not items:
        raise UsageError(f"nothing is kept of {args.caller!r} (warmline memory list names who is remembered)")
    told = []
    for call in calls:
        told.append({**asdict(call), "turns": [asdict(turn) for turn in await store.turns(call.id)]})
    consents = [dict(row) for row in await store.consents(args.caller)]
    payload = {"caller": args.caller, "calls": told, "memories": [_plain(item) for item in items], "consents": consents}
    text = json.dumps(payload, ensure_ascii=False, indent=2) + "\n"
    if args.output is None:
        print(text, end="")
        return
    write_text(args.output, text)
    args.output.chmod(0o600)
    report.progress(f"{len(calls)} calls and {len(items)} memories are in {args.output}, readable by you only")


async def _correct(store: Store, args: argparse.Namespace) -> None:
    text = " ".join((args.text or "").split())
    if not text:
        raise UsageError('memory correct needs a TEXT: warmline memory correct ada 3 "My cousin Ana hurt me."')
    old = await _item(store, args)
    facts = tuple(f"{fact.kind.value}: {fact.text}" for fact in facts_in(text, old.turn))
    new = replace(old, text=text, facts=facts, vector=sentences.shipped().vector(text))
    await memories.change(store, args.caller, old, new)
    report.emit(_plain(new), 1, f"{new.id}: {new.text}", as_json=args.json)


async def _forget(store: Store, args: argparse.Namespace) -> None:
    if args.item is not None:
        if not await memories.forget(store, args.caller, args.item):
            raise UsageError(_no_item(args))
        report.emit({"forgotten": 1}, 1, "forgotten, with the words of its turn", as_json=args.json)
        return
    if not args.yes:
        raise UsageError(f"this erases everything of {args.caller!r}: add --yes")
    count = len(await memories.of(store, args.caller))
    calls = await store.forget_caller(args.caller)
    table = f"forgotten: {count} memories and the words of {calls} calls"
    report.emit({"forgotten": count, "calls": calls}, count, table, as_json=args.json)


async def _allow(store: Store, args: argparse.Namespace) -> None:
    await store.consent(args.caller, "", MEMORY, "yes", "operator", utc_s())
    report.emit({"caller": args.caller, "consent": "yes"}, 1, "what they say is kept from now on", as_json=args.json)


async def _item(store: Store, args: argparse.Namespace) -> Item:
    for item in await memories.of(store, args.caller):
        if item.id == args.item:
            return item
    raise UsageError(_no_item(args))


def _no_item(args: argparse.Namespace) -> str:
    return f"{args.caller!r} has no memory {args.item} (warmline memory list {args.caller} numbers them)"


def _plain(item: Item) -> dict[str, object]:
    mood = {"valence": item.mood.valence, "arousal": item.mood.arousal, "sure": item.mood.sure}
    return {
        "id": item.id,
        "kind": item.kind.value,
        "text": item.text,
        "facts": list(item.facts),
        "day": item.due or None,
        "said": _day(item.at),
        "call": item.call,
        "turn": item.turn,
        "mood": {**mood, "distress": item.mood.intensity},
    }


def _day(at: float) -> str:
    return dt.datetime.fromtimestamp(at, dt.UTC).date().isoformat()
