"""Train what tells the end of a turn: a head on the recogniser's encoder, and a reading of the words.

  warmline train turns SPEECH/ MORE/ --text talks.jsonl --sentences lines.txt --out my-turns/

SPEECH: folders of recordings, one utterance each (what stands before the first "_" of a name is the speaker). Each is
an end; broken off between its words it is none. --sentences FILE is said by --voice and used in the same way. --text
FILE... are turns of talk: dialogues as JSON lines, a csv with utterance_text, a tsv, or plain lines. Figures are of
speakers held out. Use the result with: --set turn.backend=encoder --set turn.head=my-turns/turn_whisper-tiny.en.npz
"""

from __future__ import annotations

import argparse
import re
import shlex
from pathlib import Path

import numpy as np

from warmline.server.bench.turns.saying import spoken_by, texts_of
from warmline.server.report import emit, progress
from warmline.speech.asr.backends import RECOGNISERS
from warmline.speech.runtime.errors import MissingExtra, StorageError, UsageError
from warmline.speech.turn import completeness, head
from warmline.speech.turn.backends import TURNS
from warmline.speech.turn.completeness import Words
from warmline.speech.turn.training import card, fit, text_fit
from warmline.speech.turn.training.extract import Rows, extract
from warmline.speech.turn.training.fit import Figure, Opinions
from warmline.speech.turn.training.material import recordings
from warmline.tts.voice.backends import VOICES


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("speech", nargs="*", type=Path, metavar="DIR", help="folders of recordings of speech")
    parser.add_argument("--text", nargs="+", type=Path, required=True, metavar="FILE", help="turns of talk, to read")
    parser.add_argument("--sentences", type=Path, metavar="FILE", help="turns of talk, to be said by --voice")
    parser.add_argument("--voice", default="hibari", help="who says them (default hibari)")
    parser.add_argument("--say", type=int, default=400, metavar="N", help="at most so many of them (default 400)")
    parser.add_argument("--most", type=int, default=300, metavar="N", help="at most so many recordings a folder")
    parser.add_argument("--encoder", default="whisper-tiny.en", help="the ear to train for")
    parser.add_argument("--folds", type=int, default=8, metavar="K", help="folds of whole speakers (default 8)")
    parser.add_argument("--cache", type=Path, metavar="FOLDER", help="keep the rows there between runs")
    parser.add_argument("--out", type=Path, metavar="FOLDER", help="write the weights and their card there")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--json", action="store_true", help="print one JSON object")


def run(args: argparse.Namespace) -> int:
    if not args.speech and args.sentences is None:
        raise UsageError("give speech: folders of recordings, or --sentences FILE to be spoken")
    try:
        import sklearn  # noqa: F401
    except ModuleNotFoundError as error:
        raise MissingExtra(f'training needs the package {error.name!r}: pip install "warmline[train]"') from error
    said = {_plain(text) for text in _sentences(args)}
    texts = [text for path in args.text for text in texts_of(path) if _plain(text) not in said]
    progress(f"{len(texts)} turns of text that are not also spoken")
    words, read = text_fit.fit(texts, args.seed)
    rows = _rows(args)
    found = fit.opinions(rows, words, args.folds, args.seed)
    trained = fit.fit(rows, found, args.encoder)
    figures = (*_figures(rows, found), *fit.corpora_held_out(rows))
    if args.out is not None:
        _write(
            args,
            words,
            trained,
            card.Report(
                rows=rows,
                figures=figures,
                text=read,
                texts=[path.name for path in args.text],
                sentences=args.sentences.name if args.sentences else "",
                files={},
                command=_command(args),
            ),
        )
    blend = fit.blend(rows, np.stack([_both(rows, found), found.words], axis=1))
    payload: dict[str, object] = {
        "auc": {one.name: one.auc for one in figures if one.corpus == "all"},
        "cut": {one.name: one.cut for one in figures if one.corpus == "all"},
        "text_auc": read.auc,
        "patience": {"score": blend[0], "words": blend[1], "bias": blend[2]},
        "corpora": {f"{one.corpus} {one.name}": {"n": one.n, "auc": one.auc, "cut": one.cut} for one in figures},
    }
    lines = [f"{one.corpus:<16}{one.name:<28}n {one.n:5}   AUC {one.auc:.3f}   cut {one.cut:.1%}" for one in figures]
    lines.append(f"words alone, held-out text: AUC {read.auc:.3f}")
    lines.append(f"patience: score {blend[0]:.2f}, words {blend[1]:.2f}, bias {blend[2]:+.2f}")
    emit(payload, len(rows.ended), "\n".join(lines), as_json=args.json)
    return 0


