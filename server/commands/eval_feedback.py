"""Measure the lookahead: are a person's marks foreseen, and does that help to choose?

FILE is talks with marks: dialogues (.jsonl) with "feedback" 1-5 on the seeker's lines or a "survey", FailedESConv's
list (.json), or a turn table (.csv) with a column Feedback (there the earlier marks are not known).

  warmline eval feedback valid.jsonl
  warmline eval feedback valid_turns.csv --strength 1      what weighing the marks in would change in the choice

The choice is measured as in eval strategy, without and with the lookahead, by a paired bootstrap over dialogues; the
shipped strength was chosen on training talks alone. Without --strength it is measured at the shipped one and at 1.
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from warmline.dialogue.strategy import feedback_evaluate as evaluate
from warmline.dialogue.strategy.blend import log_softmax, prior
from warmline.dialogue.strategy.evaluate import Gain, gains, preferences
from warmline.dialogue.strategy.feedback import Feedback, load
from warmline.dialogue.strategy.feedback_evaluate import Foreseen
from warmline.dialogue.strategy.marks import Marked, read_marks
from warmline.dialogue.types import Strategy
from warmline.server.report import emit, progress
from warmline.speech.runtime.errors import UsageError

_SHOWN = {
    "constant": "the commonest mark",
    "last": "the mark given last",
    "as_in_a_call": "model, as in a call",
    "marks_known": "model, marks known",
}


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", type=Path, metavar="FILE", help="talks with marks (.jsonl, .json or .csv)")
    parser.add_argument("--weights", type=Path, help="weights by 'train feedback' (default: the shipped ones)")
    parser.add_argument("--strength", type=float, metavar="L", help="weight of the expected mark in the choice")
    parser.add_argument("--resamples", type=int, default=1000, help="bootstrap resamples for the intervals")
    parser.add_argument("--json", action="store_true", help="print one JSON object")


def run(args: argparse.Namespace) -> int:
    if args.strength is not None and args.strength < 0.0:
        raise UsageError("--strength must be 0 or more")
    if args.resamples < 1:
        raise UsageError("--resamples must be at least 1")
    marked = read_marks(args.file)
    model = load(args.weights)
    guesses = {
        "constant": evaluate.constant(marked),
        "last": evaluate.last_mark(marked),
        "as_in_a_call": evaluate.predicted(model, marked, known=False),
        "marks_known": evaluate.predicted(model, marked, known=True),
    }
    if not any(one.before for one in marked):
        del guesses["last"], guesses["marks_known"]
    figures = {name: evaluate.foreseen(marked, guess, args.resamples) for name, guess in guesses.items()}
    strengths = sorted({model.strength, 1.0} if args.strength is None else {args.strength})
    choice = {strength: _choice(model, marked, strength, args.resamples) for strength in strengths}
    payload = {
        "foreseen": {name: asdict(found) for name, found in figures.items()},
        "shipped_strength": model.strength,
        "lookahead": {f"{strength:g}": asdict(found) for strength, found in choice.items()},
    }
    emit(payload, len(marked), _table(figures, choice, model.strength), as_json=args.json)
    return 0


@dataclass(frozen=True, slots=True)
class Choice:
    """What a lookahead changes: the gains over none, the share of choices changed, the bias without and with it."""

    gain: dict[str, Gain]
    changed: float
    bias_without: float
    bias_with: float


def _choice(model: Feedback, marked: Sequence[Marked], strength: float, resamples: int) -> Choice:
    progress(f"choosing with strength {strength:g} ...")
    chooser = prior()
    plain = np.stack([log_softmax(chooser.scores(one.context)) for one in marked])
    marks = np.array([list(model.expected(one.context).values()) for one in marked])
    names = tuple(Strategy)
    gold = np.array([names.index(one.strategy) for one in marked], np.int64)
    groups = np.array([one.dialogue for one in marked], np.int64)
    before, after = plain.argmax(axis=1), (plain + strength * marks).argmax(axis=1)
    return Choice(
        gain=gains(gold, before, after, groups, resamples),
        changed=float((before != after).mean()),
        bias_without=float(preferences(gold, before).std()),
        bias_with=float(preferences(gold, after).std()),
    )


def _table(figures: Mapping[str, Foreseen], choice: Mapping[float, Choice], shipped: float) -> str:
    first = next(iter(figures.values()))
    rows = [f"{first.n} marked replies", f"{'':<22}{'accuracy':>9}{'MAE':>7}{'Spearman':>10}{'AUC of a 5':>12}"]
    for name, found in figures.items():
        low, high = found.ci_spearman
        low_auc, high_auc = found.ci_auc
        rows.append(
            f"{_SHOWN[name]:<22}{found.accuracy:>9.3f}{found.mae:>7.3f}{found.spearman:>10.3f}{found.auc:>12.3f}"
            f"   intervals {low:.3f} to {high:.3f}, {low_auc:.3f} to {high_auc:.3f}"
        )
    for strength, told in choice.items():
        mark = " (shipped)" if strength == shipped else ""
        parts = (f"{name} {_points(gain)}" for name, gain in told.gain.items())
        rows += [
            "",
            f"lookahead of strength {strength:g}{mark} changes {told.changed:.1%} of choices; points gained:",
            f"  {', '.join(parts)}; bias B {told.bias_without:.3f} to {told.bias_with:.3f}",
        ]
    return "\n".join(rows)


def _points(gain: Gain) -> str:
    return f"{100 * gain.value:+.2f} ({100 * gain.low:+.2f} to {100 * gain.high:+.2f})"
