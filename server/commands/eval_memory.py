"""Measure memory: what comes to mind of five calls in a sixth, by meaning alone and with mood; and what is left after
forgetting.

FILE is a text of simulated callers ("= NAME PART", "@ DATE", "MOOD: sentence", "? MOOD | sentence | 1.2 3.4"); ours
ships with the package, and is what is measured without FILE. --part held counts only callers on whom nothing was tuned.

  warmline eval memory
  warmline eval memory --part held --json
"""

from __future__ import annotations

import argparse
import asyncio
import tempfile
import time
from dataclasses import replace
from pathlib import Path

from warmline.dialogue.memory import sentences
from warmline.dialogue.memory.evaluate import Caller, Figures, measure, read, remembered, sixth_call
from warmline.dialogue.memory.items import Mood
from warmline.dialogue.memory.recall import CHOSEN, Index
from warmline.server import wiring
from warmline.server.commands.common import add_settings, settings_of
from warmline.server.report import emit, percentile
from warmline.server.store import database, memories
from warmline.server.store.sealing import Seal
from warmline.server.store.store import Store
from warmline.speech.runtime.errors import UsageError


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", type=Path, nargs="?", metavar="FILE", help="simulated callers (default: ours)")
    parser.add_argument("--part", help="only callers of this part (ours: tune, held)")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    add_settings(parser)


def run(args: argparse.Namespace) -> int:
    wiring.use_cache(settings_of(args))
    callers = tuple(caller for caller in read(args.file) if args.part in {None, caller.part})
    if not callers:
        raise UsageError(f"there is no caller of part {args.part!r}")
    embed = sentences.shipped()
    with_mood = measure(callers, embed)
    meaning = measure(callers, embed, replace(CHOSEN, mood=0.0))
    took = _times(callers, embed)
    left = asyncio.run(_after_forgetting(callers, embed))
    payload = {
        "recall_at_1": with_mood.recall[0],
        "recall_at_3": with_mood.recall[1],
        "mrr": with_mood.mrr,
        "hit_at_3": with_mood.hit,
        "by_meaning_only": {"recall_at_1": meaning.recall[0], "recall_at_3": meaning.recall[1], "mrr": meaning.mrr},
        "offered": with_mood.offered,
        "offered_right": with_mood.offered_right,
        "offered_wrongly": with_mood.offered_wrongly,
        "hits_after_forget": left,
        "callers": len(callers),
        "recall_ms_p95": percentile(took, 95),
    }
    emit(payload, with_mood.n, _table(with_mood, meaning, left, percentile(took, 95)), as_json=args.json)
    return 0


def _times(callers: tuple[Caller, ...], embed: sentences.Sentences) -> list[float]:
    """Milliseconds of each recall, the vector included."""
    took = []
    for caller in callers:
        index, now = Index(remembered(caller, embed)), sixth_call(caller)
        for query in caller.queries:
            begun = time.perf_counter()
            index.find(embed.vector(query.text), Mood(), now)
            took.append(1000.0 * (time.perf_counter() - begun))
    return took


async def _after_forgetting(callers: tuple[Caller, ...], embed: sentences.Sentences) -> int:
    """How many memories can still be found after each caller was forgotten: in the store, in an index made of it, and
    as text in the bytes of its files, which are not sealed for this."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "memory.db"
        left = 0
        async with database.opened(str(path), Seal()) as opened:
            store = Store(opened)
            made = {caller.name: remembered(caller, embed) for caller in callers}
            for name, items in made.items():
                await memories.add(store, name, items)
            for name, items in made.items():
                await store.forget_caller(name)
                rest = await memories.of(store, name)
                index = Index(rest)
                left += len(rest) + len(index.find(items[0].vector, Mood(), items[0].at))
            data = await asyncio.to_thread(_bytes, Path(folder))
            left += sum(item.text.encode() in data for items in made.values() for item in items)
    return left


def _bytes(folder: Path) -> bytes:
    return b"".join(file.read_bytes() for file in folder.iterdir())


def _table(with_mood: Figures, meaning: Figures, left: int, p95_ms: float) -> str:
    return "\n".join(
        (
            f"{with_mood.n} sentences of a sixth call",
            f"{'':<18}{'recall@1':>10}{'recall@3':>10}{'MRR':>8}",
            f"{'by meaning':<18}{meaning.recall[0]:>10.3f}{meaning.recall[1]:>10.3f}{meaning.mrr:>8.3f}",
            f"{'and mood':<18}{with_mood.recall[0]:>10.3f}{with_mood.recall[1]:>10.3f}{with_mood.mrr:>8.3f}",
            f"near enough to be spoken of: {with_mood.offered:.0%} of them, right {with_mood.offered_right:.0%}; "
            f"where nothing should come: {with_mood.offered_wrongly:.0%}",
            f"found after forgetting: {left}",
            f"time p95: {p95_ms:.1f} ms, the vector included",
        )
    )
