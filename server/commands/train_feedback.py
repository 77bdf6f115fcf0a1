"""Train the lookahead: which mark a person would give a reply of each strategy, and whether that helps to choose.

TRAIN is dialogues as JSON lines with strategies, and marks on the seeker's lines or a survey at the end; --marks adds
more marked talks (the same form, or FailedESConv's list). The strength of the lookahead is chosen on TRAIN alone, by
folds; 0 where no strength helps beyond chance. Seconds on one core; scikit-learn (extra "train").

  warmline train feedback train.jsonl --marks failed.json --valid valid.jsonl --out weights
"""

from __future__ import annotations

import argparse
from pathlib import Path

from warmline.dialogue.strategy.examples import read
from warmline.dialogue.strategy.feedback import save
from warmline.dialogue.strategy.feedback_evaluate import foreseen, predicted
from warmline.dialogue.strategy.marks import read_marks
from warmline.dialogue.strategy.training.feedback_card import card
from warmline.dialogue.strategy.training.feedback_fit import FeedbackRecipe, choose, fit_marks
from warmline.server.report import progress
from warmline.speech.runtime.errors import StorageError, UsageError


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("train", type=Path, metavar="TRAIN.jsonl", help="dialogues with marks or surveys")
    parser.add_argument("--marks", type=Path, nargs="*", default=[], metavar="FILE", help="more marked talks")
    parser.add_argument("--valid", type=Path, required=True, help="marked talks for the card's figures")
    parser.add_argument("--out", type=Path, required=True, help="folder for feedback.npz and FEEDBACK.md")
    parser.add_argument("--penalty", type=float, default=FeedbackRecipe().penalty, help="of the ridge regression")
    parser.add_argument("--seed", type=int, default=0)


def run(args: argparse.Namespace) -> int:
    if args.penalty <= 0.0:
        raise UsageError("--penalty must be more than 0")
    recipe = FeedbackRecipe(penalty=args.penalty, seed=args.seed)
    marked = [one for path in (args.train, *args.marks) for one in read_marks(path)]
    valid = read_marks(args.valid)
    progress(f"{len(marked)} marked replies to learn from, {len(valid)} to measure on")
    model, chosen = choose(fit_marks(marked, recipe), read(args.train), recipe, progress)
    blind = foreseen(valid, predicted(model, valid, known=False))
    told = foreseen(valid, predicted(model, valid, known=True))
    more = f" --marks {' '.join(path.name for path in args.marks)}" if args.marks else ""
    command = (
        f"warmline train feedback {args.train.name}{more} --valid {args.valid.name} --out {args.out.name} "
        f"--penalty {args.penalty:g} --seed {args.seed}"
    )
    try:
        save(model, args.out / "feedback.npz")
        text = card(model, chosen, blind, told, marked=marked, command=command)
        (args.out / "FEEDBACK.md").write_text(text, encoding="utf-8")
    except OSError as error:
        raise StorageError(f"cannot write to {args.out}: free some space or give another folder with --out") from error
    print(
        f"marks foreseen as in a call: Spearman {blind.spearman:.3f}, marks known {told.spearman:.3f}; strength "
        f"{model.strength:g}; weights in {args.out / 'feedback.npz'}"
    )
    return 0