def _sentences(args: argparse.Namespace) -> tuple[str, ...]:
    """What is to be spoken."""
    return texts_of(args.sentences)[: args.say] if args.sentences is not None else ()


def _plain(text: str) -> str:
    """The words alone: those that are measured when spoken must not be learnt from when written."""
    return " ".join(re.findall(r"[a-z0-9']+", text.lower()))


def _rows(args: argparse.Namespace) -> Rows:
    recogniser = RECOGNISERS.create("faster_whisper", {"model": args.encoder, "threads": 1, "word_times": "aligned"})
    smart = TURNS.create("smart_turn", {"threads": 1})
    sets = [recordings(folder, args.most, args.seed) for folder in args.speech]
    if args.sentences is not None:
        voice = VOICES.create(args.voice)
        sets.append(tuple(spoken_by(voice, args.voice, _sentences(args), args.seed, progress)))
        voice.close()
    rows = Rows.joined([extract(one, recogniser, smart, args.cache, args.seed, progress) for one in sets])
    recogniser.close()
    smart.close()
    if len(np.unique(rows.speaker)) < 2 or rows.ended.all() or not rows.ended.any():
        raise UsageError("that is too little speech to train on: give at least two speakers and ten utterances")
    return rows


def _both(rows: Rows, found: Opinions) -> fit.Floats:
    """The head's and Smart Turn's log-odds as one, at the second look."""
    both = fit.blend(rows, np.stack([found.head, found.smart[:, 1]], axis=1))
    return np.asarray(both[0] * found.head + both[1] * found.smart[:, 1] + both[2])


def _figures(rows: Rows, found: Opinions) -> tuple[Figure, ...]:
    """Of each opinion, and of all of them together."""
    both = _both(rows, found)
    blend = fit.blend(rows, np.stack([both, found.words], axis=1))
    opinions = {
        "Smart Turn": found.smart[:, 1],
        "head": found.head,
        "head and Smart Turn": both,
        "words": found.words,
        "all three": blend[0] * both + blend[1] * found.words,
    }
    return tuple(one for name, scores in opinions.items() for one in fit.figures(rows, scores, name))


def _write(args: argparse.Namespace, words: Words, trained: head.Head, report: card.Report) -> None:
    """Both weights, heads.json and the card."""
    try:
        args.out.mkdir(parents=True, exist_ok=True)
        files = {}
        for name, file in ((trained.encoder, f"turn_{trained.encoder}.npz"), ("words", "turn_words.npz")):
            path = args.out / file
            sha256 = completeness.save(words, path) if name == "words" else head.save(trained, path)
            files[name] = (file, path.stat().st_size, sha256)
        report.files.update(files)
        card.write(args.out, card.card(report), files)
    except OSError as error:
        raise StorageError(f"the weights cannot be written to {args.out}: {error}") from error
    progress(f"wrote {', '.join(file for file, _, _ in files.values())} to {args.out.name}")


def _command(args: argparse.Namespace) -> str:
    """The command that would make this again, with files by name only: a card names no folder of one machine."""
    words = ["warmline", "train", "turns", *(path.name for path in args.speech), "--text"]
    words += [path.name for path in args.text]
    words += (
        ["--sentences", args.sentences.name, "--voice", args.voice, "--say", str(args.say)] if args.sentences else []
    )
    words += ["--most", str(args.most), "--encoder", args.encoder, "--folds", str(args.folds), "--seed", str(args.seed)]
    return shlex.join([*words, "--out", args.out.name])
