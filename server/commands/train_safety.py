"""Train the models behind the risk screen and behind the guard of replies.

They learn from sentences of our own that come with the package; --everyday adds files of ordinary talk for the screen
(a line an utterance, text up to the first tab), which keeps its false alarms down. Writes screen.npz, files.json and
CARD.md to FOLDER, guard.npz with its own to FOLDER/guard.

  warmline train safety --everyday comments.tsv --out weights
  warmline train safety --part guard --out weights
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from warmline.speech.runtime.errors import StorageError

PARTS = ("screen", "guard")


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--everyday", type=Path, nargs="*", default=[], metavar="FILE", help="ordinary talk, by line")
    parser.add_argument("--part", choices=PARTS, help="train one of the two (default: both)")
    parser.add_argument("--out", type=Path, required=True, metavar="FOLDER")


def run(args: argparse.Namespace) -> int:
    try:
        for part in PARTS if args.part is None else (args.part,):
            print("\n".join(_screen(args) if part == "screen" else _guard(args)))
    except OSError as error:
        raise StorageError(f"cannot write to {args.out}: free some space or give another folder with --out") from error
    return 0


def _screen(args: argparse.Namespace) -> tuple[str, ...]:
    from warmline.dialogue.classify import reader
    from warmline.dialogue.safety.training.recipe import train, write

    fitted = train(args.everyday, reader.shipped(), _note)
    names = " ".join(path.name for path in args.everyday)
    write(fitted, args.out, f"warmline train safety --everyday {names} --out {args.out.name}")
    return fitted.found


def _guard(args: argparse.Namespace) -> tuple[str, ...]:
    from warmline.dialogue.classify import reader
    from warmline.dialogue.safety.training.guard_recipe import train_guard, write_guard

    fitted = train_guard(reader.shipped(), _note)
    write_guard(fitted, args.out / "guard", f"warmline train safety --part guard --out {args.out.name}")
    return fitted.found


def _note(text: str) -> None:
    print(text, file=sys.stderr)
