"""Train the emotion head on labelled corpora, and say how well it does on speakers (or corpora) it never heard.

Corpora are given in pairs: LABELS.tsv AUDIO [LABELS.tsv AUDIO ...], in the form that `warmline eval emotion` reads.
With --out the head, its card and its line in heads.json are written there; use it by the tagger's option `head`.
"""

from __future__ import annotations

import argparse
import shlex
from dataclasses import replace
from pathlib import Path

import numpy as np

from warmline.emotion.functionals import NAMES
from warmline.emotion.head import STRIDE, VOICE_ONLY, Head
from warmline.emotion.head_file import save
from warmline.emotion.training import card
from warmline.emotion.training.attentive import Lessons
from warmline.emotion.training.corpora import Corpus, read_corpus
from warmline.emotion.training.encode import Encoder
from warmline.emotion.training.evaluate import Figures, Heat, Scored, classes_of, figures
from warmline.emotion.training.features import Rows, Source, extract
from warmline.emotion.training.fit import Recipe, calibrated, corpus_splits, fit, held_out, speaker_splits
from warmline.server.commands.eval_emotion import plain, table
from warmline.server.report import emit, progress
from warmline.speech.audio.degrade import read_recordings
from warmline.speech.runtime.errors import MissingExtra, StorageError, UsageError


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("corpora", type=Path, nargs="+", metavar="LABELS.tsv AUDIO")
    parser.add_argument("--folds", type=int, default=6, metavar="K", help="folds of whole speakers (default 6)")
    parser.add_argument("--hold-out-corpus", action="store_true", help="hold out each corpus in turn as well")
    parser.add_argument("--encoder", default="whisper-tiny.en", help=f"the ear to train for, or {VOICE_ONLY}")
    parser.add_argument("--variants", type=int, default=1, help="changed copies of each recording (default 1)")
    parser.add_argument("--listeners", type=int, default=2, help="members that hear the frames (default 2)")
    parser.add_argument("--stride", type=int, default=STRIDE, help=f"frames averaged into one (default {STRIDE})")
    parser.add_argument("--torch", metavar="DEVICE", help="school them with PyTorch there (cuda, cpu), not numpy")
    parser.add_argument("--noise", type=Path, metavar="FOLDER", help="recordings of noise for the changed copies")
    parser.add_argument("--cache", type=Path, metavar="FOLDER", help="keep the pooled rows there between runs")
    parser.add_argument("--cached-only", action="store_true", help="train on the rows in the cache, make no more")
    parser.add_argument("--out", type=Path, metavar="FOLDER", help="write the head and its card there")
    parser.add_argument("--limit", type=int, help="about this many clips of each corpus")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--json", action="store_true", help="one JSON object instead of a table")


def run(args: argparse.Namespace) -> int:
    corpora = _corpora(args.corpora, args.limit)
    _needs_sklearn()
    data, width = _rows(corpora, args)
    recipe = _recipe(args)

    def tell(fold: int, scored: Scored) -> None:
        progress(f"fold {fold}: UAR {figures(scored, classes_of(scored.clips, 8)).uar:.3f} over {len(scored.clips)}")

    by_speaker = held_out(data, speaker_splits(data, args.folds), recipe, width, tell)
    by_corpus: tuple[Scored, ...] = ()
    own_terms: list[Scored] = []
    if len(corpora) > 1 and (args.hold_out_corpus or args.out):
        by_corpus = held_out(data, corpus_splits(data), recipe, width, tell, own_terms)
    whole = Scored.joined(by_speaker)
    head = calibrated(fit(data, args.encoder, width, recipe), Scored.joined([*by_speaker, *by_corpus]), recipe)
    if args.out:
        corpus_scored = Scored.joined(by_corpus) if by_corpus else None
        usual_scored = Scored.joined(own_terms) if own_terms else None
        _write(args.out, head, card.Report(data, recipe, whole, corpus_scored, _command(args), usual_scored))
    uars = [figures(scored, classes_of(scored.clips, 8)).uar for scored in by_speaker]
    payload: dict[str, object] = {"uar": {"folds": uars, "mean": float(np.mean(uars))}, "temperature": head.temperature}
    payload["corpora"] = {name: plain(found) for name, found in _figures(whole, head, 8).items()}
    if by_corpus and args.hold_out_corpus:
        joined = Scored.joined(by_corpus)
        payload["held_out_corpus"] = {name: plain(found) for name, found in _figures(joined, head, 4).items()}
        usual = _figures(Scored.joined(own_terms), head, 4)
        payload["held_out_corpus_with_baseline"] = {name: plain(found) for name, found in usual.items()}
    lines = [table(f"{name}, speakers held out", found) for name, found in _figures(whole, head, 8).items()]
    if by_corpus and args.hold_out_corpus:
        lines += [table(f"{n}, corpus held out", found) for n, found in _figures(joined, head, 4).items()]
        lines += [table(f"{n}, corpus held out, against each caller's usual sound", f) for n, f in usual.items()]
    lines.append(f"UAR per fold: {' '.join(f'{uar:.3f}' for uar in uars)}   mean {np.mean(uars):.3f}")
    emit(payload, len(whole.clips), "\n".join(lines), as_json=args.json)
    return 0


