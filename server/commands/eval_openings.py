"""Measure how calls are opened, by plans alone: advice too early, or to people in distress who never asked for any.

  warmline eval openings --n 200 --seed 0
  warmline eval openings --n 20 --turns 60          long talks: is any strategy a favourite?

Simulated callers of ours tell one of twelve problems at a distress of 1 to 5; a quarter of them ask for advice, a
quarter refuse it, half may be read by their voice. No language model is loaded: replies are sentences of ours of the
planned kind. Half a minute.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Sequence
from dataclasses import asdict

import numpy as np

from warmline.dialogue.evaluate.openings import OpeningFigures, Reply, measured, openings
from warmline.dialogue.safety.screen import Screen
from warmline.dialogue.strategy.blend import prior
from warmline.dialogue.strategy.context import context_of
from warmline.dialogue.strategy.evaluate import preferences
from warmline.dialogue.strategy.planner import Planner, PlanningState
from warmline.dialogue.types import Plan, Strategy, Turn
from warmline.emotion.types import ParalinguisticTags
from warmline.server.report import emit, percentile, progress
from warmline.speech.runtime.errors import UsageError


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--n", type=int, default=200, metavar="N", help="openings (default 200)")
    parser.add_argument("--turns", type=int, default=8, metavar="T", help="turns of each (default 8)")
    parser.add_argument("--seed", type=int, default=0, metavar="S", help="which callers")
    parser.add_argument("--json", action="store_true", help="print one JSON object")


def run(args: argparse.Namespace) -> int:
    if args.n < 1 or args.turns < 1:
        raise UsageError("--n and --turns must be at least 1")
    chooser = prior()
    planner, screen = Planner(model=chooser), Screen()
    took_ms: list[float] = []
    first: list[int] = []
    names = tuple(Strategy)

    def assess(text: str, tags: ParalinguisticTags, turns: tuple[Turn, ...]) -> Plan:
        risk = screen.assess(text, turns, tags)
        began_s = time.perf_counter()
        plan = planner.plan(PlanningState(turns, text, tags, risk))
        took_ms.append(1000.0 * (time.perf_counter() - began_s))
        shares = chooser.distribution(context_of(turns, text))
        first.append(names.index(max(shares, key=lambda one: shares[one])))
        return plan

    replies: list[Reply] = []
    for one in openings(assess, args.n, args.turns, args.seed):
        replies.append(one)
        if len(replies) % 400 == 0:
            progress(f"  {len(replies)} of {args.n * args.turns} replies")
    found = measured(replies)
    chosen = np.array([names.index(one.plan.strategy) for one in replies], np.int64)
    bias = float(preferences(np.array(first, np.int64), chosen).std())
    times = {"p50": percentile(took_ms, 50), "p95": percentile(took_ms, 95)}
    payload = asdict(found) | {"bias_to_model": bias, "plan_ms": times}
    del payload["n"]
    emit(payload, found.n, _table(found, bias, times["p50"], times["p95"]), as_json=args.json)
    return 0


def _table(found: OpeningFigures, bias: float, p50: float, p95: float) -> str:
    rows = [
        f"{found.openings} openings, {found.n} planned replies",
        f"suggestions in the first three replies     {found.early_suggestions:.1%}"
        f"   (information {found.early_information:.1%})",
        f"suggestions at distress 4-5, unwished for  {found.unwished_suggestions:.1%}   of {found.unwished} replies",
        f"suggestions where wished for, from the 4th {found.wished_suggestions:.1%}"
        f"   questions whether ideas are welcome {found.offers:.1%}",
        f"question after a question, from the 3rd    {found.in_a_row:.1%}",
        f"reflections to a question                  {found.reflections_per_question:.2f}",
        f"replies with a second move                 {found.second_moves:.1%}",
        f"entropy of a plan, mean                    {found.entropy_bits:.2f} bits",
        f"largest share                              {found.largest_share:.1%} {found.largest.lower()}"
        f"   in one talk {found.largest_in_a_talk:.1%}",
        f"bias B against the model's own choice      {bias:.2f}",
        f"time of a plan                             p50 {p50:.1f} ms, p95 {p95:.1f} ms",
        "",
        f"{'stage':<14}{'replies':>8}" + "".join(f"{strategy.name.lower()[:9]:>10}" for strategy in Strategy),
    ]
    rows += [_stage_row(stage, found.stages[stage], list(shares.values())) for stage, shares in found.by_stage.items()]
    return "\n".join(rows)


def _stage_row(stage: str, count: int, shares: Sequence[float]) -> str:
    return f"{stage:<14}{count:>8}" + "".join(f"{share:>10.0%}" for share in shares)
