"""Train the judge of our own replies: which strategy a reply realises, as `warmline eval realise` counts it.

TRAIN is dialogues as JSON lines ({"dialog": [{"speaker", "text", "strategy"}, ...]}); besides, it learns from the
product's own examples. Writes kinds.npz, files.json and CARD.md.

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
    from warmline.dialogue.training.kinds import fit, write

    fitted = fit(args.train, args.strength)
    try:
        write(fitted, args.out, f"warmline train kinds {args.train.name} --out {args.out.name}")
    except OSError as error:
        raise StorageError(f"cannot write to {args.out}: free some space or give another folder with --out") from error
    print(f"accuracy on replies of ours, unseen: {fitted.accuracy:.3f}; weights in {args.out}")
    return 0
