"""Measure whether replies do what was planned: simulated callers of ours talk with the language model that is set.

  warmline eval realise --turns 200 --seed 0
  warmline eval realise --set llm.backend=vllm --set llm.base_url=http://127.0.0.1:8000/v1

Each caller talks for 30 turns. What a reply does is judged by a linear model of ours, right on three of four replies
(dialogue/evaluate/weights/CARD.md); the classifier of people's lines is reported beside it. Delays are of
this machine, from the turn's text to the first piece. --out keeps every turn as JSON lines, to be read by a person.
"""

from __future__ import annotations

import argparse
import asyncio
import json
from contextlib import aclosing
from dataclasses import asdict
from pathlib import Path

from warmline.dialogue.classify.acts import acts
from warmline.dialogue.evaluate.kinds import kinds
from warmline.dialogue.evaluate.realise import Figures, Realised, figures, rehearse
from warmline.server import wiring
from warmline.server.commands.common import add_settings, note, settings_of
from warmline.server.report import emit, percentile, progress
from warmline.speech.runtime.errors import StorageError, UsageError


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--turns", type=int, default=200, metavar="N", help="replies to measure (default 200)")
    parser.add_argument("--seed", type=int, default=0, metavar="S", help="which callers, and the model's randomness")
    parser.add_argument("--out", type=Path, metavar="FILE", help="keep every turn as JSON lines")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    add_settings(parser)


def run(args: argparse.Namespace) -> int:
    if args.turns < 1:
        raise UsageError("--turns must be at least 1")
    replies = asyncio.run(_talk(args))
    found = figures(replies)
    if args.out is not None:
        _keep(args.out, replies)
    lines_of_people = acts()
    same = [lines_of_people.best(one.reply, [(True, one.words)]) is one.planned for one in replies]
    payload = _payload(found) | {"realised_by_esconv_classifier": sum(same) / len(same)}
    emit(payload, found.n, _table(found), as_json=args.json)
    return 0


async def _talk(args: argparse.Namespace) -> list[Realised]:
    settings = settings_of(args, f"call.seed={args.seed}")
    judge = kinds()
    replies: list[Realised] = []
    async with wiring.mind(settings, note) as mind:
        unread = mind.unread
        async with aclosing(rehearse(mind.supporter, judge.best, args.turns, args.seed, unread)) as turns:
            async for one in turns:
                replies.append(one)
                if len(replies) % 10 == 0:
                    progress(f"  {len(replies)} of {args.turns} turns")
    return replies


def _keep(path: Path, replies: list[Realised]) -> None:
    rows = [
        {
            **asdict(one),
            "planned": one.planned.name,
            "found": one.found.name,
            "faults": [each.name for each in one.faults],
        }
        for one in replies
    ]
    try:
        path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")
    except OSError as error:
        raise StorageError(f"cannot write {path}: give another file with --out") from error


def _payload(found: Figures) -> dict[str, object]:
    return {
        "realised": found.realised,
        "worst_class": found.worst_class,
        "decay_points": found.decay_points,
        "words_median": found.words_median,
        "questions_over_one": found.questions_over_one,
        "claims": found.claims,
        "rescued": found.rescued,
        "distinct": found.distinct,
        "by_class": {name: {"realised": rate, "n": n} for name, (rate, n) in found.by_class.items()},
        "by_turn": found.by_turn,
        "faults": found.faults,
        "first_clause_ms": _spread(found.first_ms),
        "first_model_clause_ms": _spread(found.model_ms),
        "unread_tokens": _spread([float(count) for count in found.unread]),
    }


def _spread(values: tuple[float, ...] | list[float]) -> dict[str, float]:
    return {"p50": percentile(values, 50), "p95": percentile(values, 95)}


def _table(found: Figures) -> str:
    first, model = _spread(found.first_ms), _spread(found.model_ms)
    unread = _spread([float(count) for count in found.unread])
    lines = [
        f"{found.n} turns",
        f"realised as planned   {found.realised:.1%}   worst: {found.worst.lower()} {found.worst_class:.1%}",
        f"decay, turn 3 to 30   {found.decay_points:.1f} points   "
        + ", ".join(f"turns {name}: {rate:.0%}" for name, rate in found.by_turn.items()),
        f"words, median         {found.words_median:.0f}",
        f"more than a question  {found.questions_over_one:.1%}",
        f"claims and leaks      {found.claims}",
        f"sentences of ours     {found.rescued:.1%}   different replies {found.distinct:.1%}",
        f"first clause          p50 {first['p50']:.0f} ms, p95 {first['p95']:.0f} ms",
        f"first of the model's  p50 {model['p50']:.0f} ms, p95 {model['p95']:.0f} ms",
        f"tokens read late      p50 {unread['p50']:.0f}, p95 {unread['p95']:.0f}",
        "",
        f"{'strategy':<18}{'realised':>9}{'planned':>9}",
    ]
    lines += [f"{name.lower():<18}{rate:>9.0%}{n:>9}" for name, (rate, n) in found.by_class.items()]
    if found.faults:
        lines += [
            "",
            "stopped by the checks: " + ", ".join(f"{k.lower()} {v}" for k, v in sorted(found.faults.items())),
        ]
    return "\n".join(lines)
