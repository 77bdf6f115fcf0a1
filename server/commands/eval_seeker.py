"""Measure what is understood of the person: facts found in labelled talks.

FILE is a table with tabs and the columns part, talk (turns with " || " between) and facts ("age=34; person=sister
Ana; event=exam@friday"). Without FILE our own sentences are counted, those that the rules were never looked at on
("held"); --part tune counts the others.

  warmline eval seeker --errors
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path

from warmline.dialogue.seeker.evaluate import Figures, measure, read
from warmline.dialogue.seeker.extract import facts_in
from warmline.server.report import emit, percentile
from warmline.speech.runtime.errors import UsageError


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", type=Path, nargs="?", metavar="FILE", help="labelled talks (default: ours)")
    parser.add_argument("--part", help="only lines of this part (default: held for ours, all of FILE)")
    parser.add_argument("--errors", action="store_true", help="list what was missed and what was wrong")
    parser.add_argument("--json", action="store_true", help="print one JSON object")


def run(args: argparse.Namespace) -> int:
    part = args.part or ("" if args.file else "held")
    talks = tuple(talk for talk in read(args.file) if part in {"", talk.part})
    if not talks:
        raise UsageError(f"there is no line of part {part!r}")
    figures = measure(talks)
    took = []
    for talk in talks:
        for text in talk.turns:
            begun = time.perf_counter()
            facts_in(text)
            took.append(1000.0 * (time.perf_counter() - begun))
    payload: dict[str, object] = {
        "precision": figures.all.precision,
        "recall": figures.all.recall,
        "facts": figures.all.found + figures.all.missed,
        "kinds": {
            kind.value: {"precision": score.precision, "recall": score.recall, "facts": score.found + score.missed}
            for kind, score in figures.kinds.items()
        },
        "ms_p95": percentile(took, 95),
    }
    emit(payload, len(talks), _table(figures, took, errors=args.errors), as_json=args.json)
    return 0


def _table(figures: Figures, took: list[float], *, errors: bool) -> str:
    lines = [
        f"{figures.n} talks: precision {figures.all.precision:.3f}, recall {figures.all.recall:.3f}, "
        f"p95 {percentile(took, 95):.2f} ms a turn",
        f"{'':<10}{'facts':>7}{'precision':>11}{'recall':>9}",
    ]
    lines += [
        f"{kind.value:<10}{score.found + score.missed:>7}{score.precision:>11.3f}{score.recall:>9.3f}"
        for kind, score in figures.kinds.items()
    ]
    return "\n".join(lines + (figures.errors if errors else []))
