"""Train the planner's weights on annotated support talks, and write them with a model card.

TRAIN and --valid are dialogues as JSON lines ({"dialog": [{"speaker", "text", "strategy"}, ...]}) or turn tables
(.csv). Without --base the linear model is trained (seconds, scikit-learn). With --base, the folder of a small model
like BERT, the mind's text encoder is trained as well (extra `text-training`; minutes on a GPU, a day on two cores):
which strategy comes next, which one an utterance is, and with --codes AnnoMI's codes; --teacher is a larger model that
teaches it.

  warmline train strategy train.jsonl --valid valid_turns.csv --out weights
  warmline train strategy train.jsonl --valid valid_turns.csv --out weights --base minilm --teacher mpnet --codes mi.csv
"""

from __future__ import annotations

import argparse
from pathlib import Path

from warmline.dialogue.classify.corpora import read_codes, read_strategies
from warmline.dialogue.strategy.blend import prior
from warmline.dialogue.strategy.evaluate import measure
from warmline.dialogue.strategy.examples import Example, read
from warmline.dialogue.strategy.features import BUCKETS
from warmline.dialogue.strategy.model import save
from warmline.dialogue.strategy.training.card import card
from warmline.dialogue.strategy.training.fit import Recipe, fit
from warmline.server.report import progress
from warmline.speech.runtime.errors import MissingExtra, StorageError, UsageError


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("train", type=Path, metavar="TRAIN.jsonl", help="annotated dialogues to learn from")
    parser.add_argument("--valid", type=Path, required=True, help="annotated turns for the card's figures")
    parser.add_argument("--out", type=Path, required=True, help="folder for strategy.npz and CARD.md")
    parser.add_argument("--base", type=Path, metavar="FOLDER", help="train the text encoder too, from this model")
    parser.add_argument("--teacher", type=Path, metavar="FOLDER", help="a larger model that teaches the encoder")
    parser.add_argument("--codes", type=Path, metavar="FILE.csv", help="talks in AnnoMI's form, for the encoder")
    parser.add_argument(
        "--said",
        type=Path,
        metavar="FILE.jsonl",
        help="more dialogues, to learn what utterances do (not what comes next)",
    )
    parser.add_argument("--steps", type=int, help="a trial of the encoder: at most so many steps a task")
    parser.add_argument("--device", default="", help="cuda or cpu (default: cuda where there is one)")
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
        if args.base is not None:
            _train_encoder(args, examples)
        figures = measure(prior(target), valid)
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


def _train_encoder(args: argparse.Namespace, examples: list[Example]) -> None:
    """The text encoder's files beside the linear weights."""
    try:
        import torch

        from warmline.dialogue.classify.training import mind_run
    except ImportError as error:
        raise MissingExtra("training the encoder needs torch: pip install 'warmline[text-training]'") from error
    if args.steps is not None and args.steps < 1:
        raise UsageError("--steps must be 1 or more")
    device = args.device or ("cuda" if torch.cuda.is_available() else "cpu")
    codes = read_codes(args.codes) if args.codes else []
    others = read_strategies(args.said) if args.said else []
    talks = mind_run.Talks(examples, read_strategies(args.train), codes, others)
    mind_run.make_files(talks, mind_run.Job(args.base, args.teacher, args.steps, device), args.out, progress)
