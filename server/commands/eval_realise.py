"""Measure whether replies do what was planned: simulated callers of ours talk with the language model that is set.

  warmline eval realise --turns 200 --seed 0
  warmline eval realise --set llm.backend=vllm --set llm.base_url=http://127.0.0.1:8000/v1

Each caller talks for 30 turns. What a reply does is said by a judge of ours, whose own accuracy stands beside its word
(dialogue/evaluate/weights/CARD.md), and by the classifier of people's lines as a second one. A reply whose plan was
changed on the way counts as missed. Delays are of this machine, from the turn's text to the first piece; what checking
drafts costs shows in --set call.check=false. --out keeps every turn as JSON lines, to be read by a person.
"""

from __future__ import annotations

import argparse
import asyncio
import json
from contextlib import aclosing
from dataclasses import asdict
from pathlib import Path

from warmline.dialogue.classify.acts import acts
from warmline.dialogue.evaluate.figures import Figures, Realised, figures
from warmline.dialogue.evaluate.kinds import kinds
from warmline.dialogue.evaluate.realise import rehearse
from warmline.dialogue.evaluate.seeker import read_situations
from warmline.dialogue.kinds.model import Kinds
from warmline.server import wiring
from warmline.server.commands.common import add_settings, note, settings_of
from warmline.server.report import emit, percentile, progress
from warmline.speech.runtime.errors import StorageError, UsageError


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--turns", type=int, default=200, metavar="N", help="replies to measure (default 200)")
    parser.add_argument("--seed", type=int, default=0, metavar="S", help="which callers, and the model's randomness")
    parser.add_argument("--situations", type=Path, metavar="FILE", help="other callers, as TOML (default: ours)")
    parser.add_argument("--even", action="store_true", help="plan each strategy equally often, for figures by class")
    parser.add_argument("--out", type=Path, metavar="FILE", help="keep every turn as JSON lines")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    add_settings(parser)


def run(args: argparse.Namespace) -> int:
    if args.turns < 1:
        raise UsageError("--turns must be at least 1")
    found = figures(asyncio.run(_talk(args)))
    judge = kinds()
    payload = _payload(found) | {
        "judge_accuracy": judge.accuracy,
        "judge_accuracy_steered": judge.steered,
        "judge_tested_on": judge.tested,
    }
    emit(payload, found.n, _table(found, judge), as_json=args.json)
    return 0


async def _talk(args: argparse.Namespace) -> list[Realised]:
    settings = settings_of(args, f"call.seed={args.seed}")
    judges = kinds().best, acts().best
    cast = () if args.situations is None else read_situations(args.situations)
    replies: list[Realised] = []
    async with wiring.mind(settings, note) as mind:
        _keep(args.out, None)
        unread = mind.unread
        talks = rehearse(mind.supporter, judges, args.turns, args.seed, unread, cast=cast, even=args.even)
        async with aclosing(talks) as turns:
            async for one in turns:
                replies.append(one)
                _keep(args.out, one)
                if len(replies) % 10 == 0:
                    progress(f"  {len(replies)} of {args.turns} turns")
    return replies


def _keep(path: Path | None, one: Realised | None) -> None:
    """Add one turn to the file, so that a run that is broken off leaves what it has; None begins the file anew."""
    if path is None:
        return
    row = {} if one is None else asdict(one) | {key: getattr(one, key).name for key in _NAMED}
    if one is not None:
        row["faults"] = [each.name for each in one.faults]
    try:
        with path.open("w" if one is None else "a", encoding="utf-8") as file:
            file.write(json.dumps(row, ensure_ascii=False) + "\n" if row else "")
    except OSError as error:
        raise StorageError(f"cannot write {path}: give another file with --out") from error


_NAMED = ("planned", "recorded", "found", "also")


def _payload(found: Figures) -> dict[str, object]:
    return {
        "realised": found.realised,
        "realised_as_recorded": found.recorded,
        "realised_by_esconv_classifier": found.second_judge,
        "replanned": found.replanned,
        "worst_class": found.worst_class,
        "decay_points": found.decay_points,
        "decay_interval": list(found.decay_interval),
        "words_median": found.words_median,
        "questions_over_one": found.questions_over_one,
        "claims": found.claims,
        "rescued": found.rescued,
        "rewritten_for_the_plan": found.rewritten,
        "distinct": found.distinct,
        "by_class": {
            name: {"realised": rate, "by_esconv_classifier": second, "n": n}
            for name, (rate, second, n) in found.by_class.items()
        },
        "by_turn": found.by_turn,
        "faults": found.faults,
        "first_clause_ms": _spread(found.first_ms),
        "first_model_clause_ms": _spread(found.model_ms),
        "first_model_clause_rewritten_ms": _spread(found.rewritten_ms),
        "first_model_clause_straight_ms": _spread(found.straight_ms),
        "unread_tokens": _spread([float(count) for count in found.unread]),
    }


def _spread(values: tuple[float, ...] | list[float]) -> dict[str, float] | None:
    return {"p50": percentile(values, 50), "p95": percentile(values, 95)} if values else None


def _told(values: tuple[float, ...] | list[float], unit: str = " ms") -> str:
    spread = _spread(values)
    return "none" if spread is None else f"p50 {spread['p50']:.0f}{unit}, p95 {spread['p95']:.0f}{unit}"


def _table(found: Figures, judge: Kinds) -> str:
    low, high = found.decay_interval
    unread = [float(count) for count in found.unread]
    lines = [
        f"{found.n} turns",
        f"realised as planned   {found.realised:.1%}   worst: {found.worst.lower()} {found.worst_class:.1%}",
        f"  by a judge that is right on {judge.accuracy:.1%} of {judge.tested} replies it had not seen "
        f"({judge.steered:.1%} of steered ones)",
        f"  by the classifier of people's lines {found.second_judge:.1%}",
        f"planned anew          {found.replanned:.1%}   realised as recorded in the end {found.recorded:.1%}",
        f"decay, turn 3 to 30   {found.decay_points:.1f} points (95%: {low:.0f} to {high:.0f})   "
        + ", ".join(f"turns {name}: {rate:.0%}" for name, rate in found.by_turn.items()),
        f"words, median         {found.words_median:.0f}",
        f"more than a question  {found.questions_over_one:.1%}",
        f"claims and leaks      {found.claims}",
        f"sentences of ours     {found.rescued:.1%}   different replies {found.distinct:.1%}",
        f"first clause          {_told(found.first_ms)}",
        f"first of the model's  {_told(found.model_ms)}",
        f"  drafts off the plan {found.rewritten:.1%} written anew: {_told(found.rewritten_ms)}; "
        f"others: {_told(found.straight_ms)}",
        f"tokens read late      {_told(unread, '')}",
        "",
        f"{'strategy':<18}{'realised':>9}{'second':>9}{'planned':>9}",
    ]
    lines += [
        f"{name.lower():<18}{rate:>9.0%}{second:>9.0%}{n:>9}" for name, (rate, second, n) in found.by_class.items()
    ]
    if found.faults:
        lines += [
            "",
            "stopped by the checks: " + ", ".join(f"{k.lower()} {v}" for k, v in sorted(found.faults.items())),
        ]
    return "\n".join(lines)
