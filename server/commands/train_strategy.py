"""Train the planner's weights on annotated support talks, and write them with a model card.

TRAIN and --valid are dialogues as JSON lines ({"dialog": [{"speaker", "text", "strategy"}, ...]}) or turn
tables (.csv).
"""

from __future__ import annotations

import argparse
from pathlib import Path

from warmline.dialogue.strategy.evaluate import measure
from warmline.dialogue.strategy.examples import read
from warmline.dialogue.strategy.features import BUCKETS
from warmline.dialogue.strategy.model import load, save
from warmline.dialogue.strategy.training.card import card
from warmline.dialogue.strategy.training.fit import Recipe, fit
from warmline.server.report import progress
from warmline.speech.runtime.errors import StorageError


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("train", type=Path, metavar="TRAIN.jsonl", help="annotated dialogues to learn from")
    parser.add_argument("--valid", type=Path, required=True, help="annotated turns for the card's figures")
    parser.add_argument("--out", type=Path, required=True, help="folder for strategy.npz and CARD.md")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--strength", type=float, default=Recipe().strength, help="inverse of the L2 penalty")
    parser.add_argument("--balance", type=float, default=Recipe().balance, help="1: each strategy as often as in TRAIN")


def run(args: argparse.Namespace) -> int:
    recipe = Recipe(strength=args.strength, balance=args.balance, seed=args.seed)
    examples, valid = read(args.train), read(args.valid)
    progress(f"{len(examples)} turns to learn from, {len(valid)} to measure on")
    model = fit(examples, recipe, progress)
    target = args.out / "strategy.npz"
    try:
        save(model, target)
        figures = measure(load(target), valid)
        command = (
            f"warmline train strategy {args.train.name} --valid {args.valid.name} --out {args.out.name} "
            f"--seed {args.seed} --strength {args.strength:g} --balance {args.balance:g}"
        )
        dialogues = len({example.dialogue for example in examples})
        text = card(figures, recipe, turns=len(examples), dialogues=dialogues, buckets=BUCKETS, command=command)
        (args.out / "CARD.md").write_text(text, encoding="utf-8")
    except OSError as error:
        raise StorageError(f"cannot write to {args.out}: free some space or give another folder with --out") from error
    print(
        f"macro-F1 {figures.macro_f1:.3f}, weighted-F1 {figures.weighted_f1:.3f}, accuracy {figures.accuracy:.3f}, "
        f"bias {figures.bias:.2f}; weights in {target}"
    )
    return 0
