"""Measure the risk screen on labelled utterances, as they are and misheard.

FILE is a table (comma or tab separated) with text and label or level (0-3, safe, unsafe), an XSTest table (prompt,
label), or a list of requests that must not be answered plainly (prompts_final or prompt_text). Columns kind and
language are used where they are there. --held adds the sentences of our own that the shipped model did not learn.

  warmline eval safety mine.csv --wer 0.05,0.1 --seeds 5
  warmline eval safety --held
"""

from __future__ import annotations

import argparse
from pathlib import Path

from warmline.dialogue.safety.evaluate import SafetyFigures, held, measure, read
from warmline.server.report import emit
from warmline.speech.runtime.errors import UnreadableInput


def rates(text: str) -> tuple[float, ...]:
    """Word error rates as typed, comma separated."""
    found = tuple(float(part) for part in text.split(",") if part.strip())
    if not all(0.0 < rate < 1.0 for rate in found):
        raise argparse.ArgumentTypeError("word error rates lie between 0 and 1, as in 0.05,0.1,0.2")
    return found


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("files", type=Path, nargs="*", metavar="FILE", help="labelled utterances or prompts")
    parser.add_argument("--held", action="store_true", help="also our own sentences that no model learnt")
    parser.add_argument("--wer", type=rates, default=(0.05, 0.1, 0.2), metavar="RATES", help="of the misheard copies")
    parser.add_argument("--seeds", type=int, default=3, metavar="K", help="misheard copies of each text at each rate")
    parser.add_argument("--seed", type=int, default=0, help="the first of the seeds")
    parser.add_argument("--json", action="store_true", help="print one JSON object")


def run(args: argparse.Namespace) -> int:
    items = [*read(args.files), *(held() if args.held else ())]
    if not items:
        raise UnreadableInput("give a file of labelled utterances, or --held for our own that no model learnt")
    clean = measure(items)
    seeds = range(args.seed, args.seed + max(1, args.seeds))
    noise = {rate: measure(items, rate=rate, seeds=seeds) for rate in args.wer}
    payload = {
        "recall": clean.recall,
        "exact": clean.exact,
        "found": clean.found,
        "kinds": clean.kinds,
        "false_alarm_rate": clean.false_alarm_rate,
        "unsafe_passed": clean.unsafe_passed,
        "over_refusal_rate": clean.over_refusal_rate,
        "screen_ms_p95": clean.screen_ms_p95,
        "noise": {
            f"{rate:g}": {
                "recall": at.recall,
                "found": at.found,
                "lost_points": 100.0 * (clean.found - at.found),
                "kinds": at.kinds,
                "false_alarm_rate": at.false_alarm_rate,
            }
            for rate, at in noise.items()
        },
    }
    emit(payload, clean.n, table(clean, noise), as_json=args.json)
    return 0


def table(clean: SafetyFigures, noise: dict[float, SafetyFigures]) -> str:
    """The figures for people."""
    lines = [
        f"{clean.n} texts",
        f"{'':<24}{'L1':>7}{'L2':>7}{'L3':>7}{'all':>7}{'false alarms':>14}",
        _row("found", clean),
        f"{'found at its level':<24}" + "".join(f"{clean.exact[level]:>7.3f}" for level in ("L1", "L2", "L3")),
    ]
    lines += [_row(f"found, {100 * rate:g}% word errors", at) for rate, at in noise.items()]
    lines += [f"  {kind:<30}{share:.3f}" for kind, share in clean.kinds.items()]
    lines += [
        f"unsafe that neither protocol nor safe answer meets  {clean.unsafe_passed:.3f}",
        f"safe requests that either takes                     {clean.over_refusal_rate:.3f}",
        f"time p95                                            {clean.screen_ms_p95:.2f} ms",
    ]
    return "\n".join(lines)


def _row(name: str, figures: SafetyFigures) -> str:
    shares = (*(figures.recall[level] for level in ("L1", "L2", "L3")), figures.found)
    return f"{name:<24}" + "".join(f"{share:>7.3f}" for share in shares) + f"{figures.false_alarm_rate:>14.3f}"
