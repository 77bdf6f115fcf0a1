"""Train the readers of our own replies: which strategy a reply realises.

The judge is what `warmline eval realise` counts with; the checker looks at drafts in a call. TRAIN is dialogues as JSON
lines ({"dialog": [{"speaker", "text", "strategy"}, ...]}); besides, they learn from the product's own examples and from
replies of the embedded model that were labelled by hand (dialogue/evaluate/replies.tsv), each row for one of the two.
Writes FOLDER/judge and FOLDER/checker, each with weights, files.json and CARD.md.

  warmline train kinds train.jsonl --out weights
"""

from __future__ import annotations

import argparse
from pathlib import Path

from warmline.speech.runtime.errors import MissingExtra, StorageError, UsageError


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("train", type=Path, metavar="TRAIN.jsonl", help="annotated dialogues to learn from")
    parser.add_argument("--out", type=Path, required=True, metavar="FOLDER")
    parser.add_argument("--strength", type=float, default=1.0, help="inverse of the L2 penalty")


def run(args: argparse.Namespace) -> int:
    if args.strength <= 0:
        raise UsageError("--strength must be more than 0")
    try:
        import sklearn as _sklearn  # noqa: F401  only to tell at once that it is missing
    except ImportError as error:
        raise MissingExtra("training needs scikit-learn: pip install 'warmline[train]'") from error
    from warmline.dialogue.training.kinds import PARTS, fit, rows_of, write

    rows = rows_of(args.train)
    for part in PARTS:
        fitted = fit(rows, part, args.strength)
        try:
            write(fitted, part, args.out / part, f"warmline train kinds {args.train.name} --out {args.out.name}")
        except OSError as error:
            raise StorageError(
                f"cannot write to {args.out}: free some space or give another folder with --out"
            ) from error
        print(
            f"{part}: {fitted.accuracy:.3f} of {fitted.tested} replies in situations it has not seen "
            f"({fitted.lenient:.3f} with second kinds); weights in {args.out / part}"
        )
    return 0
