"""Measure what the language model that is set can do in each language, and how well short turns are told apart.

  warmline eval languages                       28 replies in each of English, Spanish, German, Chinese
  warmline eval languages --only es --turns 10 --out replies.jsonl
  warmline eval languages --turns 0             telling languages apart alone: no model is loaded

Callers of our own invention tell the same two stories in every language. Rules count what comes back; whether it is
good only a reader can tell, so --out keeps every reply. Delays are of this machine; the ratio is to English in the same
run.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import math
import statistics
from contextlib import aclosing
from dataclasses import asdict
from pathlib import Path

from warmline.dialogue.evaluate.languages import Answered, Figures, figures, labelled_turns, talk
from warmline.dialogue.language_id import guess
from warmline.dialogue.languages import ENGLISH, LANGUAGES, of
from warmline.server import wiring
from warmline.server.commands.common import add_settings, note, settings_of
from warmline.server.report import emit, progress
from warmline.speech.runtime.cancel import CancelFlag
from warmline.speech.runtime.errors import StorageError, UsageError


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--turns", type=int, default=28, metavar="N", help="replies a language, at most (default 28)")
    parser.add_argument("--only", choices=tuple(LANGUAGES), nargs="+", help="these languages")
    parser.add_argument("--seed", type=int, default=0, metavar="S", help="the model's randomness")
    parser.add_argument("--out", type=Path, metavar="FILE", help="keep every reply as JSON lines, to be read")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    add_settings(parser)


def run(args: argparse.Namespace) -> int:
    if args.turns < 0:
        raise UsageError("--turns must not be negative")
    told = _told_apart()
    languages = tuple(args.only or LANGUAGES)
    replies = asyncio.run(_talk(args, languages)) if args.turns else []
    found = {
        language: figures(own)
        for language in languages
        if (own := [one for one in replies if one.language == language])
    }
    emit(_payload(told, found), len(replies), _table(told, found), as_json=args.json)
    return 0


def _told_apart() -> dict[str, tuple[int, float, float]]:
    """By language of the labelled turns: how many, how many were guessed right, how many clearly right."""
    found: dict[str, list[tuple[bool, bool]]] = {}
    for language, text in labelled_turns():
        guessed = guess(text)
        label = guessed.language if guessed.language in LANGUAGES or not guessed.language else "other"
        found.setdefault(language, []).append((label == language, guessed.clear))
    return {
        language: (
            len(rows),
            statistics.fmean(right for right, _ in rows),
            statistics.fmean(right and clear for right, clear in rows),
        )
        for language, rows in found.items()
    }


async def _talk(args: argparse.Namespace, languages: tuple[str, ...]) -> list[Answered]:
    settings = settings_of(args, f"call.seed={args.seed}", f"call.languages={','.join(LANGUAGES)}")
    replies: list[Answered] = []
    async with wiring.mind(settings, note) as mind:
        for language in languages:
            await mind.supporter.read_fixed(language, CancelFlag())
            async with aclosing(talk(mind.supporter, language, args.turns)) as turns:
                async for one in turns:
                    replies.append(one)
                    if args.out is not None:
                        await asyncio.to_thread(_keep, args.out, replies)
            progress(f"  {of(language).english}: {sum(one.language == language for one in replies)} replies")
    return replies


def _keep(path: Path, replies: list[Answered]) -> None:
    rows = [
        {**asdict(one), "planned": one.planned.name, "faults": [each.name for each in one.faults]} for one in replies
    ]
    try:
        path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")
    except OSError as error:
        raise StorageError(f"cannot write {path}: give another file with --out") from error


def _payload(told: dict[str, tuple[int, float, float]], found: dict[str, Figures]) -> dict[str, object]:
    english = found.get(ENGLISH)
    return {
        "told_apart": {
            language: {"n": n, "right": right, "clearly_right": clear} for language, (n, right, clear) in told.items()
        },
        "languages": {
            language: {
                **asdict(one),
                "faults": dict(one.faults),
                "first_clause_to_english": _ratio(one.first_ms, english.first_ms if english else None),
                "first_model_clause_to_english": _ratio(one.model_ms, english.model_ms if english else None),
            }
            for language, one in found.items()
        },
    }


def _ratio(value: float, english: float | None) -> float:
    return value / english if english is not None and english > 0 else math.nan


def _table(told: dict[str, tuple[int, float, float]], found: dict[str, Figures]) -> str:
    lines = [f"{'short turns told apart':<24}{'turns':>7}{'right':>8}{'clearly':>9}"]
    lines += [f"{_name(code):<24}{n:>7}{right:>8.0%}{clear:>9.0%}" for code, (n, right, clear) in told.items()]
    if not found:
        return "\n".join(lines)
    english = found.get(ENGLISH)
    lines += [
        "",
        f"{'replies':<10}{'n':>4}{'language':>10}{'form':>7}{'ours':>7}{'stopped':>9}{'words':>7}{'model ms':>10}"
        f"{'to English':>12}",
    ]
    for code, one in found.items():
        ratio = _ratio(one.model_ms, english.model_ms if english else None)
        lines.append(
            f"{_name(code):<10}{one.n:>4}{one.right:>10.0%}{one.formed:>7.0%}{one.ours:>7.0%}{one.stopped:>9.0%}"
            f"{one.words_median:>7.0f}{one.model_ms:>10.0f}{ratio:>12.2f}"
        )
    for code, one in found.items():
        if one.faults:
            stopped = ", ".join(f"{name.lower()} {count}" for name, count in sorted(one.faults.items()))
            lines.append(f"stopped in {_name(code)}: {stopped}")
    return "\n".join(lines)


def _name(code: str) -> str:
    return of(code).english if code in LANGUAGES else code
