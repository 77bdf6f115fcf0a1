"""Tune the embedded language model to the plans: LoRA on talks of our own and its own best replies, then preferences.

TRAIN and --valid are dialogues as JSON lines ({"dialog": [{"speaker", "text", "strategy"}, ...]}); their callers' lines
are what replies are written to. Needs the extra `llm-training` (torch, transformers, peft, gguf), and better
a GPU: a few minutes on an H100, hours on two cores. --steps, --moments and --layers make a trial.

  warmline train llm train.jsonl --valid valid.jsonl --out weights
  warmline chat --set llm.adapter=weights/tuned.gguf
"""

from __future__ import annotations

import argparse
from pathlib import Path

from warmline.server.report import progress
from warmline.speech.runtime.errors import MissingExtra, StorageError, UsageError


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("train", type=Path, metavar="TRAIN.jsonl", help="annotated dialogues to learn from")
    parser.add_argument(
        "--valid", type=Path, required=True, metavar="FILE.jsonl", help="dialogues to write replies for"
    )
    parser.add_argument("--gguf", type=Path, help="the model to tune, of the Qwen 2 family (default: the embedded one)")
    parser.add_argument("--out", type=Path, required=True, metavar="FOLDER", help="for adapters, report and card")
    parser.add_argument("--epochs", type=int, default=3)
    parser.add_argument("--rate", type=float, default=1.5e-4, help="learning rate at its highest")
    parser.add_argument("--minutes", type=float, default=60.0, help="at most so long for each of the four parts")
    parser.add_argument("--steps", type=int, help="a trial: at most so many steps of tuning")
    parser.add_argument("--moments", type=int, default=288, help="moments to write replies for, in each of two rounds")
    parser.add_argument("--each", type=int, default=8, help="replies to each moment, of which the best is learnt")
    parser.add_argument("--rank", type=int, default=4, help="rank of the adapters: their size")
    parser.add_argument("--layers", type=int, help="a trial: only the first so many layers")
    parser.add_argument("--device", default="", help="cuda or cpu (default: cuda where there is one)")


def run(args: argparse.Namespace) -> int:
    counts = (args.epochs, args.moments, args.each, args.rank, args.steps or 1, args.layers or 1)
    if min(counts) < 1 or args.minutes <= 0:
        raise UsageError("--epochs, --moments, --each, --rank, --steps, --layers and --minutes must be more than 0")
    try:
        import gguf as _gguf  # noqa: F401  only to tell at once that it is missing
        import torch

        from warmline.dialogue.training import prepare, recipe
        from warmline.dialogue.training.tune import Recipe
    except ImportError as error:
        raise MissingExtra("training needs torch, peft and gguf: pip install 'warmline[llm-training]'") from error
    device = args.device or ("cuda" if torch.cuda.is_available() else "cpu")
    seconds_s = args.minutes * 60.0
    budget = recipe.Budget(
        tune_s=seconds_s,
        write_s=seconds_s,
        prefer_s=seconds_s,
        show_s=seconds_s,
        each=args.each,
        steps=args.steps,
        moments=args.moments,
        layers=args.layers,
        recipe=Recipe(
            rank=args.rank,
            alpha=2 * args.rank,
            rate=args.rate,
            epochs=args.epochs,
            batch_tokens=6000 if device == "cuda" else 1500,
        ),
    )
    sizes = prepare.Sizes(args.epochs, args.moments, min(64, args.moments), min(6, args.moments))
    work = args.out / "work"
    try:
        prepare.folder(args.gguf or _embedded(), args.train, args.valid, work, progress, sizes)
        report = recipe.run(work, args.out, budget, device, progress)
    except OSError as error:
        raise StorageError(f"cannot write to {args.out}: free some space or give another folder with --out") from error
    print(f"perplexity of replies kept apart: {report['perplexity']}; adapters and report in {args.out}")
    return 0


def _embedded() -> Path:
    from warmline.speech.runtime.weights import locate

    return locate("qwen2.5-1.5b").file("model.gguf")
