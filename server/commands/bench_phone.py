"""What a telephone line's codec and our change of rate add to the delay of a call, each way.

  warmline bench phone                     mu-law, A-law and linear audio, 200 clicks each
  warmline bench phone --clicks 1000 --json

Clicks go through the real path in 20 ms frames; where they come out is the delay. Neither the network, nor a provider,
nor the 20 ms that a frame takes to fill are in it.

delay_ms    by line and way: in (from the line to the conversation) and out; p50, max, processing time of a frame (p95)
worst_ms    the largest delay of any click
"""

from __future__ import annotations

import argparse

from warmline.server import report
from warmline.server.bench import phone
from warmline.speech.runtime.errors import UsageError

MOST_CLICKS = 10_000


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--clicks", type=int, default=200, metavar="N", help="clicks by line and way (default 200)")
    parser.add_argument("--seed", type=int, default=0, metavar="S", help="of where they lie (default 0)")
    parser.add_argument("--json", action="store_true", help="print exactly one JSON object")


def run(args: argparse.Namespace) -> int:
    if not 1 <= args.clicks <= MOST_CLICKS:
        raise UsageError(f"--clicks is from 1 to {MOST_CLICKS}, not {args.clicks}")
    ways = {
        name: {way: measure(form, args.clicks, args.seed) for way, measure in WAYS.items()}
        for name, form in phone.LINES.items()
    }
    found = {name: {way: one.view() for way, one in both.items()} for name, both in ways.items()}
    worst = max(max(one.delay_ms) for both in ways.values() for one in both.values())
    payload: dict[str, object] = {"delay_ms": found, "worst_ms": worst}
    report.emit(payload, args.clicks * len(found) * len(WAYS), _table(found, worst), as_json=args.json)
    return 0


WAYS = {"in": phone.heard, "out": phone.spoken}


def _table(found: dict[str, dict[str, dict[str, float]]], worst: float) -> str:
    lines = [f"{'line':<10}{'way':<5}{'delay p50':>10}{'max':>8}{'processing p95':>16}   (ms)"]
    for name, both in found.items():
        for way, figures in both.items():
            row = f"{figures['p50']:>10.2f}{figures['max']:>8.2f}{figures['processing_p95']:>16.3f}"
            lines.append(f"{name:<10}{way:<5}{row}")
    return "\n".join([*lines, f"worst {worst:.2f} ms", f"hardware  {report.hardware()}"])
