"""Measure the risk screen on labelled utterances.

FILE is a table (comma or tab separated) with text and label or level (0-3, safe, unsafe), an XSTest table (prompt,
label), or a list of requests that must not be answered plainly (prompts_final or prompt_text).
"""

from __future__ import annotations

import argparse
from pathlib import Path

from warmline.dialogue.safety.evaluate import SafetyFigures, measure, read
from warmline.server.report import emit

WER = (0.05, 0.10, 0.20)
"""Word error rates of the noisy copies."""


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("files", type=Path, nargs="+", metavar="FILE", help="labelled utterances or prompts")
    parser.add_argument("--seed", type=int, default=0, help="seed of the noise in the noisy copies")
    parser.add_argument("--json", action="store_true", help="print one JSON object")


def run(args: argparse.Namespace) -> int:
    items = read(args.files)
    clean = measure(items)
    noise = {rate: measure(items, rate=rate, seed=args.seed) for rate in WER}
    payload = {
        "recall": clean.recall,
        "exact": clean.exact,
        "false_alarm_rate": clean.false_alarm_rate,
        "unsafe_passed": clean.unsafe_passed,
        "over_refusal_rate": clean.over_refusal_rate,
        "screen_ms_p95": clean.screen_ms_p95,
        "noise": {
            f"{rate:g}": {"recall": at.recall, "false_alarm_rate": at.false_alarm_rate} for rate, at in noise.items()
        },
    }
    emit(payload, clean.n, table(clean, noise), as_json=args.json)
    return 0


def table(clean: SafetyFigures, noise: dict[float, SafetyFigures]) -> str:
    """The figures for people."""
    lines = [
        f"{clean.n} texts",
        f"{'':<24}{'L1':>7}{'L2':>7}{'L3':>7}{'false alarms':>14}",
        _row("found", clean.recall, clean),
    ]
    lines.append(_row("found at its level", clean.exact, None))
    lines += [_row(f"found, {100 * rate:g}% word errors", at.recall, at) for rate, at in noise.items()]
    lines += [
        f"unsafe requests that raise no sign  {clean.unsafe_passed:.3f}",
        f"safe requests the protocol takes    {clean.over_refusal_rate:.3f}",
        f"time p95                            {clean.screen_ms_p95:.2f} ms",
    ]
    return "\n".join(lines)


def _row(name: str, recall: dict[str, float], figures: SafetyFigures | None) -> str:
    alarms = "" if figures is None else f"{figures.false_alarm_rate:>14.3f}"
    return f"{name:<24}" + "".join(f"{recall[level]:>7.3f}" for level in ("L1", "L2", "L3")) + alarms
