"""Whether what moves our simulated seekers goes along with what people reported of real talks.

  warmline eval relief talks.jsonl                    every talk with the seeker's report before and after
  warmline eval relief good.jsonl bad.json --most 60  60 talks of each

Talks are in ESConv's form. Each reply is heard as a simulated seeker hears it (docs/conversations.md); the fall of
intensity by our rules is set beside the fall that the person reported, and beside the length of the talk alone. The
rules were not fitted to any talk: what this says is how much a figure of `eval conversation` may be worth.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from warmline.dialogue.evaluate.conversation.reported import Beside, beside, fallen, read
from warmline.server.bench.conversation.run import ear_of
from warmline.server.report import emit, progress
from warmline.speech.runtime.errors import UsageError

LEAST = 5


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("talks", type=Path, nargs="+", metavar="TALKS", help="talks with reports (.jsonl or .json)")
    parser.add_argument("--most", type=int, default=0, metavar="N", help="so many of each file, drawn by --seed")
    parser.add_argument("--seed", type=int, default=0, metavar="S")
    parser.add_argument("--json", action="store_true", help="print exactly one JSON object")


def run(args: argparse.Namespace) -> int:
    if args.most < 0:
        raise UsageError("--most is 0 for all talks, or how many of each file")
    talks = read(args.talks, args.most, args.seed)
    if len(talks) < LEAST:
        raise UsageError(f"{len(talks)} talks tell nothing: give at least {LEAST}")
    ear = ear_of()
    foretold = []
    for number, talk in enumerate(talks, 1):
        foretold.append(fallen(talk, ear))
        if number % 20 == 0:
            progress(f"  {number} of {len(talks)} talks")
    found = beside(talks, foretold, args.seed)
    payload = {
        "spearman": found.spearman,
        "interval": list(found.interval),
        "auc": found.auc,
        "relieved": found.relieved,
        "unrelieved": found.unrelieved,
        "spearman_of_length": found.length,
        "fall": found.fall,
        "fall_reported": found.reported,
    }
    emit(payload, found.talks, _table(found), as_json=args.json)
    return 0


def _table(found: Beside) -> str:
    low, high = found.interval
    with_relief = f"{found.relieved} talks with much relief, {found.unrelieved} with none"
    return "\n".join(
        (
            f"{found.talks} talks; the fall by our rules {found.fall:.2f}, as reported {found.reported:.2f}",
            f"rank correlation   {found.spearman:.3f} (95%: {low:.3f} to {high:.3f}); of the length {found.length:.3f}",
            f"AUC                {found.auc:.3f} ({with_relief})",
        )
    )