def _corpora(paths: list[Path], limit: int | None) -> tuple[Corpus, ...]:
    if len(paths) % 2:
        raise UsageError(f"corpora come in pairs, a table and its audio: {paths[-1]} has no partner")
    corpora = tuple(read_corpus(paths[at], paths[at + 1], limit) for at in range(0, len(paths), 2))
    if len({corpus.name for corpus in corpora}) < len(corpora):
        raise UsageError("two tables have the same name: rename one, so that its corpus can be told from the other")
    return corpora


def _recipe(args: argparse.Namespace) -> Recipe:
    if not (0 <= args.listeners <= 20 and 1 <= args.stride <= 50):
        raise UsageError("--listeners is 0 to 20, --stride 1 to 50")
    crop = max(1, Lessons().crop * STRIDE // args.stride)
    lessons = replace(Lessons(), crop=crop)
    return Recipe(seed=args.seed, listeners=args.listeners, lessons=lessons, torch=args.torch, stride=args.stride)


def _needs_sklearn() -> None:
    try:
        import sklearn  # noqa: F401
    except ModuleNotFoundError as error:
        raise MissingExtra(f'training needs the package {error.name!r}: pip install "warmline[train]"') from error


def _rows(corpora: tuple[Corpus, ...], args: argparse.Namespace) -> tuple[Rows, int]:
    """The pooled rows of every corpus and variant, and how wide the encoder's part is."""
    voice_only = args.encoder == VOICE_ONLY
    encoder = Encoder("whisper-tiny.en" if voice_only else args.encoder, args.threads)
    noises = read_recordings(args.noise)
    pieces = [
        extract(corpus, Source(encoder, noises, variant, stride=args.stride), args.cache, progress, args.cached_only)
        for corpus in corpora
        for variant in range(args.variants + 1)
    ]
    data = Rows.joined(pieces)
    width = (data.rows.shape[1] - len(NAMES)) // 2
    if voice_only:
        return Rows(data.rows[:, 2 * width :], data.clips, data.variant), 0
    return data, width


def _figures(scored: Scored, head: Head, classes: int) -> dict[str, Figures]:
    """Calibrated figures by corpus."""
    found = {}
    for name in sorted({clip.corpus for clip in scored.clips}):
        part = scored.tempered(Heat(head.temperature, head.caution)).where(lambda clip, name=name: clip.corpus == name)  # type: ignore[misc]
        found[name] = figures(part, classes_of(part.clips, classes))
    return found


def _write(folder: Path, head: Head, report: card.Report) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / f"probe_{head.encoder}.npz"
        sha256 = save(head, path)
        card.list_weight(folder, head.encoder, path.name, sha256)
        card.write(folder / "CARD.md", head.encoder, card.section(head, sha256, path.stat().st_size, report))
    except OSError as error:
        raise StorageError(f"the head cannot be written to {folder}: {error}") from error
    progress(f"wrote {path}")


def _command(args: argparse.Namespace) -> str:
    """The command that would make this again, with files by name only: a card names no folder of one machine."""
    words = ["warmline", "train", "emotion", *(path.name for path in args.corpora), "--encoder", args.encoder]
    words += ["--folds", str(args.folds), "--variants", str(args.variants), "--seed", str(args.seed)]
    words += ["--listeners", str(args.listeners), "--stride", str(args.stride)]
    words += ["--torch", args.torch] if args.torch else []
    words += ["--noise", args.noise.name] if args.noise else []
    words += ["--limit", str(args.limit)] if args.limit else []
    words += ["--cache", args.cache.name, "--cached-only"] if args.cached_only else []
    return shlex.join([*words, "--out", args.out.name])
