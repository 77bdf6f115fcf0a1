"""Train the model behind the risk screen.

It learns from sentences of our own that come with the package; --everyday adds files of ordinary talk (a line an
utterance, text up to the first tab), which keeps false alarms down. Writes screen.npz, files.json, CARD.md.

  warmline train safety --everyday comments.tsv --out weights
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from warmline.speech.runtime.errors import StorageError


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--everyday", type=Path, nargs="*", default=[], metavar="FILE", help="ordinary talk, by line")
    parser.add_argument("--out", type=Path, required=True, metavar="FOLDER")


def run(args: argparse.Namespace) -> int:
    from warmline.dialogue.classify import reader
    from warmline.dialogue.safety.training.recipe import train, write

    fitted = train(args.everyday, reader.shipped(), lambda text: print(text, file=sys.stderr))
    names = " ".join(path.name for path in args.everyday)
    try:
        write(fitted, args.out, f"warmline train safety --everyday {names} --out {args.out.name}")
    except OSError as error:
        raise StorageError(f"cannot write to {args.out}: free some space or give another folder with --out") from error
    print("\n".join(fitted.found))
    return 0
